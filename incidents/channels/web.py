"""Convert the cleaned data of the web form into an IncomingReport."""

import json

from django.core import signing

from incidents.reporting import IncomingReport
from incidents.reporting.incoming import FORM_KEYS

KNOWN = "known"  # the cookie that says which phones and e-mail addresses were confirmed in this browser
KNOWN_SALT, KNOWN_FOR_S = "incidents.known", 90 * 86_400
KNOWN_AT_MOST = 4


def read_known_addresses(cookie: str) -> frozenset[str]:
    try:
        return frozenset(signing.loads(cookie, salt=KNOWN_SALT, max_age=KNOWN_FOR_S))
    except (signing.BadSignature, json.JSONDecodeError, TypeError):
        return frozenset()


def known_cookie(known: frozenset[str], address: str) -> str:
    return signing.dumps(
        [*(known_address for known_address in sorted(known) if known_address != address), address][-KNOWN_AT_MOST:],
        salt=KNOWN_SALT,
    )


def report_from_form(data: dict, *, language: str) -> IncomingReport:
    return IncomingReport(channel="web", language=language, **{name: data[key] for name, key in FORM_KEYS.items()})
