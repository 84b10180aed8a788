"""`evaluate`: score samples beside real data."""
