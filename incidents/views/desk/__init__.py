"""Pages for staff who work on incidents: the desk's list, one incident, its steps."""
