"""Encrypt plain texts that are stored in columns of a `SealedTextField`.

Rows are encrypted in batches of some hundred, each in its own transaction, while the service runs; encrypted rows are
skipped. Append-only tables such as the history need the owner role (`connections.as_owner`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

from geoapp.crypto.fields import SEALED_TEXT, seal_text
from geoapp.db.online_migrations import do_without_waiting

LOT = 500


@dataclass(frozen=True)
class PlainTexts:
    """The plain texts of a column. `place`: what they are sealed for; `which`: an SQL condition on the row `old`.

    `also`: a statement that is given with each lot, and the keys of its rows as `keys`.
    """

    table: str
    column: str
    place: str
    which: str = "true"
    key: str = "id"
    also: str = ""


def seal_plain_texts(texts: PlainTexts, *, report_progress: Callable[[int], None] | None = None) -> int:
    """Encrypt the texts. Returns how many; `report_progress` is called with the count after each batch."""
    count, last = 0, 0
    while True:
        done, last = do_without_waiting(lambda after=last: seal_lot(texts, after))  # type: ignore[misc]
        if last is None:
            return count
        count += done
        if report_progress:
            report_progress(count)


def seal_lot(texts: PlainTexts, after: int) -> tuple[int, int | None]:
    """Encrypt the next batch. Returns its size and its last primary key; None where nothing is left."""
    quote = connection.ops.quote_name
    table, key, column = quote(texts.table), quote(texts.key), quote(texts.column)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('geoapp.crypto.sealing', 'on', true)")
        cursor.execute(
            f"SELECT old.{key}, old.{column} FROM {table} old WHERE old.{key} > %s AND old.{column} <> ''"
            f" AND NOT starts_with(old.{column}, %s) AND ({texts.which}) ORDER BY old.{key} LIMIT %s",
            [after, SEALED_TEXT, LOT],
        )
        rows = cursor.fetchall()
        if not rows:
            return 0, None
        keys, plain = [key for key, _text in rows], [text for _key, text in rows]
        # A row changed meanwhile stays: its writer has stored it encrypted already.
        cursor.execute(
            f"UPDATE {table} AS old SET {column} = new.sealed"
            f" FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS new (key, plain, sealed)"
            f" WHERE old.{key} = new.key AND old.{column} = new.plain",
            [keys, plain, [seal_text(text, texts.place) for text in plain]],
        )
        done = cursor.rowcount
        if texts.also:
            cursor.execute(texts.also, {"keys": keys})
        cursor.execute("SELECT set_config('geoapp.crypto.sealing', 'off', true)")
    return done, keys[-1]
