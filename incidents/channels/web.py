"""The web form's data → a report as the door takes it."""

import json

from django.core import signing

from incidents.models import User
from incidents.reporting import IncomingReport

KNOWN = "known"  # the cookie that says which phones and e-mail addresses were confirmed in this browser
KNOWN_SALT, KNOWN_FOR_S = "incidents.known", 90 * 86_400
KNOWN_AT_MOST = 4


def read_known_addresses(cookie: str) -> frozenset[str]:
    """The addresses that this browser has confirmed, out of its cookie."""
    try:
        return frozenset(signing.loads(cookie, salt=KNOWN_SALT, max_age=KNOWN_FOR_S))
    except (signing.BadSignature, json.JSONDecodeError, TypeError):
        return frozenset()


def known_cookie(known: frozenset[str], address: str) -> str:
    """The cookie with one more address; the oldest are forgotten."""
    return signing.dumps([*(one for one in sorted(known) if one != address), address][-KNOWN_AT_MOST:], salt=KNOWN_SALT)


def report_from_form(data: dict, *, language: str, by: User | None = None) -> IncomingReport:
    """The report in the cleaned data of `forms.ReportForm`."""
    return IncomingReport(
        channel="web",
        category=data["category"],
        place=data["place"],
        located=data["located"],
        address=data["address"],
        accuracy_m=data["accuracy"],
        ward_named=data["ward_named"],
        text=data["text"],
        phone=data["phone"],
        email=data["email"],
        language=language,
        pictures=data["photos"],
        answers=data["answers"],
        pictures_public=data["photos_public"],
        join=data["join"],
        sending=data["sending"],
        by=by,
        notice_version=data["notice"],
    )
