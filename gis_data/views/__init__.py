"""Places over HTTP: open data, for our own pages and for other systems. One module per subject."""
