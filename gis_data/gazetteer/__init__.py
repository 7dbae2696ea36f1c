"""Load names of streets, landmarks and former units from packs and OpenStreetMap extracts.

Knows nothing of editions of boundaries.
"""
