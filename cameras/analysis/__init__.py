"""Analyse camera pictures: inspect one picture, learn what is usual for a camera, derive its health.

Pure: bytes and values in, values out; no database, no network, no Django.
"""

from cameras.analysis.cards import Cards
from cameras.analysis.health import SEEING, STATE_BY_OUTCOME, TRIES, Health, next_health
from cameras.analysis.inspection import BROKEN, Inspection, inspect_picture
from cameras.analysis.inspector import CameraInspector
from cameras.analysis.reading import is_whole, kind_of, size_of
from cameras.analysis.usual import Baseline
from cameras.analysis.view_tracking import Alignment, transform_zones

__all__ = [
    "BROKEN",
    "SEEING",
    "STATE_BY_OUTCOME",
    "TRIES",
    "Alignment",
    "Baseline",
    "CameraInspector",
    "Cards",
    "Health",
    "Inspection",
    "inspect_picture",
    "is_whole",
    "kind_of",
    "next_health",
    "size_of",
    "transform_zones",
]
