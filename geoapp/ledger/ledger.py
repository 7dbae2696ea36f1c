"""Record, verify, export, delete and publish the lines of a ledger, each sealed with the line before.

Lines are numbered from 1 without gaps. The last seal of each day is published as the day's head. Old lines are deleted
only up to a head, with which the chain then begins.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from dateutil.relativedelta import relativedelta
from django.db import models, transaction
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geoapp.db import locks
from geoapp.ledger.hash_chain import GENESIS, canonical_bytes, end_of_day, next_digest, utc_text
from geoapp.ledger.heads import HeadCheck, PublishedHead

Line = TypeVar("Line", bound=models.Model)
CHUNK_SIZE = 5000  # lines that are read at once


@dataclass
class Verification:
    """How far a walk along a chain found it right. `fault`: what is wrong with the first wrong line, or ""."""

    last: int = 0  # the number of the last right line
    digest: bytes = GENESIS  # its digest
    lines: int = 0  # that are right
    heads: int = 0  # published heads to which the chain led
    forgotten: int = 0  # the last line that was deleted in its time
    fault: str = ""

    def follow(self, number: int, digest: bytes, fault: str, check: HeadCheck) -> bool:
        """Go on to the next line unless it has a fault, or what was kept of it differs. Returns whether it went on."""
        self.fault = fault or check.fault_at(number, digest)
        self.heads = check.matched
        if self.fault:
            return False
        self.last, self.digest, self.lines = number, digest, self.lines + 1
        return True

    def remarks(self) -> str:
        """What else a command prints of a ledger that is right; "" or sentences."""
        return f"Lines up to {self.forgotten} were deleted in their time." if self.forgotten else ""


@dataclass(frozen=True)
class Chain(ABC):
    """What is sealed line by line, and whose last seal of each day is published."""

    heads: type[PublishedHead]

    @property
    def name(self) -> str:
        """The name of the chain, as it is signed."""
        return self.heads.CHAIN

    def published_heads(self) -> models.QuerySet[Any]:
        """The published heads, the newest first."""
        return self.heads._default_manager.all()

    @abstractmethod
    def last_line_before(self, moment: datetime) -> tuple[int, bytes] | None:
        """The number and the digest of the last line that was written before a moment."""

    @abstractmethod
    def verify(
        self,
        heads: Iterable[tuple[date, str]] = (),
        keys: Iterable[bytes] = (),
        lines: Iterable[tuple[int, str]] = (),
    ) -> Verification:
        """Compare each line, from the first, with its seal and with the published heads; stop at the first wrong one.

        `heads`: (day, digest as hex) and `lines`: (number, digest as hex), as somebody kept them outside; `keys`: with
        which heads must be signed.
        """

    @abstractmethod
    def export(self) -> Iterator[dict]:
        """The chain as `deploy/verify_heads.py` reads it: what it begins with, then the sealed fields of each line."""

    def publish_head(self, day: date) -> Any:
        """Store the head of a day that is over, once: the seal on its last line. Returns it, or None without a line.

        A day on which no line was added has the head of the day before: that nothing was added is worth knowing, too.
        """
        last = self.last_line_before(end_of_day(day))
        if last is None:
            return None
        number, digest = last
        return self.published_heads().get_or_create(day=day, defaults={"line": number, "digest": digest})[0]

    def publish_due_heads(self) -> int:
        """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
        return sum(self.publish_head(day) is not None for day in self.unpublished_days())

    def unpublished_days(self) -> Iterator[date]:
        """The days up to yesterday that have no head yet, the oldest first; only yesterday where there is no head."""
        yesterday = localdate() - timedelta(days=1)
        last = self.published_heads().values_list("day", flat=True).first()
        day = last + timedelta(days=1) if last else yesterday
        while day <= yesterday:
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True)
class Ledger(Chain, Generic[Line]):
    """A chain of lines: where they lie, what a seal covers, and for how long they are kept at least."""

    lines: type[Line]  # has a number as its key, and `digest`
    fields: tuple[str, ...]  # that a seal covers, in this order
    lock: locks.Lock
    time: str = "at"  # the field with the moment of a line
    kept_for: relativedelta | None = None  # how long no line may be deleted; None: for ever
    altered: str = gettext_noop("Line %(line)d was altered.")
    left_out: str = gettext_noop("Line %(line)d follows on line %(before)d: what was between was left out.")

    @transaction.atomic
    def append(self, *lines: Line) -> list[Line]:
        """Number, seal and save new lines, as of now."""
        last, moment = self.lock_last_line(), now()
        for line in lines:
            setattr(line, self.time, moment)
        return self.append_after(last, *lines)

    def append_after(self, last: Line | None, *lines: Line) -> list[Line]:
        """Number, seal and save new lines behind the last one, under the lock that `lock_last_line` took."""
        before, digest = (last.pk, stored_digest(last)) if last else (0, GENESIS)
        for number, line in enumerate(lines, before + 1):
            line.pk = number
            line.digest = digest = self.line_digest(digest, line)  # type: ignore[attr-defined]
        return self.lines._default_manager.bulk_create(lines)

    def lock_last_line(self) -> Line | None:
        """Lock the ledger until the transaction ends. Returns its last line, with number and digest only."""
        locks.hold(self.lock)
        return self.last_line()

    def last_line(self) -> Line | None:
        return self.lines._default_manager.only("pk", "digest").order_by("-pk").first()

    def in_order(self) -> Iterator[Line]:
        return self.lines._default_manager.order_by("pk").iterator(chunk_size=CHUNK_SIZE)

    def sealed_fields(self, line: Line) -> list:
        """What the seal on a line covers, as JSON values: moments in UTC, bytes in hexadecimal digits."""
        return [json_value(getattr(line, name)) for name in self.fields]

    def line_digest(self, before: bytes, line: Line) -> bytes:
        """The seal on a line, from the seal on the line before."""
        return next_digest(before, canonical_bytes(self.sealed_fields(line)))

    @transaction.atomic
    def forget_lines(self, until: date) -> int:
        """Delete the lines of before a day, up to a published head. Returns how many.

        The last line stays in any case: the next one is sealed with it.
        """
        last = self.lock_last_line()
        if last is None:
            return 0
        covered = self.published_heads().filter(day__lt=until, line__lt=last.pk).values_list("line", flat=True).first()
        return self.lines._default_manager.filter(pk__lte=covered).delete()[0] if covered else 0

    def last_line_before(self, moment: datetime) -> tuple[int, bytes] | None:
        lines = self.lines._default_manager.filter(**{f"{self.time}__lt": moment})
        return lines.order_by("-pk").values_list("pk", "digest").first()

    def first_head(self) -> Any:
        """The published head with which the chain begins, where the lines before it were deleted; else None."""
        if self.kept_for is None:
            return None
        first = self.lines._default_manager.order_by("pk").values_list("pk", flat=True).first()
        return self.published_heads().filter(line=first - 1).first() if first else None

    def verify(
        self,
        heads: Iterable[tuple[date, str]] = (),
        keys: Iterable[bytes] = (),
        lines: Iterable[tuple[int, str]] = (),
    ) -> Verification:
        verdict, published = Verification(), self.published_heads()
        if start := self.first_head():
            verdict.last = verdict.forgotten = start.line
            verdict.digest = stored_digest(start)
            if self.kept_for and start.day > (now() - self.kept_for).date():
                verdict.fault = _("Lines up to %(line)d were deleted before their time.") % {"line": start.line}
                return verdict
            deleted = {(head.day, head.hex) for head in published.filter(day__lte=start.day)}
            heads = [head for head in heads if head not in deleted]
            published = published.filter(line__gt=start.line)
        check = HeadCheck(published, heads, keys, lines)
        for line in self.in_order():
            digest = stored_digest(line)
            if not verdict.follow(line.pk, digest, self.line_fault(verdict, line, digest), check):
                return verdict
        verdict.fault = check.fault_at_end()
        return verdict

    def line_fault(self, verdict: Verification, line: Line, digest: bytes) -> str:
        """What is wrong with the line that follows the last right one; "" if nothing is."""
        places = {"line": line.pk, "before": verdict.last, "next": verdict.last + 1}
        if line.pk != verdict.last + 1:
            return _(self.left_out) % places
        if self.line_digest(verdict.digest, line) != digest:
            return _(self.altered) % places
        return ""

    def export(self) -> Iterator[dict]:
        start = self.first_head()
        before = {"line": start.line, "digest": start.hex} if start else {"line": 0, "digest": GENESIS.hex()}
        yield {"chain": self.name, "before": before}
        for line in self.in_order():
            yield {"entry": self.sealed_fields(line)}


def stored_digest(line: Any) -> bytes:
    return bytes(line.digest)


def json_value(value: object) -> object:
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value
