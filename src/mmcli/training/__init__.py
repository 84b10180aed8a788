"""The training loop, checkpoints and the input pipeline."""
