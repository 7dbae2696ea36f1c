"""Serve pages and pictures of cameras, laid out by who uses them; every picture is served by `pictures`."""
