"""What a unit's own system calls things: its codes of services, and its answers as XML or JSON."""

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from geoapp.http.text_validation import read_json
from incidents.models import Category
from incidents.models.people import parse_service_codes

ROWS = frozenset({"request", "request_update", "service", "error"})  # elements that are rows of a list


class Unreadable(ValueError):
    """An answer that is neither what was asked for nor says why."""


def service_code(category: Category, text: str) -> str:
    """What a matter is called there: the code of its own, else that of its group, else ours."""
    codes = parse_service_codes(text)
    group = category.parent.code if category.parent else ""
    return codes.get(category.code) or codes.get(group) or category.code


def read_answer(body: bytes, form: str) -> Any:
    """What an answer says: of XML the rows of its list as dictionaries, as JSON would have them. Raises Unreadable."""
    try:
        return read_json(body) if form == "json" else rows_of(fromstring(body, forbid_dtd=True))
    except (ValueError, LookupError, ParseError, DefusedXmlException) as fault:
        raise Unreadable(f"no {form.upper()}") from fault


def rows_of(root: Element) -> list[dict[str, Any]]:
    """The rows of a list; an element that is repeated in one, as several media_url, is a list of texts."""
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
