"""`generate`: new items of a generator's target field."""
