"""Keras parts that several rooms share: attention, convolutions, losses, building and loading networks."""
