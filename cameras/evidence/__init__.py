"""Evidence: which cameras see a place, what of theirs is kept and how long, and the seals that show it is unaltered."""
