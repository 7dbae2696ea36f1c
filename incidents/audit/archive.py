"""Move words and reasons of old history lines to files, and restore them; the lines and their seals stay.

Sums, lists and eleven tables need the numbers, kinds, states and moments of lines. Words, reasons and receipts are
large and needed only for old cases. Needs the owner of the tables.
"""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from itertools import islice, zip_longest
from pathlib import Path

from django.db import connection, transaction

from geoapp.db import connections, locks
from geoapp.ledger import hash_chain
from incidents import sql
from incidents.audit import archived, chain
from incidents.audit.archived import ArchiveFault, Archives
from incidents.models import HistoryArchive

LINES = 100_000  # in one file and one transaction
IMPOSSIBLE = "Others give to archives or take back at this moment."


def archive_history(before: date, folder: Path, *, say: Callable[[str], object] = print) -> int:
    """Archive the lines of incidents that ended before a day. Returns how many lines.

    A file of up to 100,000 lines is written, flushed and read back, seal by seal; only then, in the transaction in
    which they were read, are the words deleted from the lines. An aborted run leaves files that no archive names; the
    same command writes them anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    count, after = 0, 0
    with connections.as_owner():
        while archived := archive_piece(before, folder, after=after):
            archive, after = archived
            count += archive.lines
            say(f"{archive.name}: {archive.lines} lines, to line {after}; {count} in all")
    return count


@transaction.atomic
def archive_piece(before: date, folder: Path, *, after: int) -> tuple[HistoryArchive, int] | None:
    """Write the next file. Returns its archive and the number of its last line, or None if nothing is left."""
    if not locks.try_hold(locks.Lock.ARCHIVE):
        raise ArchiveFault(IMPOSSIBLE)
    rows = sql.execute("lines_to_archive", after=after, ends=hash_chain.start_of_day(before), many=LINES)
    if not rows:
        return None
    numbers = [row[0] for row in rows]
    path = folder / f"history-{numbers[0]:012}-{numbers[-1]:012}.parquet"
    unfinished = path.with_suffix(".unfinished")
    archived.write_rows(unfinished, map(in_columns, rows))
    check_rows(unfinished, rows)
    keep_file(unfinished, path)
    archive = HistoryArchive.objects.create(
        before=before, name=path.name, sha256=archived.file_digest(path), lines=len(numbers)
    )
    with archiving() as cursor:
        cursor.execute(sql.statement("give_lines"), {"lines": numbers, "archive": archive.pk})
        assert cursor.rowcount == len(numbers)
    return archive, numbers[-1]


def in_columns(row):
    *sealed, note, salt, erased, reference, place, note_digest, seal, before = row
    salt = salt and str(salt)
    seals = (bytes(digest) for digest in (note_digest, seal, before or hash_chain.GENESIS))
    return (*sealed, note, salt, erased, reference, bytes(place), *seals)


def check_rows(path, rows):
    """Raise ArchiveFault unless the file equals these rows and each row leads from seal to seal."""
    for wanted, row in zip_longest(map(in_columns, rows), archived.read_rows(path)):
        if row is None or tuple(row.values()) != wanted:
            raise ArchiveFault(f"{path} does not say what was written into it.")
        check_seal(row)


def check_seal(row: archived.Row) -> None:
    line = list(row.values())[: archived.SEALED]
    words_are_right = (
        row["erased_at"]
        or hash_chain.salted_digest(chain.open_note(row["note"]), archived.salt_of(row)) == row["note_digest"]
    )
    if not words_are_right or chain.line_digest(row["seal_before"], line, row["note_digest"]) != row["seal"]:
        raise ArchiveFault(f"Line {row['id']} is not what was sealed: nothing of it was archived or restored.")


def keep_file(unfinished, path):
    """Give a file its name after it is flushed to disk."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def restore_history(path: Path) -> int:
    """Restore what a file contains, all or nothing, each line checked against its seal. Returns how many lines."""
    digest = archived.file_digest(path)
    with connections.as_owner(), transaction.atomic():
        if not locks.try_hold(locks.Lock.ARCHIVE):
            raise ArchiveFault(IMPOSSIBLE)
        archive = HistoryArchive.objects.filter(sha256=digest).first()
        if archive is None:
            raise ArchiveFault(f"{path} is none of the archives, or was restored, or was altered.")
        count = sum(take_back(archive, some) for some in in_pieces(archived.read_rows(path)))
        if count != archive.lines:
            raise ArchiveFault(f"{path} has {count} lines; {archive.lines} were archived. Nothing was restored.")
        archive.delete()
    return count


def in_pieces(rows: Iterator[archived.Row]) -> Iterator[list[archived.Row]]:
    while some := list(islice(rows, archived.ROWS)):
        yield some


def take_back(archive, rows):
    keys = [row["id"] for row in rows]
    for row in rows:
        check_seal(row)
    with archiving() as cursor:
        cursor.execute("SELECT event_id, digest FROM incidents_eventseal WHERE event_id = ANY (%s)", [keys])
        seals = {number: bytes(digest) for number, digest in cursor.fetchall()}
        if [seals.get(row["id"]) for row in rows] != [row["seal"] for row in rows]:
            raise ArchiveFault("The seals in the database are not those of the file. Nothing was restored.")
        values = {
            "archive": archive.pk,
            "lines": keys,
            "notes": [row["note"] for row in rows],
            "salts": [archived.salt_of(row) for row in rows],
            "reasons": [row["reasons"] for row in rows],
            "receipts": [row["receipt"] for row in rows],
        }
        cursor.execute(sql.statement("take_lines_back"), values)
        return cursor.rowcount


@contextmanager
def archiving():
    """Context manager: the guard on the history allows the owner to archive and restore lines."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.archiving', 'on', true)")
        yield cursor
        cursor.execute("SELECT set_config('incidents.archiving', 'off', true)")


def archives_in(folder: Path) -> Archives:
    """Return the files of all archives, found in a folder by their content. Raises ArchiveFault if one is missing."""
    digests = {archived.file_digest(path): path for path in sorted(folder.glob("*.parquet"))}
    files = {}
    for archive in HistoryArchive.objects.all():
        if archive.sha256 not in digests:
            raise ArchiveFault(f"{archive.name} is not in {folder}, or was altered.")
        files[archive.pk] = digests[archive.sha256]
    return Archives(files)


def add_folder_option(parser: ArgumentParser) -> None:
    parser.add_argument("--archives", type=Path, metavar="FOLDER", help="the files of archive_history, all in a folder")
