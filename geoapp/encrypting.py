"""Migration operations that encrypt a column which was plain until now, and make it plain again on the way back.

All rows are written anew in the migration's transaction: about 100,000 values a second and core.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AlterField
from django.db.migrations.state import ProjectState

from geoapp import vault

BATCH = 5000


class EncryptField(AlterField):
    """Changes a field into an encrypted one, with what is in its column."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        field = to_state.apps.get_model(app_label, self.model_name)._meta.get_field(self.name)
        replace_column(schema_editor, model, field)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        self.database_forwards(app_label, schema_editor, from_state, to_state)


class RelockField(AlterField):
    """Changes a text that was locked with SECRET_KEY into one that `geoapp.vault` opens; back, too.

    What no key opens stays as it is: it could not be read before.
    """

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        rewrite_column(schema_editor, model, self.name, relock_forwards)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.model_name)
        rewrite_column(schema_editor, model, self.name, relock_backwards)


def replace_column(schema_editor, model, field):
    """Put a column of the field's type in the place of the one that the model has, with the same values."""
    table, column, new = model._meta.db_table, field.column, f"{field.column}_new"
    quote = schema_editor.quote_name
    empty = "'[]'" if field.db_type(schema_editor.connection) == "jsonb" else "''"
    alter = f"ALTER TABLE {quote(table)}"
    kind = field.db_type(schema_editor.connection)
    schema_editor.execute(f"{alter} ADD COLUMN {quote(new)} {kind} NOT NULL DEFAULT {empty}")
    for rows in values_in_batches(model, field.name):
        changed = [(key, field.get_db_prep_save(value, schema_editor.connection)) for key, value in rows]
        store(schema_editor, table, model._meta.pk.column, new, kind, changed)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    schema_editor.execute(f"{alter} DROP COLUMN {quote(column)}")
    schema_editor.execute(f"{alter} RENAME COLUMN {quote(new)} TO {quote(column)}")
    if not field.has_db_default():
        schema_editor.execute(f"{alter} ALTER COLUMN {quote(column)} DROP DEFAULT")
    if field.unique:  # on the way back
        schema_editor.execute(f"{alter} ADD UNIQUE ({quote(column)})")


def rewrite_column(schema_editor, model, name: str, change: Callable[[str], str]) -> None:
    column = model._meta.get_field(name).column
    for rows in values_in_batches(model, name):
        changed = [(key, change(value)) for key, value in rows]
        store(schema_editor, model._meta.db_table, model._meta.pk.column, column, "text", changed)


def values_in_batches(model, name: str) -> Iterator[list[tuple[int, Any]]]:
    """(key, value) of all rows whose value is not empty, some thousand at a time."""
    rows = model.objects.order_by("pk").values_list("pk", name)
    last = 0
    while some := list(rows.filter(pk__gt=last)[:BATCH]):
        last = some[-1][0]
        if filled := [row for row in some if row[1]]:
            yield filled


def store(schema_editor, table, key_column, column, kind, changed):
    """Write new values into a column, by the keys of their rows."""
    quote = schema_editor.quote_name
    schema_editor.execute(
        f"UPDATE {quote(table)} AS old SET {quote(column)} = new.value"
        f" FROM unnest(%s::bigint[], %s::{kind}[]) AS new (key, value) WHERE old.{quote(key_column)} = new.key",
        [[key for key, _value in changed], [value for _key, value in changed]],
    )


def relock_forwards(locked: str) -> str:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            return vault.encrypt(fernet(secret).decrypt(locked.encode()).decode())
        except InvalidToken:
            pass
    return locked


def relock_backwards(locked: str) -> str:
    try:
        return fernet(settings.SECRET_KEY).encrypt(vault.decrypt(locked).encode()).decode()
    except vault.CannotDecrypt:
        return locked


def fernet(secret: str) -> Fernet:
    """How `geoapp.vault` locked until version 0.4."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"incidents.vault:" + secret.encode()).digest()))
