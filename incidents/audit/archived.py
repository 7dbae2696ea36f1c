"""Write and read files of archived history lines: GeoParquet, one row a line, by number.

A row has what the seal on the line covers, its words with their salt, the seal, the seal before it, and reference and
place of its incident; so each row can be checked by itself, without the database.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow
from django.utils.translation import gettext as _
from pyarrow import parquet

GEO = {
    "version": "1.1.0",
    "primary_column": "place",
    "columns": {"place": {"encoding": "WKB", "geometry_types": ["Point"]}},
}
SCHEMA = pyarrow.schema(
    [
        ("id", pyarrow.int64()),
        ("incident_id", pyarrow.int64()),
        ("kind", pyarrow.string()),
        ("state", pyarrow.string()),
        ("at", pyarrow.timestamp("us", tz="UTC")),
        ("by_id", pyarrow.int64()),
        ("authority_id", pyarrow.int64()),
        ("public", pyarrow.bool_()),
        ("reasons", pyarrow.string()),  # JSON
        ("receipt", pyarrow.string()),  # JSON
        ("note", pyarrow.string()),
        ("salt", pyarrow.string()),
        ("erased_at", pyarrow.timestamp("us", tz="UTC")),
        ("reference", pyarrow.string()),
        ("place", pyarrow.binary()),
        ("note_digest", pyarrow.binary()),
        ("seal", pyarrow.binary()),
        ("seal_before", pyarrow.binary()),
    ],
    metadata={"geo": json.dumps(GEO)},
)
SEALED = 10  # the first columns are those of chain.SEALED_FIELDS
ROWS = 5000  # that are read or written at once
Row = dict[str, Any]


class ArchiveFault(Exception):
    """A file does not contain what was archived."""


def write_rows(path: Path, rows: Iterable[tuple]) -> None:
    with parquet.ParquetWriter(path, SCHEMA, compression="zstd") as file:
        waiting: list[tuple] = []
        for row in rows:
            waiting.append(row)
            if len(waiting) == ROWS:
                file.write_batch(batch_of(waiting))
                waiting = []
        if waiting:
            file.write_batch(batch_of(waiting))


def batch_of(rows):
    columns = [pyarrow.array(column, kind) for column, kind in zip(zip(*rows, strict=True), SCHEMA.types, strict=True)]
    return pyarrow.record_batch(columns, schema=SCHEMA)


def read_rows(path: Path) -> Iterator[Row]:
    """Return the rows of a file. Raises ArchiveFault if it cannot be read."""
    try:
        with parquet.ParquetFile(path) as file:
            if not file.schema_arrow.equals(SCHEMA):
                raise ArchiveFault(_("%(file)s is not an archive of the history.") % {"file": path})
            for batch in file.iter_batches(ROWS):
                yield from batch.to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise ArchiveFault(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error}) from error


def salt_of(row: Row) -> UUID | None:
    return UUID(row["salt"]) if row["salt"] else None


def file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Archives:
    """The files of archived lines, by the number of their archive; each is read once, along with the lines."""

    def __init__(self, files: dict[int, Path]):
        self.rows = {number: read_rows(path) for number, path in files.items()}

    def put_back(self, archive: int, line: list) -> tuple[str, UUID | None]:
        """Put reasons and receipt back into the next archived line. Returns its note and salt. Raises ArchiveFault."""
        row = next(self.rows.get(archive, iter(())), None)
        if row is None or row["id"] != line[0]:
            raise ArchiveFault(_("Line %(line)d is missing in the archive that should contain it.") % {"line": line[0]})
        line[SEALED - 2 :] = row["reasons"], row["receipt"]
        return row["note"], salt_of(row)
