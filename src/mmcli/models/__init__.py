"""Keras parts that the modalities share. No disk but `networks_io`, no command line."""
