"""Health: is it good now? Indicators per entity, and one score that stays interpretable.

``score.measure`` is the way in. A new indicator is a new file in ``indicators``.
"""
