"""The directory of units: where each sits, when it is open, by which number, what it deals with and how quickly.

The pages are `incidents/views/public/directory.py`.
"""
