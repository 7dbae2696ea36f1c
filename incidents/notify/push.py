"""Send push messages to browsers: encrypted for the browser, signed with our key (VAPID), through its push service.

A message that waits there is replaced by the same one sent again (its Topic), and a shown one, too (its tag): so what
had no answer is sent again without harm.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from py_vapid import Vapid02
from pywebpush import WebPusher

from geoapp import outbound, queues
from incidents.models import Medium, Notice, PushSubscription, Report, User
from incidents.notify import http_calls
from incidents.notify.transport import Refused, Sent, Transport, Unsure

TTL_S = 24 * 3600  # so long the service keeps it for a browser that is off
SIGNATURE_VALID_S = 12 * 3600
TIMEOUT_S = 10.0
MAX_TITLE, MAX_TEXT = 120, 900  # together under the 4 kB that every service takes
GONE_STATUSES = {404, 410}
MAX_BROWSERS = 10  # browsers of one reporter or person
LINK = re.compile(r"https?://\S+")


class InvalidSubscription(Exception):
    """A browser's subscription cannot be used; the message names the field."""


def is_on() -> bool:
    return bool(settings.VAPID_KEY)


def send(notice: Notice) -> Sent:
    """Send one notice to a browser. Raises Refused or Unsure; an expired subscription is deleted."""
    browser = PushSubscription.objects.filter(endpoint=notice.address).first()
    if not is_on() or browser is None:
        raise Refused("gone" if is_on() else "off", _("This browser no longer receives messages."))
    topic = hashlib.sha256(notice.cause.encode()).hexdigest()[:32]
    keys = {"p256dh": browser.p256dh, "auth": browser.auth}
    body = WebPusher({"endpoint": browser.endpoint, "keys": keys}).encode(message_json(notice, topic).encode())["body"]
    headers = {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S),
        "Topic": topic,
        "Urgency": "high" if notice.urgent else "normal",
        **vapid_headers(browser.endpoint),
    }
    try:
        answer = http_calls.call_url(
            "POST", browser.endpoint, content=body, headers=headers, purpose="push", timeout=TIMEOUT_S
        )
    except http_calls.NoAnswer as error:
        raise Unsure(error, then=Unsure.AGAIN) from error
    if answer.status in GONE_STATUSES:
        browser.delete()
        raise Refused(answer.status, _("This browser no longer receives messages."))
    if answer.status >= 300:
        why = answer.body[:200].decode("utf-8", "replace")
        raise Refused(answer.status, why, retry=answer.status == 429 or answer.status >= 500)
    return Sent(provider_id=answer.headers.get("Location", "")[:100])


def message_json(notice, topic):
    link = LINK.search(notice.text)
    text = without_link(notice.text, link)
    title, _sign, rest = text.strip().partition("\n") if not notice.subject else (notice.subject, "", text)
    shown = {
        "title": title[:MAX_TITLE],
        "text": body_beside(title, rest, notice.language)[:MAX_TEXT],
        "link": link[0].rstrip(".,;)") if link else settings.SITE_URL,
        "tag": topic,
        "language": notice.language,
    }
    return json.dumps(shown, ensure_ascii=False)


def body_beside(title: str, text: str, language: str) -> str:
    """Return the text in one line, without a leading title; never empty."""
    body = re.sub(r"\s+", " ", text).strip().removeprefix(title.strip()).strip(" :")
    with translation.override(language):
        return body or _("See the details")


def without_link(text, link):
    """Return the text without its link, and without the word with a colon before it: “See: …”. `link`: a match, or
    None.
    """
    if link is None:
        return text
    before = text[: link.start()]
    if before.rstrip().endswith(":"):
        word = before.split()[-1]
        before = before.rstrip().removesuffix(word) if word != ":" else before
    return before + text[link.end() :]


def vapid_headers(endpoint):
    origin = http_calls.url_origin(endpoint)
    contact = f"mailto:{settings.DEFAULT_FROM_EMAIL}"
    return load_vapid_key(settings.VAPID_KEY).sign(
        {"aud": origin, "exp": int(time.time()) + SIGNATURE_VALID_S, "sub": contact}
    )


@cache
def load_vapid_key(secret):
    return Vapid02.from_string(private_key=secret)


def public_key() -> str:
    form = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return encode_base64url(load_vapid_key(settings.VAPID_KEY).public_key.public_bytes(*form))


def generate_key() -> str:
    key = Vapid02()
    key.generate_keys()
    return encode_base64url(key.private_key.private_numbers().private_value.to_bytes(32, "big"))


def encode_base64url(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


# ---- browsers ----


def store_subscription(subscription: dict, *, report: Report | None = None, person: User | None = None) -> None:
    """Store a browser's subscription (its JSON) for a reporter, a staff member, or else a follower.

    A browser belongs to its last subscriber; of too many the oldest are deleted. Following goes on for any owner.
    Raises InvalidSubscription.
    """
    endpoint, keys = subscription.get("endpoint"), subscription.get("keys")
    if not isinstance(endpoint, str) or not is_push_endpoint(endpoint):
        raise InvalidSubscription("endpoint")
    if (
        not isinstance(keys, dict)
        or decode_base64url(keys.get("p256dh"))[:1] != b"\x04"
        or len(decode_base64url(keys["p256dh"])) != 65
    ):
        raise InvalidSubscription("p256dh")
    if len(decode_base64url(keys.get("auth"))) != 16:
        raise InvalidSubscription("auth")
    fields = {"p256dh": keys["p256dh"].rstrip("="), "auth": keys["auth"].rstrip("="), "since": now()}
    if report is None and person is None:
        PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=fields | {"follows": True})
        return
    whose = {"report": report, "person": None if report else person}
    PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=fields | whose)
    theirs = PushSubscription.objects.filter(**whose).order_by("-since", "-pk")
    forget_browsers(PushSubscription.objects.filter(pk__in=list(theirs.values_list("pk", flat=True)[MAX_BROWSERS:])))


def is_push_endpoint(endpoint):
    """Return whether a URL may be a push service's: in the internet, by HTTPS."""
    secure = endpoint.startswith("https://") or (outbound.allows_plain_http("push") and endpoint.startswith("http://"))
    try:
        return secure and len(endpoint) <= 500 and bool(http_calls.url_origin(endpoint))
    except ValueError:
        return False


def decode_base64url(text):
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (TypeError, ValueError):
        return b""


def delete_subscription(endpoint: str, *, report: Report | None = None, person: User | None = None) -> None:
    whose = {"report": report, "person": None if report else person}
    forget_browsers(PushSubscription.objects.filter(endpoint=endpoint, **whose))


def forget_browsers(browsers: QuerySet[PushSubscription]) -> None:
    browsers.filter(follows=True).update(report=None, person=None)
    browsers.filter(follows=False).delete()


def browser_addresses(owners: Sequence[Any]) -> list[tuple[Any, str]]:
    if not is_on():
        return []
    reports = [owner for owner in owners if isinstance(owner, Report)]  # who calls has fetched their browsers
    browsers: list[tuple[Any, PushSubscription]] = [(report, it) for report in reports for it in report.browsers.all()]
    people: dict[int | None, User] = {owner.pk: owner for owner in owners if isinstance(owner, User)}
    if people:
        browsers += [(people[it.person_id], it) for it in PushSubscription.objects.filter(person__in=people)]
    return [(owner, browser.endpoint) for owner, browser in sorted(browsers, key=lambda pair: pair[1].pk)]


TRANSPORT = Transport(
    medium=Medium.PUSH,
    queue=queues.PUSH,
    send=send,
    is_configured=is_on,
    after_worker_death=Unsure.AGAIN,  # the same tag: the second takes the first one's place
    find_addresses=browser_addresses,
    mask=lambda _address: "•••",
    hint=lambda _address: _("messages on this device"),
    rings=True,
    is_batched=True,
    text_medium=Medium.SMS,
    has_subject=True,
)
