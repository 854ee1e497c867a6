"""AWS's files in, typed rows out: every record is staged, rejected with a reason, or known already."""
