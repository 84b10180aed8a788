"""Numbers about arrays; NumPy and SciPy only."""
