"""What people may not see in a picture is taken out: privacy zones, faces, small text, pauses; public stills.

Who is shown a picture as it came, `cameras.access` decides.
"""
