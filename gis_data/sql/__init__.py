"""Load SQL statements from one file each."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

HOLE = re.compile(r"\{(\w+)\}")


@cache
def read_statement(name: str, folder: Path) -> str:
    return (folder / f"{name}.sql").read_text()


def statement(name: str, folder: Path = Path(__file__).parent, **parts: str) -> str:
    """Return NAME.sql with its `{holes}` replaced by these parts; unchanged without parts.

    Raises KeyError where a part is missing, ValueError where one has no hole.
    """
    text = read_statement(name, folder)
    return fill_holes(text, parts) if parts else text


def fill_holes(text: str, parts: Mapping[str, str]) -> str:
    """Replace each `{name}` in SQL by that part: SQL of ours, never a value."""
    if unused := parts.keys() - set(HOLE.findall(text)):
        raise ValueError(f"no hole for {', '.join(sorted(unused))}")
    return HOLE.sub(lambda hole: parts[hole[1]], text)


def execute(name: str, **params: Any) -> list[tuple]:
    """Run a named statement; returns its rows, or []."""
    return fetch_rows(statement(name), params)


def fetch_rows(statement: str, params: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
