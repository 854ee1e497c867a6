"""One file per kind of cause; each defines ``RULE``."""
