"""Foundations that every package may use and that depend on none: errors, options, terminal-safe text, progress."""
