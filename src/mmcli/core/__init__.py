"""What everything may use and what uses nothing of ours: errors, options, terminal-safe text, progress."""
