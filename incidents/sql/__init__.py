"""The statements over incidents that read better as SQL than as ORM calls, one per file."""

from pathlib import Path
from typing import Any

from django.db import connection

from gis_data import sql


def statement(name: str) -> str:
    return sql.statement(name, Path(__file__).parent)


def execute(name: str, **params: Any) -> list[tuple]:
    """Run the named statement, or several in turn; the rows of the last, or [] where it gives none."""
    with connection.cursor() as cursor:
        for one in statement(name).split(";\n"):
            cursor.execute(one, params)
        return cursor.fetchall() if cursor.description else []
