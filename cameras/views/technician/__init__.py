"""For technicians: the register, zones, coverage, health, what a new edition of boundaries moves."""
