"""Diagnosis: which findings are one incident, what explains it, and is it AWS or us.

``incidents.incidents`` is the way in. A new kind of cause is a new file in ``rules``.
"""
