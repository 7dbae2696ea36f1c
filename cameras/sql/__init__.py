"""Run the statements over cameras that read better as SQL than as ORM calls, one per file."""

from pathlib import Path
from typing import Any

from gis_data import sql


def statement(name: str, **parts: str) -> str:
    """As `gis_data.sql.statement`."""
    return sql.statement(name, Path(__file__).parent, **parts)


def execute(name: str, **params: Any) -> list[tuple]:
    return sql.fetch_rows(statement(name), params)
