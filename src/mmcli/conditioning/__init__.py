"""From the fields of a record to a condition: the shared space, fusion and its training."""
