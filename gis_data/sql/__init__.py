"""The PostGIS statements that read better as SQL than as ORM calls, one per file."""

from functools import cache
from pathlib import Path

from django.db import connection


@cache
def statement(name, folder=Path(__file__).parent):
    return (folder / f"{name}.sql").read_text()


def execute(name, **params):
    """Run the named statement; its rows, or [] where it gives none."""
    return run(statement(name), params)


def run(statement, params):
    """The rows that a statement gives, or [] where it gives none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
