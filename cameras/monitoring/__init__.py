"""Monitor all cameras: uptime, outbreaks of failures, storage outages."""
