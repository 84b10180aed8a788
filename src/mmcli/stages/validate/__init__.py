"""`validate`: which files of a raw folder cannot be used, and why."""
