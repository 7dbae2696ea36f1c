"""For those who lead and those who watch: the overview, directives, the oversight of deadlines."""
