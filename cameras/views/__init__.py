"""The control room, and the one way to a camera's picture."""
