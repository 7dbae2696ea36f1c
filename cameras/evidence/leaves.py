"""What is sealed of a frame, of a kept picture and of a tombstone; in the bytes of `hash_chain.canonical_bytes`."""

import json
from datetime import UTC, datetime
from hashlib import sha256

from cameras.models import Evidence, Tombstone

# One way of writing: letters as they are, keys in order, no blanks.
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def timestamp(moment: datetime) -> str:
    """`2026-11-25T01:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def frame_leaf(camera_id: int, taken_at: datetime, digest: str) -> dict:
    return {"leaf": "frame", "camera": camera_id, "taken_at": timestamp(taken_at), "sha256": digest}


def evidence_leaf(one: Evidence) -> dict:
    """All that is said of a kept picture; words of a person by their digest. `one` has its incident joined."""
    return {
        "leaf": "evidence",
        "id": one.pk,
        "incident": one.incident.reference,
        "camera": one.camera_id,
        "register": one.register,
        "moment": one.moment,
        "line": one.event_id,
        "distance_m": one.distance_m,
        "sees": one.sees,
        "taken_at": timestamp(one.taken_at),
        "sha256": one.sha256,
        "kind": one.kind,
        "width": one.width,
        "height": one.height,
        "health": one.health,
        "received": one.received,
        "ring": one.ring,
        "by": one.by_id,
        "reason_sha256": sha256(one.reason.encode()).hexdigest(),
        "kept_at": timestamp(one.kept_at),
    }


def tombstone_leaf(one: Tombstone) -> dict:
    return {
        "leaf": "tombstone",
        "evidence": one.evidence_id,
        "sha256": one.sha256,
        "why": one.why,
        "at": timestamp(one.at),
    }


def leaf_bytes(said: dict | list) -> bytes:
    """The bytes that are sealed."""
    return canonical(said).encode()
