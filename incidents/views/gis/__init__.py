"""Pages of the GIS officer: boundary editions, their differences, and reforms."""
