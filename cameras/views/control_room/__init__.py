"""Pages of the control room: map and wall, layouts, live streams, moving pictures, findings."""
