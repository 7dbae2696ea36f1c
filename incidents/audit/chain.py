"""Seal the history as a hash chain: each line's seal holds the one before it, and the last of each day is published.

docs/adr/0010 and the page /history/ define what a seal covers: with a published head and a copy of the table anybody
can verify it by any tool that knows SHA-256.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import connection, transaction
from django.utils.translation import gettext as _

from geoapp.crypto import keyring
from geoapp.crypto.fields import SealedTextField
from geoapp.db import locks
from geoapp.ledger import hash_chain
from geoapp.ledger.heads import HeadCheck
from geoapp.ledger.ledger import Chain, Verification
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
    """Return the bytes of a line that are sealed: a canonical JSON list of its fields and the digest of its note.

    `line`: the values of SEALED_FIELDS as the statements here give them, JSON as text.
    """
    *plain, reasons, receipt = line
    plain[4] = hash_chain.utc_text(plain[4])
    fields = [*plain, json.loads(reasons), json.loads(receipt or "null"), note_digest.hex()]
    return hash_chain.canonical_bytes(fields)


def line_digest(before: bytes, line: Sequence, note_digest: bytes) -> bytes:
    return hash_chain.next_digest(before, canonical_line(line, note_digest))


def seal_history() -> int:
    """Seal the unsealed lines of history in the order of their numbers. Returns how many.

    In transactions of 5,000 lines each; only one process seals at a time. Lines become visible in the order of their
    numbers (`timeline`), so none can appear before a sealed one.
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
    """Return the decrypted note of a line; the stored text if it cannot be decrypted."""
    try:
        return cast("SealedTextField", Event._meta.get_field("note")).open_text(stored)
    except keyring.CannotDecrypt:
        return stored


@dataclass
class HistoryVerification(Verification):
    """How far the history is valid."""

    erased: int = 0  # of the lines that are right, whose notes were erased: what remains is proven
    unsealed: int = 0  # written since the last sealing
    archived: int = 0  # of the lines, whose words an archive has, and only their seals were looked at

    def remarks(self) -> str:
        archived = f"; {self.archived} archived, of which only the seals were checked" if self.archived else ""
        return f"{self.erased} with an erased note; {self.unsealed} not sealed yet{archived}."


class HistoryChain(Chain):
    """The chain of the history: lines are sealed after they are written, in another table; notes are erased or
    archived.
    """

    def last_line_before(self, moment: datetime) -> tuple[int, bytes] | None:
        seal_history()
        return next(iter(sql.execute("last_of_a_day", ends=moment)), None)

    def verify(
        self,
        heads: Iterable[tuple[date, str]] = (),
        keys: Iterable[bytes] = (),
        lines: Iterable[tuple[int, str]] = (),
        *,
        archives: Archives | None = None,
    ) -> HistoryVerification:
        """Compare each line as `Chain.verify` does, and erased notes with the later lines that must name them.

        `archives`: the files of archived lines; without them only the seal of such a line is checked, as far as later
        seals lead on from it.
        """
        verdict, check = HistoryVerification(), HeadCheck(self.published_heads(), heads, keys, lines)
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
                    fault = history_fault(
                        verdict, number, line, words=(note, salt), erased=erased, note_digest=note_digest, digest=digest
                    )
                if not verdict.follow(number, digest, fault, check):
                    return verdict
                verdict.erased += erased is not None
        verdict.fault = check.fault_at_end()
        if unnamed and not verdict.fault:
            verdict.fault = _("The note of line %(line)d is missing, and no line says that it was erased.") % {
                "line": min(unnamed)
            }
        verdict.fault = verdict.fault or words.verify_words()
        return verdict

    def export(self, *, notes: bool = False, archives: Archives | None = None) -> Iterator[dict]:
        """Write the sealed history as `deploy/verify_heads.py` reads it: the start, then each line as it is sealed.

        `notes`: include the notes with their salts; without them nothing that people wrote. `archives`: the files of
        archived lines. Raises ArchiveFault if they lack an archived line.
        """
        yield {"chain": self.name, "before": {"line": 0, "digest": hash_chain.GENESIS.hex()}}
        with transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(sql.statement("sealed"))
            for _number, *line, note, salt, erased, archive, note_digest, digest in cursor:
                if archive is not None:
                    note, salt = (archives or Archives({})).put_back(archive, line)
                if digest is None:
                    continue
                entry = {"entry": json.loads(canonical_line(line, bytes(note_digest)))}
                if erased:
                    entry["erased_at"] = hash_chain.utc_text(erased)
                elif notes:
                    entry |= {"note": open_note(note), "salt": salt and salt.hex}
                yield entry


HISTORY = HistoryChain(heads=HistoryHead)


def lines_erased_by(line: Sequence) -> list[int]:
    if line[KIND] != Event.Kind.ERASED:
        return []
    return (json.loads(line[RECEIPT] or "null") or {}).get("lines", [])


def history_fault(
    verdict: HistoryVerification,
    number: int,
    line: Sequence,
    *,
    words: tuple,
    erased: object,
    note_digest: bytes,
    digest: bytes | None,
) -> str:
    places = {"line": number, "before": verdict.last}
    if line[0] is None:
        return _("Line %(line)d was removed: its seal exists, the line does not.") % places
    if digest is None:
        return _("Line %(line)d was added: those after it were sealed without it.") % places
    if erased is None and hash_chain.salted_digest(open_note(words[0]), words[1]) != note_digest:
        return _("The note of line %(line)d was altered.") % places
    if erased is not None and words[0]:
        return _("Line %(line)d says that its note was erased, but has one.") % places
    if line_digest(verdict.digest, line, note_digest) == digest:
        return ""
    if number == verdict.last + 1:
        return _("Line %(line)d was altered.") % places
    if not verdict.last:
        return _("Line %(line)d was altered, or one before it was removed.") % places
    return _("Line %(line)d was altered, or one between it and line %(before)d was removed.") % places
