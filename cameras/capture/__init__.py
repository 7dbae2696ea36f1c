"""Pictures fetched from cameras: over HTTP, out of streams, decoded in limited children.

A camera is a stranger: nothing that it says or does is trusted. No database.
"""
