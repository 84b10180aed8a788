"""Sets of items against sets of items."""
