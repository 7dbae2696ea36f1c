"""What the control room's wall shows: the pool of cameras, and what those near a place see and saw."""
