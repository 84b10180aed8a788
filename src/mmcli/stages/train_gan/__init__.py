"""`train-gan`: train a generator of one field."""
