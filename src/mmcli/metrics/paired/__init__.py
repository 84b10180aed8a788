"""Each item against its own record."""
