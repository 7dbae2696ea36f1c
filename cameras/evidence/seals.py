"""Seal new frames and evidence each minute: they become leaves of a Merkle tree whose root is chained.

docs/adr/0017 says what is hashed and what it proves.
"""

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate, now

from cameras.evidence import leaves, merkle
from cameras.models import Evidence, Frame, Seal, SealHead, Tombstone
from geoapp.db import locks
from geoapp.ledger import hash_chain
from geoapp.ledger.ledger import Ledger

log = logging.getLogger("cameras.evidence")
SEALS = Ledger(
    lines=Seal,
    heads=SealHead,
    fields=("number", "sealed_at", "leaves", "root"),
    lock=locks.Lock.SEALS,
    time="sealed_at",
    altered="seal %(line)d was altered",
    left_out="seal %(next)d is missing",
)

TOGETHER = 20_000  # frames in one seal at the most
# A frame's own proof needs all leaves of its minute; what could not be proven after so long will not be.
PROVABLE = timedelta(hours=2)
# All committed rows without a seal; rows still uncommitted get the next seal.
NEW = "SELECT camera_id, taken_at, sha256 FROM cameras_frame WHERE seal IS NULL LIMIT %s"
NUMBER = """
UPDATE cameras_frame SET seal = %s FROM unnest(%s::bigint[], %s::timestamptz[]) AS new (camera, at)
WHERE cameras_frame.camera_id = new.camera AND cameras_frame.taken_at = new.at
"""
LAST_OF_DAYS = """
SELECT last.number FROM unnest(%s::timestamptz[]) AS ends,
LATERAL (SELECT number FROM cameras_seal WHERE sealed_at < ends ORDER BY sealed_at DESC, number DESC LIMIT 1) AS last
"""


def seal_new(at: datetime | None = None) -> int:
    """Seal all that is not sealed yet; return how many seals were made.

    A caller that comes while another seals returns at once.
    """
    count = 0
    while True:
        with transaction.atomic():
            if not locks.try_hold(SEALS.lock):
                return count
            full = make_seal(at or now())
        if full is None:
            break
        count += 1
        if not full:
            break
    prove_frames()
    return count


def make_seal(at):
    """Make one seal; return whether it was filled to its limit, or None if there was nothing to seal."""
    last = SEALS.last_line()
    number = last.number + 1 if last else 1
    with connection.cursor() as cursor:
        cursor.execute(NEW, [TOGETHER])
        frames = sorted(cursor.fetchall())
        cursor.execute(NUMBER, [number, [frame[0] for frame in frames], [frame[1] for frame in frames]])
    evidence = list(Evidence.objects.filter(seal=None).select_related("incident").order_by("pk"))
    tombstones = list(Tombstone.objects.filter(seal=None).order_by("pk"))
    tree = merkle.build_tree(hash_leaves(frames, evidence, tombstones))
    size = len(tree[0])
    if not size:
        return None
    (seal,) = SEALS.append_after(last, Seal(sealed_at=at, leaves=size, root=tree[-1][0]))
    for index, row in enumerate([*evidence, *tombstones], len(frames)):
        row.seal, row.leaf, row.proof = seal, index, [step.hex() for step in merkle.proof_path(tree, index)]
    Evidence.objects.bulk_update(evidence, ["seal", "leaf", "proof"], batch_size=500)
    Tombstone.objects.bulk_update(tombstones, ["seal", "leaf", "proof"], batch_size=500)
    return len(frames) == TOGETHER


def hash_leaves(frames, evidence, tombstones):
    return [
        merkle.hash_leaf(hash_chain.canonical_bytes(fields))
        for fields in (
            *(leaves.frame_leaf(*frame) for frame in frames),
            *map(leaves.evidence_leaf, evidence),
            *map(leaves.tombstone_leaf, tombstones),
        )
    ]


def prove_frames():
    wanting = Evidence.objects.filter(ring=True, frame_seal=None, kept_at__gt=now() - PROVABLE).exclude(seal=None)
    frames = {}
    for seal in wanting:
        same = Frame.objects.filter(camera=seal.camera_id, taken_at=seal.taken_at, sha256=seal.sha256)
        for number in same.exclude(seal=None).values_list("seal", flat=True):
            frames.setdefault(number, []).append(seal)
    for number, some in frames.items():
        prove_frames_of(Seal.objects.get(number=number), some)


def prove_frames_of(seal, some):
    frames = sorted(Frame.objects.filter(seal=seal.number).values_list("camera_id", "taken_at", "sha256"))
    evidence = Evidence.objects.filter(seal=seal).select_related("incident").order_by("pk")
    tree = merkle.build_tree(hash_leaves(frames, evidence, Tombstone.objects.filter(seal=seal).order_by("pk")))
    if tree[-1] != [bytes(seal.root)]:
        return  # the ring has forgotten some of that minute
    index = {frame: n for n, frame in enumerate(frames)}
    for row in some:
        row.frame_seal, row.frame_leaf = seal, index[row.camera_id, row.taken_at, row.sha256]
        row.frame_proof = [step.hex() for step in merkle.proof_path(tree, row.frame_leaf)]
    Evidence.objects.bulk_update(some, ["frame_seal", "frame_leaf", "frame_proof"])


def is_proven(fields: dict, proof: list[str], leaf: int, seal: Seal) -> bool:
    path = [bytes.fromhex(step) for step in proof]
    return merkle.root_from_path(
        merkle.hash_leaf(hash_chain.canonical_bytes(fields)), leaf, seal.leaves, path
    ) == bytes(seal.root)


def last_seals_of_days(days: Iterable[date]) -> list[Seal]:
    """Return the last seal of each of these days (in the city's time zone); a day without one has that of the day
    before.
    """
    with connection.cursor() as cursor:
        cursor.execute(LAST_OF_DAYS, [[hash_chain.end_of_day(day) for day in days]])
        numbers = {number for (number,) in cursor.fetchall()}
    return list(Seal.objects.filter(number__in=numbers).order_by("-number"))


def seals_of_day(day: date) -> QuerySet[Seal]:
    begins, ends = hash_chain.start_of_day(day), hash_chain.end_of_day(day)
    return Seal.objects.filter(sealed_at__gte=begins, sealed_at__lt=ends).order_by("number")


def past_days(count: int) -> list[date]:
    today = localdate()
    return [today - timedelta(days=n) for n in range(count)]
