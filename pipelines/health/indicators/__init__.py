"""One file per indicator; each defines ``INDICATOR``."""
