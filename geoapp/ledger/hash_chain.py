"""Hash chains: each entry's digest is the SHA-256 of the digest before it and of the entry's own bytes.

The history of incidents, the viewing ledger and the seals on evidence are such chains; each says which of its fields
are covered and where its rows are. The last digest of a day is published as that day's head: whoever kept one can
prove that nothing before it was changed since.
"""

import base64
import hashlib
import json
import re
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import models
from django.http import JsonResponse
from django.utils.timezone import get_default_timezone, localdate, now
from django.utils.translation import gettext as _

Head = TypeVar("Head", bound="PublishedHead")
GENESIS = bytes(32)  # what stands before the first entry
encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical_bytes(value: object) -> bytes:
    """JSON in one way of writing: letters as they are, keys of objects in their order, no blanks; UTF-8."""
    return encode(value).encode()


def utc_text(moment: datetime) -> str:
    """A moment (aware) in UTC with six digits of a second: `2026-11-25T01:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def next_digest(previous: bytes, entry: bytes) -> bytes:
    """The digest of an entry, from its bytes and the digest of the entry before it."""
    return hashlib.sha256(previous + entry).digest()


def salted_digest(text: str, salt: UUID | None = None) -> bytes:
    """The digest of words that may be erased later; without its salt a short text is found by trying."""
    return hashlib.sha256((salt.bytes if salt else b"") + text.encode()).digest()


def start_of_day(day: date) -> datetime:
    """The moment at which a day begins, in the city's time."""
    return datetime.combine(day, time(), tzinfo=get_default_timezone())


def end_of_day(day: date) -> datetime:
    """The moment at which the day after it begins, in the city's time."""
    return start_of_day(day + timedelta(days=1))


class PublishedHead(models.Model):
    """The last digest of a day in a chain, published. Subclasses have `line`, the number of its entry.

    What `geoapp.ledger.anchoring` adds to it later is added once, and nothing else changes (sql/guards/heads.sql).
    """

    CHAIN = ""  # the name of the chain; signed with each of its heads

    day = models.DateField(unique=True)
    digest = models.BinaryField()
    published_at = models.DateTimeField(default=now)
    signature = models.BinaryField(null=True, editable=False, help_text="Ed25519 over `signed_bytes`")
    key = models.BinaryField(null=True, editable=False, help_text="The public key of the signature")
    timestamp = models.BinaryField(null=True, editable=False, help_text="The answer of an RFC 3161 authority, DER")
    stamped_at = models.DateTimeField(null=True, editable=False, help_text="The moment that the time stamp says")
    mailed_at = models.DateTimeField(null=True, editable=False, help_text="When it was sent to other offices")

    class Meta:
        abstract = True
        ordering = ["-day"]

    def __str__(self):
        return f"{self.day} {self.hex[:12]}"

    @property
    def hex(self) -> str:
        return bytes(self.digest).hex()

    @property
    def signed_bytes(self) -> bytes:
        """What is signed and stamped of it: a JSON list of chain, day, number of the last entry, digest."""
        return canonical_bytes([self.CHAIN, self.day.isoformat(), self.line, self.hex])  # type: ignore[attr-defined]


def unpublished_days(heads: models.QuerySet) -> Iterator[date]:
    """The days up to yesterday that have no head yet, the oldest first; only yesterday where there is no head."""
    yesterday = localdate() - timedelta(days=1)
    last = heads.values_list("day", flat=True).first()
    day = last + timedelta(days=1) if last else yesterday
    while day <= yesterday:
        yield day
        day += timedelta(days=1)


def publish_head(heads: "models.QuerySet[Head]", lines: models.QuerySet, day: date) -> "Head | None":
    """Write down the head of a day that is over, once: the seal on its last line. None while there is no line.

    `lines` of the chain have `at` and `digest`. A day on which none was added has the head of the day before.
    """
    found = lines.filter(at__lt=end_of_day(day)).order_by("-pk").values("pk", "digest").first()
    if found is None:
        return None
    return heads.get_or_create(day=day, defaults={"line": found["pk"], "digest": found["digest"]})[0]


def forget_lines(heads: models.QuerySet, lines: models.QuerySet, *, last: int, until: date) -> int:
    """Delete the lines of before a day, up to a published head. Returns how many.

    The last line stays in any case: the next one is sealed with it.
    """
    covered = heads.filter(day__lt=until, line__lt=last).values_list("line", flat=True).first()
    return lines.filter(pk__lte=covered).delete()[0] if covered else 0


def publish_due_heads(heads: models.QuerySet, publish: Callable[[date], PublishedHead | None]) -> int:
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return sum(publish(day) is not None for day in unpublished_days(heads))


def heads_as_data(heads: models.QuerySet) -> dict:
    """The heads of a chain as the JSON file that others keep, and `deploy/verify_heads.py` checks."""
    rows = [head_row(head) for head in heads]
    return {"chain": heads.model.CHAIN, "digest": "SHA-256", "signature": "Ed25519", "heads": rows}


def head_row(head):
    row: dict = {name: getattr(head, name) for name in ("day", "line", "published_at")} | {"digest": head.hex}
    if head.signature:
        row |= {"signature": bytes(head.signature).hex(), "key": bytes(head.key).hex()}
    if head.timestamp:
        row |= {"timestamp": base64.b64encode(head.timestamp).decode(), "stamped_at": head.stamped_at}
    return row


def heads_as_json(heads: models.QuerySet) -> JsonResponse:
    """The heads of a chain as a JSON file."""
    return JsonResponse(heads_as_data(heads))


def signature_fault(head: PublishedHead, keys: frozenset[bytes] = frozenset()) -> str:
    """What is wrong with the signature of a head; "" if nothing is. `keys`: the public keys that are believed, if any.

    Without keys a head that is not signed is no fault.
    """
    place = {"day": head.day}
    if not head.signature:
        return _("The head of %(day)s is not signed.") % place if keys else ""
    if keys and bytes(head.key or b"") not in keys:
        return _("The head of %(day)s is signed with another key.") % place
    try:
        Ed25519PublicKey.from_public_bytes(bytes(head.key or b"")).verify(bytes(head.signature), head.signed_bytes)
    except (InvalidSignature, ValueError):
        return _("The signature on the head of %(day)s is wrong.") % place
    return ""


class HeadCheck:
    """Compares published heads, and those that were kept outside, with a chain as somebody walks along it.

    `kept`: (day, digest as hex); `keys`: the public keys with which heads must be signed, if any.
    """

    def __init__(
        self, published: models.QuerySet, kept: Iterable[tuple[date, str]] = (), keys: Iterable[bytes] = ()
    ) -> None:
        self.matched = 0
        self.keys = frozenset(keys)
        self.heads_on_line: dict[int, list[PublishedHead]] = {}
        for head in published.order_by("day"):
            self.heads_on_line.setdefault(head.line, []).append(head)
        self.kept = {bytes.fromhex(digest): day for day, digest in kept}

    def fault_at(self, line: int, digest: bytes) -> str:
        """What is wrong with the heads on a line that has this digest; "" if nothing is."""
        self.kept.pop(digest, None)
        for head in self.heads_on_line.pop(line, ()):
            if bytes(head.digest) != digest:
                return _("The head published for %(day)s is not the seal on line %(line)d.") % {
                    "day": head.day, "line": line,
                }  # fmt: skip
            if fault := signature_fault(head, self.keys):
                return fault
            self.matched += 1
        return ""

    def fault_at_end(self) -> str:
        """What is wrong with the heads to which no line led; "" if there are none."""
        if self.heads_on_line:
            line = min(self.heads_on_line)
            return _("Line %(line)d, on which the head of %(day)s was published, was left out.") % {
                "line": line, "day": self.heads_on_line[line][0].day,
            }  # fmt: skip
        if not self.kept:
            return ""
        digest, day = min(self.kept.items(), key=lambda kept: kept[1])
        return _(
            "The head %(digest)s… that was kept of %(day)s is not in this history: something before it was changed, and"
            " every seal since was made anew."
        ) % {"digest": digest.hex()[:12], "day": day}


@dataclass
class Verification:
    """How far a walk along a chain found it right. `fault`: what is wrong with the first wrong entry, or ""."""

    last: int = 0  # the number of the last right entry
    digest: bytes = GENESIS  # its digest
    heads: int = 0  # published heads to which the chain led
    fault: str = ""

    def follow(self, number: int, digest: bytes, fault: str = "", heads: HeadCheck | None = None) -> bool:
        """Go on to the next entry unless it has a fault, or a head on it has; whether it went on."""
        if not fault and heads:
            fault = heads.fault_at(number, digest)
            self.heads = heads.matched
        self.fault = fault
        if fault:
            return False
        self.last, self.digest = number, digest
        return True


def write_json_lines(path: str, lines: Iterable[dict]) -> int:
    """Write one JSON object a line into a new file, which must not be there. Returns how many lines."""
    with open(path, "x", encoding="utf-8") as file:
        return sum(bool(file.write(f"{encode(line)}\n")) for line in lines)


def add_head_option(parser: ArgumentParser) -> None:
    """Let a command be told heads that were kept outside; they are its option `head`, [(day, digest as hex)]."""
    parser.add_argument(
        "--head",
        action="append",
        default=[],
        type=parse_head,
        metavar="DAY=HEX",
        help="a head as it was published, kept outside: 2026-11-23=5f0c…; may be given more than once",
    )


def add_key_option(parser: ArgumentParser) -> None:
    """Let a command be told the keys with which heads must be signed; they are its option `key`, [bytes]."""
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        type=parse_key,
        metavar="HEX",
        help="a public key with which heads must be signed, as heads_key says it; more than once where it was changed",
    )


def parse_key(text: str) -> bytes:
    """A public key. Raises ValueError."""
    if not re.fullmatch(r"[0-9a-f]{64}", text.lower()):
        raise ValueError(text)
    return bytes.fromhex(text)


parse_key.__name__ = "key: 64 digits of HEX"  # argparse says it of what cannot be read


def parse_head(text: str) -> tuple[date, str]:
    """A day and a digest. Raises ValueError."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)=([0-9a-f]{64})", text.lower())
    if not found:
        raise ValueError(text)
    return date.fromisoformat(found[1]), found[2]


parse_head.__name__ = "head: DAY=HEX"  # argparse says it of what cannot be read
