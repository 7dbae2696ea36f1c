"""For the GIS officer: editions of boundaries, their differences, the day they become law."""
