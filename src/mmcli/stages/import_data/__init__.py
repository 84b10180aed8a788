"""`import-data`: a known data set as a raw folder."""
