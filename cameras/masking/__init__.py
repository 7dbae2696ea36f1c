"""Hide private parts of pictures: privacy zones, faces, small text, pauses; make public stills.

`cameras.access` decides who is shown a picture uncovered.
"""
