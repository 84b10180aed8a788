"""`fuse`: learn one condition per record from whichever fields it has."""
