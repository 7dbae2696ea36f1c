"""The hash chain over the history: each line's seal holds the one before it, and the last of each day is published.

What a seal covers is written down in docs/adr/0012 and on the page /history/: who has a published head and a copy of
the table can check it with any tool that knows SHA-256.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from geoapp.crypto import keyring
from geoapp.crypto.fields import SealedTextField
from geoapp.db import locks
from geoapp.ledger import hash_chain
from incidents import sql
from incidents.audit import words
from incidents.audit.archived import ArchiveFault, Archives
from incidents.models import Event, EventSeal, HistoryHead

BATCH_SIZE = 5000  # lines that are sealed in one transaction
# The fields of a line that its seal covers, in this order; the note by its salted digest, so that it can be erased.
SEALED_FIELDS = (
    "id", "incident_id", "kind", "state", "at", "by_id", "authority_id", "public", "reasons", "receipt",
)  # fmt: skip
INCIDENT, KIND, RECEIPT = map(SEALED_FIELDS.index, ("incident_id", "kind", "receipt"))


def canonical_line(line: Sequence, note_digest: bytes) -> bytes:
    """The bytes of a line that are sealed: a JSON list of its fields and the digest of its note, in one way of writing.

    `line`: the values of COVERED as the statements here give them, JSON as text.
    """
    *plain, reasons, receipt = line
    plain[4] = hash_chain.utc_text(plain[4])
    fields = [*plain, json.loads(reasons), json.loads(receipt or "null"), note_digest.hex()]
    return hash_chain.canonical_bytes(fields)


def line_digest(before: bytes, line: Sequence, note_digest: bytes) -> bytes:
    """The seal on a line, from the seal on the one before it."""
    return hash_chain.next_digest(before, canonical_line(line, note_digest))


def seal_history() -> int:
    """Seal the lines of history that are not sealed yet, in the order of their numbers. Returns how many.

    In transactions of 5,000 lines each; whoever comes while another seals leaves it to that one. Lines become visible
    in the order of their numbers (`timeline`), so none can appear before one that is sealed.
    """
    count = 0
    while True:
        with transaction.atomic():
            if not locks.try_hold(locks.Lock.CHAIN):
                return count
            some = seal_batch()
        count += some
        if some < BATCH_SIZE:
            return count


def seal_batch() -> int:
    last = EventSeal.objects.order_by("-event").values_list("event", "digest").first()
    number, before = (last[0], bytes(last[1])) if last else (0, hash_chain.GENESIS)
    rows = sql.execute("unsealed", after=number, limit=BATCH_SIZE)
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY incidents_eventseal (event_id, note_digest, digest) FROM STDIN WITH (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int8", "bytea", "bytea"])
        for *line, note, salt in rows:
            note_digest = hash_chain.salted_digest(open_note(note), salt)
            before = line_digest(before, line, note_digest)
            copy.write_row((line[0], note_digest, before))
    return len(rows)


def open_note(stored: str) -> str:
    """The note of a line as it was written, of what lies in the table; what cannot be opened stays as it lies."""
    try:
        return cast("SealedTextField", Event._meta.get_field("note")).open_text(stored)
    except keyring.CannotDecrypt:
        return stored


def publish_head(day: date) -> HistoryHead | None:
    """Write down the head of a day that is over, once: the seal on its last line. Returns it, or None.

    None as long as nothing is sealed. A day on which nothing happened has the head of the day before: that nothing
    was added is worth knowing, too.
    """
    seal_history()
    found = sql.execute("last_of_a_day", ends=hash_chain.end_of_day(day))
    if not found:
        return None
    number, digest = found[0]
    head, _made = HistoryHead.objects.get_or_create(day=day, defaults={"event_id": number, "digest": digest})
    return head


def publish_due_heads() -> int:
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return hash_chain.publish_due_heads(HistoryHead.objects.all(), publish_head)


@dataclass
class HistoryVerification(hash_chain.Verification):
    """How far the history is right."""

    lines: int = 0  # that are sealed and right
    erased: int = 0  # of them, whose notes were erased: what remains is proven
    unsealed: int = 0  # written since the last sealing
    archived: int = 0  # of the lines, whose words an archive has, and only their seals were looked at


def verify_history(
    heads: Iterable[tuple[date, str]] = (), keys: Iterable[bytes] = (), *, archives: Archives | None = None
) -> HistoryVerification:
    """Walk through the whole history from its first line and compare each with its seal, and with published heads.

    `heads`: (day, digest as hex) as somebody kept them outside; those in the database are checked in any case. `keys`:
    the public keys with which heads must be signed. `archives`: the files of what is archived; without them only the
    seal of such a line is looked at, as far as those after it lead on from it. It stops at the first line that was
    altered, left out or added; a note that was erased must be named by a later line that says so.
    """
    verdict, heads = HistoryVerification(), hash_chain.HeadCheck(HistoryHead.objects.all(), heads, keys)
    unnamed: dict[int, int] = {}  # lines with erased notes of which no line says so yet: number, incident
    last = EventSeal.objects.order_by("-event").values_list("event", flat=True).first() or 0
    # One statement is one look: what is written meanwhile is not in it. Read in pieces, for it may be long.
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql.statement("sealed"))
        for number, *line, note, salt, erased, archive, note_digest, digest in cursor:
            if archive is not None and archives is not None:
                try:
                    note, salt = archives.put_back(archive, line)
                except ArchiveFault as fault:
                    verdict.fault = str(fault)
                    return verdict
            if erased is not None:
                unnamed[number] = line[INCIDENT]
            for named in lines_erased_by(line):
                if unnamed.get(named) == line[INCIDENT]:
                    del unnamed[named]
            if digest is None and number > last:
                verdict.unsealed += 1
                continue
            if archive is not None and archives is None and digest is not None:
                fault, verdict.archived = "", verdict.archived + 1
            else:
                fault = line_fault(
                    verdict, number, line, words=(note, salt), erased=erased, note_digest=note_digest, digest=digest
                )
            if not verdict.follow(number, digest, fault, heads):
                return verdict
            verdict.lines, verdict.erased = verdict.lines + 1, verdict.erased + (erased is not None)
    verdict.fault = heads.fault_at_end()
    if unnamed and not verdict.fault:
        verdict.fault = _("The note of line %(line)d is gone, and no line says that it was erased.") % {
            "line": min(unnamed)
        }
    verdict.fault = verdict.fault or words.verify_words()
    return verdict


def export_history(notes: bool = False, *, archives: Archives | None = None) -> Iterator[dict]:
    """The sealed history as `deploy/verify_heads.py` reads it: what it begins with, then each line as it is sealed.

    With `notes` also the notes with their salts; without them nothing of what people wrote. `archives`: the files of
    what is archived. Raises ArchiveFault where a line is archived and they do not have it.
    """
    yield {"chain": HistoryHead.CHAIN, "before": {"line": 0, "digest": hash_chain.GENESIS.hex()}}
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql.statement("sealed"))
        for _number, *line, note, salt, erased, archive, note_digest, digest in cursor:
            if archive is not None:
                note, salt = (archives or Archives({})).put_back(archive, line)
            if digest is not None:
                entry = json.loads(canonical_line(line, bytes(note_digest)))
                said = {"note": open_note(note), "salt": salt and salt.hex} if notes and erased is None else {}
                yield {"entry": entry} | said | ({"erased_at": hash_chain.utc_text(erased)} if erased else {})


def lines_erased_by(line: Sequence) -> list[int]:
    """The numbers of the lines whose notes were erased, as a line says that does; [] of all others."""
    if line[KIND] != Event.Kind.ERASED:
        return []
    return (json.loads(line[RECEIPT] or "null") or {}).get("lines", [])


def line_fault(
    verdict: HistoryVerification,
    number: int,
    line: Sequence,
    *,
    words: tuple,
    erased: object,
    note_digest: bytes,
    digest: bytes | None,
) -> str:
    """What is wrong with the line that follows the last right one; "" if nothing is."""
    places = {"line": number, "before": verdict.last}
    if line[0] is None:
        return _("Line %(line)d was left out: its seal is there, the line is not.") % places
    if digest is None:
        return _("Line %(line)d was added: those after it were sealed without it.") % places
    if erased is None and hash_chain.salted_digest(open_note(words[0]), words[1]) != note_digest:
        return _("The note of line %(line)d was altered.") % places
    if erased is not None and words[0]:
        return _("Line %(line)d says that its note was erased, and has one.") % places
    if line_digest(verdict.digest, line, note_digest) == digest:
        return ""
    if number == verdict.last + 1:
        return _("Line %(line)d was altered.") % places
    if not verdict.last:
        return _("Line %(line)d was altered, or one before it was left out.") % places
    return _("Line %(line)d was altered, or one between it and line %(before)d was left out.") % places
