"""Shared Keras components: attention, convolutions, losses, building and loading networks."""
