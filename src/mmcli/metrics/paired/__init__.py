"""Metrics of items against their own records."""
