"""What pictures show of their camera: one look at the bytes, what is usual for it, and the health that follows.

Pure: bytes and values in, values out; no database, no network, no Django.
"""

from cameras.analysis.cards import Cards
from cameras.analysis.eye import Eye
from cameras.analysis.health import SAYS, SEEING, TRIES, Health, after, paused
from cameras.analysis.looking import BROKEN, Glance, look
from cameras.analysis.moved import Fit, carried
from cameras.analysis.reading import is_whole, kind_of, size_of
from cameras.analysis.usual import Baseline

__all__ = [
    "BROKEN", "SAYS", "SEEING", "TRIES", "Baseline", "Cards", "Eye", "Fit", "Glance", "Health", "after", "carried",
    "is_whole", "kind_of", "look", "paused", "size_of",
]  # fmt: skip
