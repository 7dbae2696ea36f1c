"""Sign rows that give power: the database takes unsigned ones from the owner of the tables only.

An injected statement has the service's rights but not its keys. The key is encrypted under `DATA_KEYS` for the service
and in plain for the owner alone, whose trigger compares (sql/guards/signed_rows.sql; docs/adr/0068).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db import connection, models, transaction
from psycopg import sql

from geoapp.crypto import vault
from incidents.models import Absence, GroupPost, Membership, SigningKey

# The columns that are signed, in the order in which the trigger of the table names them.
SIGNED: dict[type[models.Model], tuple[str, ...]] = {
    Membership: (
        "user_id", "authority_id", "role", "area_id", "category_id", "starts", "ends", "waiting", "asked_by_id",
        "confirmed_by_id", "group",
    ),
    Absence: ("user_id", "deputy_id", "starts", "ends"),
    GroupPost: ("authority_id", "role", "area_id", "category_id", "asked_by_id", "group"),
}  # fmt: skip
BLOCK_BYTES = 64  # of SHA-256
INNER, OUTER = 0x36, 0x5C  # RFC 2104


def sign_rows(rows: Iterable[models.Model]) -> None:
    """Allow this transaction to write these rows as they are now: those without a key are inserted, the others updated.

    Raises keyring.CannotDecrypt if DATA_KEYS no longer open the key: `manage.py renew_signing_key`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_current_xact_id()::text, locked, current_setting('incidents.signatures', true)"
            " FROM incidents_signingkey"
        )
        number, locked, before = cursor.fetchone()
        key = bytes.fromhex(vault.decrypt(locked))
        signatures = [hmac.digest(key, message_of(number, row).encode(), hashlib.sha256).hex() for row in rows]
        cursor.execute("SELECT set_config('incidents.signatures', %s, true)", [" ".join([before or "", *signatures])])


def message_of(transaction_number: str, row: models.Model) -> str:
    """Return what is signed: transaction, table, key of an existing row, and its columns."""
    values = (text_of(getattr(row, name)) for name in SIGNED[type(row)])
    return "|".join([transaction_number, row._meta.db_table, text_of(row.pk), *values])


def text_of(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


@transaction.atomic
def renew_key() -> None:
    """Replace the key; needs the owner of the tables."""
    key = secrets.token_bytes(32)
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(BLOCK_BYTES, b"\0")) for pad in (INNER, OUTER))
    with connection.cursor() as cursor:
        if settings.DATABASE_OWNER:  # new tables are the service's to read until the end of a migration
            service = sql.Identifier(settings.DATABASE_ROLES["service"])
            cursor.execute(sql.SQL("REVOKE ALL ON incidents_signingkey FROM {service}").format(service=service))
            cursor.execute(
                sql.SQL("GRANT SELECT (locked) ON incidents_signingkey TO {service}").format(service=service)
            )
        SigningKey.objects.all().delete()
        SigningKey.objects.create(locked=vault.encrypt(key.hex()), inner_pad=inner, outer_pad=outer)
