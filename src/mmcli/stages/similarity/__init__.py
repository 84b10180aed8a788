"""`similarity`: how near items and fields are in the shared space."""
