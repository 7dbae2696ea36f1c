"""Keep evidence: which cameras see a place, which pictures are kept and how long, and the seals that prove them
unaltered.
"""
