"""`init`: a project for a folder of the user's own."""
