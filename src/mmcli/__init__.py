"""mmcli: a command-line toolkit for multimodal generation."""

__version__ = "0.1.0"
