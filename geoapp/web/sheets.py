"""Tables as files that spreadsheets open with all their letters: CSV in UTF-8 with its mark."""

import csv
import io

from django.http import HttpResponse
from django.utils.timezone import localtime

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take as a command


def answer(name, heads, rows):
    """A file to keep. Times are local, figures have a point, and no text is taken for a formula."""
    out = io.StringIO("\ufeff")
    out.seek(0, io.SEEK_END)
    write = csv.writer(out).writerow
    write([cell(one) for one in heads])
    for row in rows:
        write([cell(one) for one in row])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def cell(value):
    """A value as a spreadsheet takes it."""
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, int):
        return value
    if hasattr(value, "isoformat"):
        return localtime(value).strftime("%Y-%m-%d %H:%M")
    return harmless(str(value))


def harmless(cell):
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
