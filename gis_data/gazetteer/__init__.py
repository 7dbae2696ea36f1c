"""Names of the city's places: streets, landmarks and former units, out of packs and OpenStreetMap extracts.

Knows nothing of editions of boundaries.
"""
