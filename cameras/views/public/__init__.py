"""For everybody: public cameras, and the same for other systems (Open511, GeoJSON)."""
