"""`info`: what a folder holds."""
