"""Generator families: networks that generate items of a field from a condition."""
