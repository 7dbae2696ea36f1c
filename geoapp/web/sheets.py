"""Write CSV that spreadsheets open as UTF-8 (with BOM)."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localtime

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take as a command


def csv_response(name: str, heads: Iterable, rows: Iterable[Iterable]) -> HttpResponse:
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    write = csv.writer(out).writerow
    write([csv_cell(head) for head in heads])
    for row in rows:
        write([csv_cell(cell) for cell in row])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def csv_cell(value):
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, int):
        return value
    if hasattr(value, "isoformat"):
        return localtime(value).strftime("%Y-%m-%d %H:%M")
    return without_formula(str(value))


def without_formula(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
