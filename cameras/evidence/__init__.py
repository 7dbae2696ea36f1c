"""Keep evidence: cameras near a place, kept pictures, retention, and the seals that prove them unaltered."""
