"""Translate the terms of a unit's own system: its service codes, and its answers as XML or JSON."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geoapp.http.text_validation import read_json
from incidents.models import Category
from incidents.models.people import parse_service_codes

ROWS = frozenset({"request", "request_update", "service", "error"})  # elements that are rows of a list


class Unreadable(ValueError):
    """An answer that is neither the expected list nor an error."""


def service_code(category: Category, text: str) -> str:
    codes = parse_service_codes(text)
    group = category.parent.code if category.parent else ""
    return codes.get(category.code) or codes.get(group) or category.code


def read_answer(body: bytes, form: str) -> Any:
    """Parse an answer; the rows of an XML list become dictionaries as in JSON. Raises Unreadable."""
    try:
        return read_json(body) if form == "json" else rows_of(fromstring(body, forbid_dtd=True))
    except (ValueError, LookupError, ParseError, DefusedXmlException) as fault:
        raise Unreadable(f"no {form.upper()}") from fault


def rows_of(root: Element) -> list[dict[str, Any]]:
    """Return the rows of an XML list; a repeated element, as several media_url, becomes a list of texts."""
    return [row_of(child) for child in root if child.tag in ROWS]


def row_of(element):
    row: dict[str, Any] = {}
    for child in element:
        text = (child.text or "").strip()
        if child.tag in row:
            known = row[child.tag]
            row[child.tag] = [*(known if isinstance(known, list) else [known]), text]
        else:
            row[child.tag] = text
    return row
