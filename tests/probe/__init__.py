"""An audit of a running demo, as a stranger with time would do it: bin/probe."""
