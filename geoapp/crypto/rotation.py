"""Re-encrypt stored values with the first data key and first index key, so that older keys can be removed.

Rows are renewed in batches of some thousand, each in its own transaction, while the service runs. Renewed rows are
skipped: an interrupted run continues where it stopped.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction

from geoapp.crypto import keyring, vault
from geoapp.crypto.fields import SEALED_TEXT, Encrypted, EncryptedBytesField, LockedField, SealedTextField, to_signs
from geoapp.db import connections

BATCH, BATCH_OF_BYTES = 1000, 4  # rows at once; a mail may have 25 MB


@dataclass
class ColumnProgress:
    """Progress of one column: rows renewed, rows in all, and primary keys of unreadable rows."""

    column: str
    total: int
    done: int
    unreadable: list[int]


def rotate() -> Iterator[ColumnProgress]:
    """Renew all encrypted columns; reports progress after each batch and at the end of each column."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, Encrypted | LockedField | SealedTextField):
                with nullcontext() if may_change(model) else connections.as_owner():
                    yield from rotate_column(model, field)


def may_change(model: type[models.Model]) -> bool:
    """Whether the service's database role may update rows of a model; history and some keys belong to the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'UPDATE')", [model._meta.db_table])
        return cursor.fetchone()[0]


def rotate_column(model, field):
    quote = connection.ops.quote_name
    table, key, column = (quote(name) for name in (model._meta.db_table, model._meta.pk.column, field.column))
    stale, values = stale_condition(field, column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {stale}", values)
        progress = ColumnProgress(f"{model._meta.db_table}.{field.column}", cursor.fetchone()[0], 0, [])
    batch = BATCH_OF_BYTES if isinstance(field, EncryptedBytesField) else BATCH
    kind, last = "bytea" if isinstance(field, Encrypted) else "text", 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {key} > %s AND {stale} ORDER BY {key} LIMIT %s FOR UPDATE",
                [last, *values, batch],
            )
            if not (rows := cursor.fetchall()):
                break
            cursor.execute("SELECT set_config('geoapp.crypto.sealing', 'on', true)")
            last, renewed = rows[-1][0], {}
            for pk, stored in rows:
                try:
                    if (value := renew_value(field, stored)) != stored:
                        renewed[pk] = value
                except keyring.CannotDecrypt:
                    progress.unreadable.append(pk)
            cursor.execute(
                f"UPDATE {table} AS old SET {column} = new.value"
                f" FROM unnest(%s::bigint[], %s::{kind}[]) AS new (key, value) WHERE old.{key} = new.key",
                [list(renewed), list(renewed.values())],
            )
            cursor.execute("SELECT set_config('geoapp.crypto.sealing', 'off', true)")
        progress.done += len(renewed)
        yield progress
    if not progress.done:
        yield progress


def stale_condition(field, column):
    if isinstance(field, LockedField):
        # A key's number is the first two bytes: of base64 two letters and a part of the third, so all are looked at.
        return f"{column} <> ''", []
    if isinstance(field, SealedTextField):
        number = to_signs(keyring.current().number.to_bytes(keyring.NUMBER_BYTES))
        return f"starts_with({column}, %s) AND NOT starts_with({column}, %s)", [SEALED_TEXT, SEALED_TEXT + number]
    ring = keyring.current()
    under_old_key = f"substr({column}, {field.index_bytes + 1}, {keyring.NUMBER_BYTES}) <> %s"
    values: list[bytes] = [ring.number.to_bytes(keyring.NUMBER_BYTES)]
    if field.indexed:
        under_old_key = f"({under_old_key} OR substr({column}, 1, 1) <> %s)"
        values.append(ring.index_number.to_bytes())
    return f"{column} <> ''::bytea AND {under_old_key}", values


def renew_value(field, stored):
    if isinstance(field, LockedField):
        return vault.relock(stored)
    if isinstance(field, SealedTextField):
        return field.rewrap(stored)
    stored, ring = bytes(stored), keyring.current()
    index, sealed = stored[: field.index_bytes], stored[field.index_bytes :]
    if not keyring.is_sealed(stored) or index[:1] != ring.index_number.to_bytes()[: len(index[:1])]:
        return field.get_db_prep_value(field.open_value(stored), connection)
    return index + ring.rewrap(sealed)
