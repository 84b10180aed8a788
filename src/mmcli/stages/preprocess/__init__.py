"""`preprocess`: make a data set of a raw folder."""
