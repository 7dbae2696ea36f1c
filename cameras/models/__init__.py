from cameras.models.feeds import Feed, FeedItem
from cameras.models.findings import Finding
from cameras.models.kept import Evidence, Hold, NoPicture, Seal, SealHead, Tombstone
from cameras.models.patrol import DeadShift, HealthInterval, Lease, Shift, StorageOutage
from cameras.models.pauses import Outbreak, Pause
from cameras.models.public import Still
from cameras.models.register import NEAR_M, NEAREST, Camera, Source, View
from cameras.models.repairs import RepairPromise
from cameras.models.ring import Frame
from cameras.models.room import Habits, Layout
from cameras.models.shifts import HandOver, HandOverItem, RoomClaim, RoomLine, StepTick
from cameras.models.truth import Baseline, Card, Tally, UsualTally
from cameras.models.view_log import Flag, ViewLogEntry, ViewLogHead

__all__ = [
    "NEAREST",
    "NEAR_M",
    "Baseline",
    "Camera",
    "Card",
    "DeadShift",
    "Evidence",
    "Feed",
    "FeedItem",
    "Finding",
    "Flag",
    "Frame",
    "Habits",
    "HandOver",
    "HandOverItem",
    "HealthInterval",
    "Hold",
    "Layout",
    "Lease",
    "NoPicture",
    "Outbreak",
    "Pause",
    "RepairPromise",
    "RoomClaim",
    "RoomLine",
    "Seal",
    "SealHead",
    "Shift",
    "Source",
    "StepTick",
    "Still",
    "StorageOutage",
    "Tally",
    "Tombstone",
    "UsualTally",
    "View",
    "ViewLogEntry",
    "ViewLogHead",
]  # fmt: skip
