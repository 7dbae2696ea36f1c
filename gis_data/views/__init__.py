"""HTTP views of places as open data, one module a subject."""
