"""Pages and pictures of cameras, laid out by who uses them; every picture leaves through `pictures`."""
