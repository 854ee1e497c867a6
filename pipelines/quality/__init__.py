"""Is the data what its tables promise? Expectations follow from ``Table``; nobody writes them down twice."""
