"""Who looked at which picture: the viewing ledger, and what of it is unusual."""
