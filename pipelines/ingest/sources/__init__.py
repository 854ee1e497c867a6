"""One log type is one file, and the file is all there is: its name is the table's name in ``staged``."""
