"""Build the sealed leaves of a frame, a kept picture and a tombstone, in the bytes of `hash_chain.canonical_bytes`."""

from datetime import datetime
from hashlib import sha256

from cameras.models import Evidence, Tombstone
from geoapp.ledger.hash_chain import utc_text


def frame_leaf(camera_id: int, taken_at: datetime, digest: str) -> dict:
    return {"leaf": "frame", "camera": camera_id, "taken_at": utc_text(taken_at), "sha256": digest}


def evidence_leaf(evidence: Evidence) -> dict:
    """Return the leaf of a kept picture; words of a person by their digest. `evidence` has its incident joined."""
    return {
        "leaf": "evidence",
        "id": evidence.pk,
        "incident": evidence.incident.reference,
        "camera": evidence.camera_id,
        "register": evidence.register,
        "moment": evidence.moment,
        "line": evidence.event_id,
        "distance_m": evidence.distance_m,
        "sees": evidence.sees,
        "taken_at": utc_text(evidence.taken_at),
        "sha256": evidence.sha256,
        "kind": evidence.kind,
        "width": evidence.width,
        "height": evidence.height,
        "health": evidence.health,
        "received": evidence.received,
        "ring": evidence.ring,
        "by": evidence.by_id,
        "reason_sha256": sha256(evidence.reason.encode()).hexdigest(),
        "kept_at": utc_text(evidence.kept_at),
    }


def tombstone_leaf(tombstone: Tombstone) -> dict:
    return {
        "leaf": "tombstone",
        "evidence": tombstone.evidence_id,
        "sha256": tombstone.sha256,
        "why": tombstone.why,
        "at": utc_text(tombstone.at),
    }
