"""Puzzles for senders of many reports: proof of work by the browser, or a sum in words.

The work is Altcha's: find a number with a given hash; no outside service is called. Browsers without scripts get a sum.
Without either, the report is held for moderation. Each puzzle is valid for twenty minutes and one report.
"""

import base64
import json
import random
import secrets
from datetime import datetime, timedelta
from typing import Any

import altcha
from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from geoapp.http import rate_limits

SALT = "incidents.puzzle"
HASHES_AT_MOST = 60_000  # a second or two of a phone
GOOD_FOR = timedelta(minutes=20)
NUMBERS = (w("two"), w("three"), w("four"), w("five"), w("six"), w("seven"), w("eight"), w("nine"))
FIRST = 2


def hmac_key() -> str:
    return salted_hmac(SALT, "altcha", algorithm="sha256").hexdigest()


def new_puzzle(at: datetime | None = None) -> dict[str, Any]:
    """The proof of work as `puzzle.js` reads it."""
    challenge = altcha.create_challenge_v1(
        algorithm="SHA-256",
        max_number=HASHES_AT_MOST,
        salt_length=12,
        hmac_key=hmac_key(),
        salt="",
        number=None,
        expires=(at or now()) + GOOD_FOR,
        params=None,
    )
    return challenge.to_dict()


def new_question() -> dict[str, str]:
    first, other = random.randrange(len(NUMBERS)), random.randrange(len(NUMBERS))
    once = secrets.token_urlsafe(12)
    token = signing.dumps([once, answer_digest(once, first + other + 2 * FIRST)], salt=SALT)
    text = _("What is %(one)s plus %(other)s? Enter a number.") % {"one": NUMBERS[first], "other": NUMBERS[other]}
    return {"text": text, "token": token}


def new_code_puzzle() -> dict[str, str]:
    return new_question() | {"work": json.dumps(new_puzzle())}


def answer_digest(once, answer):
    return salted_hmac(SALT, f"{once}:{answer}", algorithm="sha256").hexdigest()


def is_solved(*, work: str = "", token: str = "", answer: str = "") -> bool:
    once = solved_work(work) if work else solved_question(token, answer)
    return bool(once) and not rate_limits.take(rate_limits.Ask("puzzle:once", once))


def solved_work(work):
    try:
        solved, _why = altcha.verify_solution_v1(work[:2000], hmac_key(), check_expires=True)
        return altcha_signature(work) if solved else ""
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # it is a stranger's
        return ""


def altcha_signature(work):
    return str(json.loads(base64.b64decode(work))["signature"])[:64]


def solved_question(token, answer):
    try:
        once, digest = signing.loads(token, salt=SALT, max_age=GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    number = answer.strip()[:3]
    right = number.isascii() and number.isdigit() and constant_time_compare(answer_digest(once, int(number)), digest)
    return once if right else ""
