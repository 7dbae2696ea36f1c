"""Feeds of others that the control room's map shows: rain, tide, warnings, own vehicles.

`reading` understands the formats, `fetching` calls and keeps what came, `loading` takes feeds from a pack.
"""
