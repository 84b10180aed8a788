"""`embed`: learn one space for all fields of a data set."""
