"""Editions of boundaries: files read, checked, drafted and loaded, and what became of the areas of the one before.

Knows nothing of incidents: what a new edition moves is asked by `incidents.reform`.
"""
