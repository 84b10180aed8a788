"""The audio modality."""
