"""What people look at: one HTML file that opens anywhere, made of the same parts as the live pages.

::

    queries/    SQL constants                     which question, in which words
    data        lake.duckdb -> Answer             the only module that opens the lake
    figures/    frame -> plotly Figure            pure; colours are CSS variables, so a theme is a stylesheet
    components  values -> HTML fragments          everything that came out of a log is escaped here
    sections/   answers -> one part of the page   a new part is a new file and one line in ``report.SECTIONS``
    report      lake.duckdb -> report.html        render(db, out)
"""
