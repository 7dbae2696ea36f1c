"""Pages for people who work with evidence, and for supervisors of viewing."""
