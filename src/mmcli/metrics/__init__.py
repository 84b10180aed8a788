"""Metrics on arrays, computed with NumPy, SciPy and scikit-learn; no TensorFlow."""
