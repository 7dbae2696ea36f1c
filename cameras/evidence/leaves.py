"""What is sealed of a frame, of a kept picture and of a tombstone; in the bytes of `hash_chain.canonical_bytes`."""

from datetime import datetime
from hashlib import sha256

from cameras.models import Evidence, Tombstone
from geoapp.ledger.hash_chain import utc_text


def frame_leaf(camera_id: int, taken_at: datetime, digest: str) -> dict:
    return {"leaf": "frame", "camera": camera_id, "taken_at": utc_text(taken_at), "sha256": digest}


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
        "taken_at": utc_text(one.taken_at),
        "sha256": one.sha256,
        "kind": one.kind,
        "width": one.width,
        "height": one.height,
        "health": one.health,
        "received": one.received,
        "ring": one.ring,
        "by": one.by_id,
        "reason_sha256": sha256(one.reason.encode()).hexdigest(),
        "kept_at": utc_text(one.kept_at),
    }


def tombstone_leaf(one: Tombstone) -> dict:
    return {
        "leaf": "tombstone",
        "evidence": one.evidence_id,
        "sha256": one.sha256,
        "why": one.why,
        "at": utc_text(one.at),
    }
