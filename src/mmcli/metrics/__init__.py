"""Numbers about arrays, by NumPy, SciPy and scikit-learn; no TensorFlow."""
