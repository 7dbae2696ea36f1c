"""What a new city starts with: the catalogue of a city pack, and a month of demo incidents.

Nothing of the running service imports it, save commands.
"""
