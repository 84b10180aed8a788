"""The stages of the pipeline: one folder per command, artifact in, artifact out."""
