"""One file per detector; each defines ``DETECTOR``."""
