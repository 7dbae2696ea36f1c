"""Serve drawn street scenes as cameras do, every way in which a camera can fail, and invented feeds of the map.

`aiming`, `learning` and `placing` point cameras of the database at that server.
"""
