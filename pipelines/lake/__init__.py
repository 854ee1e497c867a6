"""Where things are: the Iceberg catalog, tables as files, DuckDB over them. Knows storage and engines, not meanings."""
