"""Pages for technicians: register, zones, coverage, health, cameras that change area with a new edition."""
