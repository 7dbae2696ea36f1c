"""Notify the open pages of the hotline's operators by PostgreSQL's NOTIFY."""

import json

from django.db import connection

from incidents.models import Call, User

CHANNEL = "hotline_news"  # of the database: what is meant for one operator


def notify_operators(kind: str, *, to: User | None = None, call: Call | None = None) -> None:
    """Notify the open pages of an operator (None: of all) once this transaction is committed.

    `kind`: handed, ringing or queue.
    """
    item = {"to": to and to.pk, "kind": kind, "call": call and call.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps(item)])
