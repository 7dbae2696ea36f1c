"""Serve places to other programs: OGC API – Features, MapIt, vector tiles, downloads.

Says only what everybody may read; asks the apps above for nothing.
"""
