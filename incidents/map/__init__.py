"""The public map and the streams of events that keep maps and lists up to date.

Shows only what `access` lets through.
"""
