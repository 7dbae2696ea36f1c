"""Build the control room's wall: the pool of cameras, and what those near a place see and saw."""
