"""Layouts of raw folders: detected automatically, read as a stream of records."""
