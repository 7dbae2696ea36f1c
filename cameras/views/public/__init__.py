"""Serve public cameras to everybody, and to other systems (Open511, GeoJSON)."""
