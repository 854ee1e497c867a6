"""What things are: fields, tables, windows. Imports none of our other packages."""
