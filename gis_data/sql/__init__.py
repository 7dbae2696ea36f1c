"""The PostGIS statements that read better as SQL than as ORM calls, one per file."""

from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection


@cache
def statement(name: str, folder: Path = Path(__file__).parent) -> str:
    return (folder / f"{name}.sql").read_text()


def execute(name: str, **params: Any) -> list[tuple]:
    """Run the named statement; its rows, or [] where it gives none."""
    return fetch_rows(statement(name), params)


def fetch_rows(statement: str, params: Any) -> list[tuple]:
    """The rows that a statement gives, or [] where it gives none."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
