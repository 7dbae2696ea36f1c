"""Load the catalogue of a city pack into a new city. The running service does not import it; commands do."""
