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
    """Result of checking a chain. `fault`: what is wrong with the first wrong line, or ""."""

    last: int = 0  # the number of the last right line
    digest: bytes = GENESIS  # its digest
    lines: int = 0  # that are right
    heads: int = 0  # published heads to which the chain led
    forgotten: int = 0  # the last line that was deleted in its time
    fault: str = ""

    def follow(self, number: int, digest: bytes, fault: str, check: HeadCheck) -> bool:
        """Accept the next line unless it has a fault or differs from a head. Returns whether it was accepted."""
        self.fault = fault or check.fault_at(number, digest)
        self.heads = check.matched
        if self.fault:
            return False
        self.last, self.digest, self.lines = number, digest, self.lines + 1
        return True

    def remarks(self) -> str:
        """Return further sentences that a command prints for a valid ledger."""
        return f"Lines up to {self.forgotten} were deleted in their time." if self.forgotten else ""


@dataclass(frozen=True)
class Chain(ABC):
    """A hash chain whose last digest of each day is published."""

    heads: type[PublishedHead]

    @property
    def name(self) -> str:
        return self.heads.CHAIN

    def published_heads(self) -> models.QuerySet[Any]:
        return self.heads._default_manager.all()

    @abstractmethod
    def last_line_before(self, moment: datetime) -> tuple[int, bytes] | None:
        """Return number and digest of the last line written before a moment."""

    @abstractmethod
    def verify(
        self,
        heads: Iterable[tuple[date, str]] = (),
        keys: Iterable[bytes] = (),
        lines: Iterable[tuple[int, str]] = (),
    ) -> Verification:
        """Check each line's digest and the published heads; stop at the first fault.

        `heads`: (day, digest as hex) and `lines`: (number, digest as hex), as somebody kept them outside; `keys`: with
        which heads must be signed.
        """

    @abstractmethod
    def export(self) -> Iterator[dict]:
        """Yield the export that `deploy/verify_heads.py` reads: a header, then the sealed fields of each line."""

    def publish_head(self, day: date) -> Any:
        """Store the head of a past day once: the digest of its last line. Returns it, or None without a line.

        A day on which no line was added has the head of the day before: that nothing was added is worth knowing, too.
        """
        last = self.last_line_before(end_of_day(day))
        if last is None:
            return None
        number, digest = last
        return self.published_heads().get_or_create(day=day, defaults={"line": number, "digest": digest})[0]

    def publish_due_heads(self) -> int:
        """Publish the missing heads of all days up to yesterday. Returns how many."""
        return sum(self.publish_head(day) is not None for day in self.unpublished_days())

    def unpublished_days(self) -> Iterator[date]:
        """Return the days up to yesterday without a head, the oldest first; only yesterday if no head exists."""
        yesterday = localdate() - timedelta(days=1)
        last = self.published_heads().values_list("day", flat=True).first()
        day = last + timedelta(days=1) if last else yesterday
        while day <= yesterday:
            yield day
            day += timedelta(days=1)


@dataclass(frozen=True)
class Ledger(Chain, Generic[Line]):
    """A chain stored as model rows: which model, what a digest covers, minimum retention."""

    lines: type[Line]  # has a number as its key, and `digest`
    fields: tuple[str, ...]  # that a seal covers, in this order
    lock: locks.Lock
    time: str = "at"  # the field with the moment of a line
    kept_for: relativedelta | None = None  # how long no line may be deleted; None: for ever
    altered: str = gettext_noop("Line %(line)d was altered.")
    left_out: str = gettext_noop("Line %(line)d follows line %(before)d: what was between was removed.")

    @transaction.atomic
    def append(self, *lines: Line) -> list[Line]:
        last, moment = self.lock_last_line(), now()
        for line in lines:
            setattr(line, self.time, moment)
        return self.append_after(last, *lines)

    def append_after(self, last: Line | None, *lines: Line) -> list[Line]:
        """Number, seal and save new lines after the last one; `lock_last_line` must hold the lock."""
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
        """Return the JSON values that a line's digest covers: moments in UTC, bytes as hex."""
        return [json_value(getattr(line, name)) for name in self.fields]

    def line_digest(self, before: bytes, line: Line) -> bytes:
        return next_digest(before, canonical_bytes(self.sealed_fields(line)))

    @transaction.atomic
    def forget_lines(self, until: date) -> int:
        """Delete the lines before a day, up to a published head. Returns how many.

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
        """Return the published head with which the chain begins after a deletion; else None."""
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
