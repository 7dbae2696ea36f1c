"""The hash chain over the history: each line's seal holds the one before it, and the last of each day is published.

What a seal covers is written down in docs/adr/0012 and on the page /history/: who has a published head and a copy of
the table can check it with any tool that knows SHA-256.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils.timezone import get_default_timezone, localdate
from django.utils.translation import gettext as _

from geoapp import locks
from incidents import sql
from incidents.models import Head, Link

TOGETHER = 5000  # lines that are sealed in one transaction
BEGINNING = bytes(32)  # what stands before the first line
# The fields of a line that its seal covers, in this order; the note by its salted digest, so that it can be erased.
COVERED = (
    "id", "incident_id", "kind", "state", "at", "by_id", "authority_id", "public", "reasons", "receipt",
)  # fmt: skip
write = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(line, note_digest):
    """The bytes of a line that are sealed: a JSON list of its fields and the digest of its note, in one way of writing.

    `line`: the values of COVERED as the statements here give them, JSON as text. Moments are in UTC with six digits of
    a second, keys of objects in their order, letters as they are, no blanks; UTF-8.
    """
    *plain, reasons, receipt = line
    plain[4] = plain[4].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return write([*plain, json.loads(reasons), json.loads(receipt or "null"), note_digest.hex()]).encode()


def digest_of(before, line, note_digest):
    """The seal on a line, from the seal on the one before it."""
    return hashlib.sha256(before + canonical(line, note_digest)).digest()


def note_digest_of(note, salt=None):
    """The digest of a note. `salt`: its UUID; None of lines that were written before there were salts."""
    return hashlib.sha256((salt.bytes if salt else b"") + note.encode()).digest()


def seal():
    """Seal the lines of history that are not sealed yet, in the order of their numbers. Returns how many.

    In transactions of 5,000 lines each; whoever comes while another seals leaves it to that one. Lines become visible
    in the order of their numbers (`timeline`), so none can appear before one that is sealed.
    """
    count = 0
    while True:
        with transaction.atomic():
            if not locks.try_hold(locks.Lock.CHAIN):
                return count
            some = seal_some()
        count += some
        if some < TOGETHER:
            return count


def seal_some():
    last = Link.objects.order_by("-event").values_list("event", "digest").first()
    number, before = (last[0], bytes(last[1])) if last else (0, BEGINNING)
    rows = sql.execute("unsealed", after=number, limit=TOGETHER)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY incidents_link (event_id, note_digest, digest) FROM STDIN WITH (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "bytea", "bytea"])
        for *line, note, salt in rows:
            note_digest = note_digest_of(note, salt)
            before = digest_of(before, line, note_digest)
            copy.write_row((line[0], note_digest, before))
    return len(rows)


def publish(day: date):
    """Write down the head of a day that is over, once: the seal on its last line. Returns it, or None.

    None as long as nothing is sealed. A day on which nothing happened has the head of the day before: that nothing
    was added is worth knowing, too.
    """
    seal()
    found = sql.execute("last_of_a_day", ends=end_of(day))
    if not found:
        return None
    number, digest = found[0]
    head, _made = Head.objects.get_or_create(day=day, defaults={"event_id": number, "digest": digest})
    return head


def publish_due():
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return sum(publish(day) is not None for day in due(Head.objects))


def end_of(day: date):
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=get_default_timezone())


def due(heads):
    """The days up to yesterday of which nothing was published yet, the oldest first. `heads`: what was, of a chain."""
    yesterday = localdate() - timedelta(days=1)
    last = heads.values_list("day", flat=True).first()
    day = last + timedelta(days=1) if last else yesterday
    while day <= yesterday:
        yield day
        day += timedelta(days=1)


class Heads:
    """Published heads and those that were kept outside, to be compared with a chain as somebody walks along it.

    `published`: rows of a model that is `Published`; `kept`: (day, digest as hex).
    """

    def __init__(self, published, kept=()):
        self.seen, self.lines = 0, {}
        for head in published.order_by("day"):
            self.lines.setdefault(head.line, []).append(head)
        self.kept = {bytes.fromhex(digest): day for day, digest in kept}

    def passed(self, number, digest):
        """What is wrong with the heads of a line that has this seal; "" if nothing is."""
        self.kept.pop(digest, None)
        for head in self.lines.pop(number, ()):
            if bytes(head.digest) != digest:
                return _("The head published for %(day)s is not the seal on line %(line)d.") % {
                    "day": head.day, "line": number,
                }  # fmt: skip
            self.seen += 1
        return ""

    def left(self):
        """What is wrong with those to which no line led; "" if there are none."""
        if self.lines:
            number = min(self.lines)
            return _("Line %(line)d, on which the head of %(day)s was published, was left out.") % {
                "line": number, "day": self.lines[number][0].day,
            }  # fmt: skip
        if not self.kept:
            return ""
        digest, day = min(self.kept.items(), key=lambda one: one[1])
        return _(
            "The head %(digest)s… that was kept of %(day)s is not in this history: something before it was changed, and"
            " every seal since was made anew."
        ) % {"digest": digest.hex()[:12], "day": day}


@dataclass
class Verdict:
    """What a verification found. `fault`: what is wrong with the first wrong line, or "" if all is right."""

    lines: int = 0  # that are sealed and right
    erased: int = 0  # of them, whose notes were erased: what remains is proven
    unsealed: int = 0  # written since the last sealing
    heads: int = 0  # published ones that the history leads to
    last: int = 0  # the number of the last right line
    digest: bytes = BEGINNING  # the seal on it
    fault: str = ""


def verify(heads=()) -> Verdict:
    """Walk through the whole history from its first line and compare each with its seal, and with published heads.

    `heads`: (day, digest as hex) as somebody kept them outside; those in the database are checked in any case. It
    stops at the first line that was altered, left out or added.
    """
    verdict, heads = Verdict(), Heads(Head.objects.all(), heads)
    last = Link.objects.order_by("-event").values_list("event", flat=True).first() or 0
    # One statement is one look: what is written meanwhile is not in it. Read in pieces, for it may be long.
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql.statement("sealed"))
        for number, *line, note, salt, erased, note_digest, digest in cursor:
            if digest is None and number > last:
                verdict.unsealed += 1
                continue
            verdict.fault = fault_of(verdict, number, line, (note, salt), erased, note_digest, digest)
            verdict.fault = verdict.fault or heads.passed(number, digest)
            verdict.heads = heads.seen
            if verdict.fault:
                return verdict
            verdict.lines, verdict.erased = verdict.lines + 1, verdict.erased + (erased is not None)
            verdict.last, verdict.digest = number, digest
    verdict.fault = heads.left()
    return verdict


def fault_of(verdict, number, line, words, erased, note_digest, digest):
    """What is wrong with the line that follows the last right one; "" if nothing is."""
    places = {"line": number, "before": verdict.last}
    if line[0] is None:
        return _("Line %(line)d was left out: its seal is there, the line is not.") % places
    if digest is None:
        return _("Line %(line)d was added: those after it were sealed without it.") % places
    if erased is None and note_digest_of(*words) != note_digest:
        return _("The note of line %(line)d was altered.") % places
    if erased is not None and words[0]:
        return _("Line %(line)d says that its note was erased, and has one.") % places
    if digest_of(verdict.digest, line, note_digest) == digest:
        return ""
    if number == verdict.last + 1:
        return _("Line %(line)d was altered.") % places
    if not verdict.last:
        return _("Line %(line)d was altered, or one before it was left out.") % places
    return _("Line %(line)d was altered, or one between it and line %(before)d was left out.") % places
