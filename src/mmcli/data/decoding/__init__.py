"""Decode untrusted files in worker processes: a crash or hang costs one file, never the run."""
