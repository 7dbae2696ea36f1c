"""Draw the base map: green, water, rails, streets, buildings and their names.

Read from files of a pack or from an OpenStreetMap extract, kept generalised for each band of zooms.
"""
