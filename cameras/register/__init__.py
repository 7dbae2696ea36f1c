"""Manage the register of cameras: import from files, fields of view, coverage, export to other systems."""
