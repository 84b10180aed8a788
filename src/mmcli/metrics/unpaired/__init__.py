"""Metrics of sets of items against sets of items."""
