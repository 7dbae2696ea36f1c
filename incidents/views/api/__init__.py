"""APIs for programs: Open311, gateway webhooks, event streams, vector tiles, probes."""
