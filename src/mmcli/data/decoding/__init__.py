"""Decode untrusted files in worker processes: a crash or a hang costs one file, never the run."""
