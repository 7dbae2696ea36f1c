"""Run the SQL statements over incidents that read better as SQL than as ORM calls, one per file."""

import re
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from gis_data import sql

PARAMETER = re.compile(r"%\((\w+)\)s")


def statement(name: str, **parts: str) -> str:
    return sql.statement(name, Path(__file__).parent, **parts)


def named_query(rows: QuerySet, prefix: str) -> tuple[str, dict[str, Any]]:
    inner, params = rows.query.sql_with_params()
    named = {f"{prefix}_{n}": value for n, value in enumerate(params)}
    return inner % tuple(f"%({name})s" for name in named), named


def as_condition(text: str, params: dict[str, Any]) -> RawSQL:
    names = re.findall(PARAMETER, text)
    return RawSQL(re.sub(PARAMETER, "%s", text), [params[name] for name in names])


def execute(name: str, **params: Any) -> list[tuple]:
    """Run the named statement, or several in turn. Returns the rows of the last, or [] without any."""
    with connection.cursor() as cursor:
        for command in statement(name).split(";\n"):
            cursor.execute(command, params)
        return cursor.fetchall() if cursor.description else []
