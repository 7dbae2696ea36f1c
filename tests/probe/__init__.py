"""Audit a running demo as a patient stranger would: bin/probe."""
