"""Anomalies: what deviates from its own past, and since when.

``findings.find`` is the way in. A new detector is a new file in ``detectors``.
"""
