"""Publish the last digest of each day of a ledger, and check a ledger against published heads.

A head stored outside proves that nothing before it was changed since.
"""

import base64
from collections.abc import Iterable
from datetime import date

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import models
from django.http import JsonResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.ledger.hash_chain import canonical_bytes


class PublishedHead(models.Model):
    """The last digest of a day in a chain. Subclasses have `line`, the number of its entry.

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
        """Return the bytes to sign and stamp: JSON list of chain, day, last line number, digest."""
        return canonical_bytes([self.CHAIN, self.day.isoformat(), self.line, self.hex])  # type: ignore[attr-defined]


def heads_as_data(heads: models.QuerySet) -> dict:
    """Return the heads of a chain as the JSON that `deploy/verify_heads.py` reads."""
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
    return JsonResponse(heads_as_data(heads))


def signature_fault(head: PublishedHead, keys: frozenset[bytes] = frozenset()) -> str:
    """Return the fault of a head's signature, or "". `keys`: trusted public keys, if any.

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
    """Compare a chain, line by line, with published heads and with heads and lines stored outside.

    `outside_heads`: (day, digest as hex); `lines`: (number, digest as hex); `keys`: public keys with which heads must
    be signed, if any.
    """

    def __init__(
        self,
        published: models.QuerySet,
        outside_heads: Iterable[tuple[date, str]] = (),
        keys: Iterable[bytes] = (),
        lines: Iterable[tuple[int, str]] = (),
    ) -> None:
        self.matched = 0
        self.keys = frozenset(keys)
        self.heads_on_line: dict[int, list[PublishedHead]] = {}
        for head in published.order_by("day"):
            self.heads_on_line.setdefault(head.line, []).append(head)
        self.outside_heads = {bytes.fromhex(digest): day for day, digest in outside_heads}
        self.lines = {number: bytes.fromhex(digest) for number, digest in lines}

    def fault_at(self, line: int, digest: bytes) -> str:
        """Return how a line's digest differs from what was published or stored outside, or ""."""
        if self.lines.pop(line, digest) != digest:
            return _("Line %(line)d is not the one kept outside: everything was sealed again.") % {"line": line}
        self.outside_heads.pop(digest, None)
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
        """Return what was published or stored outside for lines that do not exist, or ""."""
        if self.lines:
            return _("Line %(line)d, which was kept outside, no longer exists.") % {"line": min(self.lines)}
        if self.heads_on_line:
            line = min(self.heads_on_line)
            return _("Line %(line)d, on which the head of %(day)s was published, was removed.") % {
                "line": line, "day": self.heads_on_line[line][0].day,
            }  # fmt: skip
        if not self.outside_heads:
            return ""
        digest, day = min(self.outside_heads.items(), key=lambda row: row[1])
        return _(
            "The head %(digest)s… kept from %(day)s is not in this history: something before it was changed, and "
            "every seal since was made again."
        ) % {"digest": digest.hex()[:12], "day": day}
