"""For the control room: the map with the wall, layouts, live streams, a moving picture, proposals."""
