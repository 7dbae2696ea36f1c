"""Sort the rows of a table by a requested column."""

from collections.abc import Iterable
from typing import Any

from gis_data.alphabet import alphabet_key


def sort_rows(rows: Iterable[Any], sort: str) -> list[Any]:
    """Sort rows by the column `sort` (with a minus: descending), those without a figure last, ties by name.

    Rows of one name keep their order.
    """
    column, down = sort.removeprefix("-"), sort.startswith("-")
    rows = sorted(rows, key=lambda row: alphabet_key(row.name))
    if column == "name":
        return rows[::-1] if down else rows
    known = [row for row in rows if getattr(row, column) is not None]
    known.sort(key=lambda row: getattr(row, column) * (-1 if down else 1))
    return known + [row for row in rows if getattr(row, column) is None]


def next_sort(column: str, sort: str) -> str:
    """Return the `sort` of a column's header link in a table sorted by `sort`.

    A second press reverses the order; the first sorts names ascending and figures descending.
    """
    if sort == column:
        return f"-{column}"
    if sort == f"-{column}" or column == "name":
        return column
    return f"-{column}"


def aria_sort(column: str, sort: str) -> str:
    return {column: "ascending", f"-{column}": "descending"}.get(sort, "")
