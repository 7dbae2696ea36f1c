"""For those who work with evidence, and those who watch who looked."""
