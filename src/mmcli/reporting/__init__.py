"""Images and pages that show results."""
