"""Handle API keys for other systems: requested, confirmed by e-mail, decided by staff, shown once, and counted."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gis_data import city
from incidents.models import ApiKey, KeyRequest, KeyUse, User
from incidents.notify import code_limits
from incidents.notify.email import sender_address

SALT = "incidents.key-request"
KEY_LASTS = timedelta(days=730)
UNCONFIRMED_FOR = timedelta(days=3)
USES_SHOWN = timedelta(days=30)
KEEP_USES = timedelta(days=400)
MAIL = "incidents.mail_key_request"


class NotDecidable(Exception):
    """Its address is not confirmed, or it was decided already."""


# ---- asking ----


def ask_for_key(
    *,
    system: str,
    organisation: str,
    purpose: str,
    email: str,
    language: str,
    network: str,
    is_own: bool = False,
    puzzle_solved: bool = False,
) -> KeyRequest:
    """Store the request and send a letter to the address. Raises CodeRefused.

    `is_own`: this browser has confirmed the address before.
    """
    code_limits.take_code(email, network=network, is_own=is_own, puzzle_solved=puzzle_solved)
    with transaction.atomic():
        key_request = KeyRequest.objects.create(
            system=system, organisation=organisation, purpose=purpose, email=email, language=language
        )
        defer_letter(key_request, "confirm")
    return key_request


def private_link(key_request: KeyRequest) -> str:
    return settings.SITE_URL + reverse("key-request", args=[signing.dumps(key_request.pk, salt=SALT, compress=True)])


def request_of_link(token: str) -> KeyRequest | None:
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return KeyRequest.objects.select_related("key").filter(pk=pk).first()


def confirm_address(key_request: KeyRequest) -> None:
    KeyRequest.objects.filter(pk=key_request.pk, confirmed_at=None).update(confirmed_at=now())


@transaction.atomic
def decide_request(pk: int, *, agreed: bool, by: User, why: str = "") -> KeyRequest:
    """Grant or refuse a confirmed request and send a letter. Raises NotDecidable, DoesNotExist."""
    key_request = KeyRequest.objects.select_for_update(of=("self",)).get(pk=pk)
    if key_request.confirmed_at is None or key_request.agreed is not None:
        raise NotDecidable
    key_request.agreed, key_request.decided_at, key_request.decided_by, key_request.why = agreed, now(), by, why
    key_request.save(update_fields=["agreed", "decided_at", "decided_by", "why"])
    defer_letter(key_request, "agreed" if agreed else "refused")
    return key_request


@transaction.atomic
def issue_key(key_request: KeyRequest) -> str | None:
    """Return a new secret for the key of a granted request, once; it replaces the secret before.

    None if the request is not granted or the key was deactivated.
    """
    locked = KeyRequest.objects.select_for_update(of=("self",)).select_related("key").get(pk=key_request.pk)
    if not locked.agreed or (locked.key and not locked.key.active):
        return None
    secret = secrets.token_urlsafe(24)
    sha256, ends_at = hashlib.sha256(secret.encode()).hexdigest(), now() + KEY_LASTS
    if locked.key:
        ApiKey.objects.filter(pk=locked.key.pk).update(sha256=sha256, ends_at=ends_at)
    else:
        locked.key = ApiKey.objects.create(
            name=free_name(locked.system), sha256=sha256, ends_at=ends_at, email=locked.email
        )
        locked.save(update_fields=["key"])
    return secret


def free_name(system):
    used_names = set(ApiKey.objects.filter(name__startswith=system[:70]).values_list("name", flat=True))
    names = [system, *(f"{system[:70]} ({n})" for n in range(2, len(used_names) + 3))]
    return next(name for name in names if name not in used_names)


def forget_old_requests() -> None:
    KeyRequest.objects.filter(confirmed_at=None, asked_at__lt=now() - UNCONFIRMED_FOR).delete()
    KeyUse.objects.filter(day__lt=localdate() - KEEP_USES).delete()


# ---- letters ----


def defer_letter(key_request, kind):
    app.configure_task(MAIL).defer(request_id=key_request.pk, kind=kind)


def send_letter(request_id: int, kind: str) -> None:
    key_request = KeyRequest.objects.filter(pk=request_id).exclude(email="").first()
    if key_request is None:
        return
    with translation.override(key_request.language):
        values = {
            "system": key_request.system,
            "brand": city.current().brand,
            "link": private_link(key_request),
            "why": key_request.why,
        }
        subject, text = LETTERS[kind](values)
        EmailMessage(subject, text, sender_address(key_request.language), to=[key_request.email]).send()


def confirm_letter(values):
    return _("A key for %(system)s: is this your address?") % values, _(
        "Someone asked %(brand)s for a key for the system “%(system)s” and gave this address.\n\nIf it was you, open "
        "this link and confirm it. The key will be shown there too: keep the link to yourself.\n%(link)s\n\nIf it was "
        "not you, do nothing: the request is deleted in three days."
    ) % values


def agreed_letter(values):
    return _("Your key for %(system)s") % values, _(
        "%(brand)s has agreed. Your key is shown once, here:\n%(link)s"
    ) % values


def refused_letter(values):
    return _("No key for %(system)s") % values, _("%(brand)s cannot give a key for “%(system)s”: %(why)s") % values


LETTERS = {"confirm": confirm_letter, "agreed": agreed_letter, "refused": refused_letter}


# ---- counting ----

COUNT = """
INSERT INTO incidents_keyuse AS use (key_id, day, calls, refused)
SELECT key, %(day)s, calls, refused
FROM unnest(%(keys)s::bigint[], %(calls)s::int[], %(refused)s::int[]) AS asked (key, calls, refused)
ORDER BY key
ON CONFLICT (key_id, day) DO UPDATE SET calls = use.calls + EXCLUDED.calls, refused = use.refused + EXCLUDED.refused
"""


def count_uses(uses: Iterable[tuple[int, bool]]) -> None:
    uses = list(uses)
    if not uses:
        return
    calls, refused = Counter(key for key, _refused in uses), Counter(key for key, was in uses if was)
    keys = sorted(calls)
    values: dict[str, Any] = {"day": localdate(), "keys": keys}
    values |= {"calls": [calls[key] for key in keys], "refused": [refused[key] for key in keys]}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)


def uses_of(key: ApiKey, until: date | None = None) -> list[KeyUse]:
    return list(key.uses.filter(day__gt=(until or localdate()) - USES_SHOWN).order_by("-day"))
