"""Keep the viewing ledger: who looked at which picture, and which viewing is unusual."""
