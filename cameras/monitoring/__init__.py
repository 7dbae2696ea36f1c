"""How all cameras are: uptime, outbreaks of failures, pictures that could not be kept."""
