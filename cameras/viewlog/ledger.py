"""The viewing ledger: `record_viewing` is the only way in, `verify_ledger` finds out whether anybody changed it since.

Each day's last seal is published. Lines whose time is up are deleted up to such a seal, with which the chain then
begins. What a seal covers: see `line_bytes`. Who has the number and the digest of a line, and a copy of the table, can
check it with any tool that knows SHA-256.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.models import Flag, ViewLogEntry, ViewLogHead
from geoapp.db import locks
from geoapp.ledger import hash_chain
from incidents.models import Incident, User

AT_LEAST = relativedelta(months=12)  # nobody deletes younger lines: sql/guards/viewing_ledger.sql refuses
H = ViewLogEntry.How
# One line opens a looking and is enough for so long; what is new meanwhile gets a line of its own.
ENOUGH = timedelta(minutes=5)
# A picture is fetched by a page that opened a looking a moment before: it is no second one.
A_MOMENT = timedelta(minutes=1)
# Each of these is an act of its own, however soon after another.
ACTS = {H.EXPORT, H.PIN}
# Lines of which kinds are enough for a single picture that is fetched; all other kinds count by themselves.
WITHIN = {
    H.PICTURE: (H.WALL, H.FOCUS, H.LIVE, H.PICTURE),
    H.EVIDENCE: (H.FOCUS, H.DESK, H.EVIDENCE, H.EXPORT, H.PIN),
}


def record_viewing(
    user: User | AnonymousUser,
    how: str,
    cameras: Iterable[int] = (),
    *,
    incident: Incident | None = None,
    evidence: Iterable[int] = (),
    purpose: str = "",
    hour: datetime | None = None,
) -> ViewLogEntry | None:
    """A person looks at these cameras, or this evidence (keys). The line that was written, or None.

    None where the same was opened within the last five minutes, so that a page may call it each few seconds, and
    where nobody is signed in. `hour`: of earlier pictures, any moment within theirs. Whoever calls does so before the
    picture is shown: what cannot be written down is not seen.
    """
    if user.is_anonymous or not (cameras or evidence):
        return None
    hour = hour and hour.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    asked = set(cameras), set(evidence)
    if how not in ACTS and not any(not_recorded_yet(user, how, *asked, incident, hour)):
        return None
    with transaction.atomic():
        before = lock_last_line()
        fresh = asked if how in ACTS else not_recorded_yet(user, how, *asked, incident, hour)
        if not any(fresh):
            return None
        entry = ViewLogEntry(
            id=(before.pk if before else 0) + 1,
            at=now(),
            by=user,
            how=how,
            cameras=sorted(fresh[0]),
            evidence=sorted(fresh[1]),
            hour=hour,
            incident=incident,
            purpose=" ".join(purpose.split())[:200],
            pictures=sum(map(len, fresh)),
        )
        entry.digest = line_digest(bytes(before.digest) if before else hash_chain.GENESIS, entry)
        entry.save(force_insert=True)
    return entry


def not_recorded_yet(user, how, cameras, evidence, incident, hour):
    """What of this has no line yet that is enough."""
    since = now() - ENOUGH - (A_MOMENT if how in WITHIN else timedelta())
    lines = ViewLogEntry.objects.filter(by=user, at__gt=since, hour=hour, how__in=WITHIN.get(how, [how])).order_by()
    if how not in WITHIN:
        lines = lines.filter(incident=incident)
    for some, kept in lines.values_list("cameras", "evidence"):
        cameras, evidence = cameras.difference(some), evidence.difference(kept)
    return cameras, evidence


def lock_last_line():
    """Lock the ledger until the transaction ends; its last line, or None."""
    locks.hold(locks.Lock.LOOKS)
    return ViewLogEntry.objects.only("pk", "digest").order_by("-pk").first()


def line_bytes(entry):
    """The bytes of a line that are sealed: a JSON list of its fields in one way of writing, in UTF-8.

    Number, moment, person, kind, cameras, evidence, hour, incident, purpose, pictures.
    """
    return hash_chain.canonical_bytes(
        [
            entry.pk, hash_chain.utc_text(entry.at), entry.by_id, str(entry.how), entry.cameras, entry.evidence,
            entry.hour and hash_chain.utc_text(entry.hour), entry.incident_id, entry.purpose, entry.pictures,
        ]
    )  # fmt: skip


def line_digest(before: bytes, entry: ViewLogEntry) -> bytes:
    """The seal on a line, from the seal on the one before it."""
    return hash_chain.next_digest(before, line_bytes(entry))


def publish_head(day: date) -> ViewLogHead | None:
    """Write down the head of a day that is over, once: see hash_chain.publish_head."""
    return hash_chain.publish_head(ViewLogHead.objects.all(), ViewLogEntry.objects.all(), day)


def publish_due_heads() -> int:
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return hash_chain.publish_due_heads(ViewLogHead.objects.all(), publish_head)


@transaction.atomic
def forget_old(at: datetime | None = None) -> int:
    """Delete the lines and flags whose time is up, up to a published head. Returns how many lines.

    The last line stays in any case: the next one is sealed with it.
    """
    until = ((at or now()) - relativedelta(months=settings.KEEP_LOOKS_MONTHS)).date()
    Flag.objects.filter(day__lt=until).delete()
    last = lock_last_line()
    if not last:
        return 0
    return hash_chain.forget_lines(ViewLogHead.objects.all(), ViewLogEntry.objects.all(), last=last.pk, until=until)


@dataclass
class LedgerVerification(hash_chain.Verification):
    """How far the ledger is right."""

    forgotten: int = 0  # the last line that was deleted in its time


def verify_ledger(
    kept: Iterable[tuple[int, str]] = (), heads: Iterable[tuple[date, str]] = (), keys: Iterable[bytes] = ()
) -> LedgerVerification:
    """Walk through the ledger from its first line and compare each with its seal, and with the published heads.

    `kept`: (number, digest as hex), `heads`: (day, digest as hex), as somebody kept them outside; `keys`: with which
    heads must be signed. It stops at the first line that is wrong.
    """
    verdict, kept = LedgerVerification(), {number: bytes.fromhex(digest) for number, digest in kept}
    published = ViewLogHead.objects.all()
    if start := first_head():
        verdict.last = verdict.forgotten = start.line
        verdict.digest = bytes(start.digest)
        if start.day > (now() - AT_LEAST).date():
            verdict.fault = _("Lines up to %(line)d were deleted before their time.") % {"line": start.line}
            return verdict
        told = {(head.day, head.hex) for head in published.filter(day__lte=start.day)}
        heads = [head for head in heads if head not in told]
        published = published.filter(line__gt=start.line)
    heads = hash_chain.HeadCheck(published, heads, keys)
    for entry in ViewLogEntry.objects.order_by("pk").iterator(chunk_size=5000):
        places, digest, fault = {"line": entry.pk, "before": verdict.last}, bytes(entry.digest), ""
        if entry.pk != verdict.last + 1:
            fault = _("Line %(line)d follows on line %(before)d: what was between was left out.") % places
        elif line_digest(verdict.digest, entry) != digest:
            fault = _("Line %(line)d was altered.") % places
        elif kept.pop(entry.pk, digest) != digest:
            fault = _("Line %(line)d is not the one that was kept outside: all was sealed anew.") % places
        if not verdict.follow(entry.pk, digest, fault, heads):
            return verdict
    if kept:
        verdict.fault = _("Line %(line)d, which was kept outside, is not there any more.") % {"line": min(kept)}
    verdict.fault = verdict.fault or heads.fault_at_end()
    return verdict


def export_ledger() -> Iterator[dict]:
    """The ledger as `deploy/verify_heads.py` reads it: what it begins with, then the fields of each line."""
    start = first_head()
    before = {"line": start.line, "digest": start.hex} if start else {"line": 0, "digest": hash_chain.GENESIS.hex()}
    yield {"chain": ViewLogHead.CHAIN, "before": before}
    for entry in ViewLogEntry.objects.order_by("pk").iterator(chunk_size=5000):
        yield {"entry": json.loads(line_bytes(entry))}


def first_head():
    """The published head with which the ledger begins, where the lines before were deleted; else None."""
    first = ViewLogEntry.objects.order_by("pk").values_list("pk", flat=True).first()
    return ViewLogHead.objects.filter(line=first - 1).first() if first else None
