"""Read, check, draft and load editions of boundaries, and compare them with the editions before.

Knows nothing of incidents: what a new edition moves is asked by `incidents.reform`.
"""
