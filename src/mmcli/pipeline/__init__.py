"""What a stage declares of itself, and how it is called: from the command line, from Python, by a report."""
