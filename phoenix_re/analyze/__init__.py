"""Properties to insight: the numbers that are served. Pure functions, no database."""
