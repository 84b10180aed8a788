"""The pipeline: one file per command, artifact in, artifact out."""
