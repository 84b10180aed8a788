"""Loggers that write a training run in the form of other tools: TensorBoard and MLflow."""
