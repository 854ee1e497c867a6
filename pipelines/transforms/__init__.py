"""Staged rows become core rows: one vocabulary, each record once. Pure functions of lazy frames."""
