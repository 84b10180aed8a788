"""Adversarial generators of images and short sounds, and of texts from one vector."""
