"""For programs: Open311, webhooks of gateways, event streams, vector tiles, probes."""
