"""Declaration of stages, and the driver that runs them for the command line and for Python."""
