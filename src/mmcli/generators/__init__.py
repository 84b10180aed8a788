"""Families of generators: what makes items of a field from a condition."""
