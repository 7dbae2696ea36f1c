"""Places for other programs: OGC API – Features, MapIt, vector tiles, files to download.

Says only what everybody may read; asks the apps above for nothing.
"""
