"""Read external feeds for the control room's map: rain, tide, warnings, own vehicles.

`reading` parses the formats, `fetching` calls and stores, `loading` takes feeds from a pack.
"""
