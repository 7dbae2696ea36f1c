"""The order of a table's rows, as its reader asked for it."""

from collections.abc import Iterable
from typing import Any

from gis_data.alphabet import alphabet_key


def sort_rows(rows: Iterable[Any], sort: str) -> list[Any]:
    """Rows by the column `sort` (with a minus: downwards), those without a figure last; the same figures by name.

    Rows of one name stay in the order in which they came.
    """
    column, down = sort.removeprefix("-"), sort.startswith("-")
    rows = sorted(rows, key=lambda row: alphabet_key(row.name))
    if column == "name":
        return rows[::-1] if down else rows
    known = [row for row in rows if getattr(row, column) is not None]
    known.sort(key=lambda row: getattr(row, column) * (-1 if down else 1))
    return known + [row for row in rows if getattr(row, column) is None]


def next_sort(column: str, sort: str) -> str:
    """The `sort` that the head of a column asks for, in a table sorted by `sort`.

    A second press turns the order round; before it names ascend and figures descend.
    """
    if sort == column:
        return f"-{column}"
    if sort == f"-{column}" or column == "name":
        return column
    return f"-{column}"


def aria_sort(column: str, sort: str) -> str:
    """How a column of a table sorted by `sort` is sorted, as `aria-sort` names it; "" where the table is not by it."""
    return {column: "ascending", f"-{column}": "descending"}.get(sort, "")
