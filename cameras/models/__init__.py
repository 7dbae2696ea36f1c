from cameras.models.findings import Finding
from cameras.models.kept import Evidence, Hold, NoPicture, Seal, Tombstone
from cameras.models.looks import Flag, Look, LooksHead
from cameras.models.patrol import DeadShift, Lease, Shift, Spell, Unkept
from cameras.models.pauses import Outbreak, Pause
from cameras.models.public import Still
from cameras.models.register import NEAR_M, NEAREST, Camera, Source, View
from cameras.models.ring import Frame
from cameras.models.room import Habits, Layout
from cameras.models.truth import Baseline, Card, Tally, UsualTally

__all__ = [
    "NEAREST", "NEAR_M", "Baseline", "Camera", "Card", "DeadShift", "Evidence", "Finding", "Flag", "Frame", "Habits",
    "Hold", "Layout", "Lease", "Look", "LooksHead", "NoPicture", "Outbreak", "Pause", "Seal", "Shift", "Source",
    "Spell", "Still", "Tally", "Tombstone", "Unkept", "UsualTally", "View",
]  # fmt: skip
