"""Read, check, draft and load editions of boundaries, and compare them with the editions before.

Knows no incidents: `incidents.reform` handles what a new edition moves.
"""
