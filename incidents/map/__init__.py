"""Serve the public map and the event streams that keep maps and lists up to date, within the rights of `access`."""
