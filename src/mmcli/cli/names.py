"""The commands' names, in the order of the data, which is that of `mmcli --help`."""

COMMANDS = (
    "demo-data",
    "import",
    "validate",
    "preprocess",
    "embed",
    "similarity",
    "search",
    "classify",
    "fuse",
    "train-gan",
    "generate",
    "evaluate",
    "report",
    "info",
    "doctor",
    "init",
)
