"""Load what a new city starts with: the catalogue of its pack. Only commands import it."""
