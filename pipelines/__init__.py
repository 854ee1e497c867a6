"""netlake: AWS network telemetry in, answers with evidence out.

The folder tree is the data flow, top to bottom::

    ingest      AWS's files        -> staged.*    typed, in AWS's own words
    transforms  staged.*           -> core.*      one vocabulary for all sources
    sql/models  core.*             -> rollup.*    sums in time
    health      core.*, rollup.*   -> health.*    indicators and a score
    anomalies   core.*, rollup.*   -> finding.finding
    diagnosis   finding.*, events  -> finding.incident, with a cause

``model`` says what things are, ``lake`` where they lie, ``steps`` is the only place where the stages meet.
"""

__version__ = "0.1.0"
