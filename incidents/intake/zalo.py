"""What comes from the city's Zalo account: signed by Zalo, read tolerantly, and a finished draft as the door takes it.

Zalo's own pages and the programs that run do not agree on some names: each spelling that was seen is read.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from geoapp.readable import InvalidJson, read_json
from gis_data.words import tidy
from incidents.intake import IncomingReport
from incidents.models import Category, Draft
from incidents.photos import Picture

logger = logging.getLogger(__name__)
MAX_TEXT = 4000  # characters of what was written
MAX_URL = 2000
MAX_PICTURES = 10  # of one message
MAX_CLOCK_ERROR = timedelta(days=2)  # what was said longer ago, or later, has a wrong clock
FOLLOW_EVENTS = {"follow": "follow", "unfollow": "unfollow"}  # the others of a user are what they send: user_send_…
SENT_PREFIX, INFO_EVENT = "user_send_", "user_submit_info"
LONGITUDES, LATITUDES = ("longitude", "long", "lon", "lng"), ("latitude", "lat")


@dataclass(frozen=True)
class ChatInput:
    """What somebody said in the chat, or did there."""

    kind: str  # sent, follow, unfollow
    event_id: str
    user: str
    at: datetime
    text: str = ""
    pictures: tuple = ()  # addresses
    place: tuple | None = None  # longitude, latitude
    phone: str = ""
    unsupported: bool = False  # a sticker, a voice, a film: nothing that we can take


def is_on() -> bool:
    return bool(settings.ZALO_APP_ID and settings.ZALO_OA_SECRET)


# ---- who says it ----


def is_signed(body: bytes, mac: str, stamp: str) -> bool:
    """Whether Zalo signed these very bytes; the time it signs stands in its header, or only in what it says."""
    given = mac.strip().lower()
    for mark in ("mac=", "sha256="):
        given = given.removeprefix(mark)
    for where, when in (("header", stamp.strip()), ("body", event_timestamp(parse_json(body)))):
        if when and hmac.compare_digest(event_signature(body, when).encode(), given.encode()):
            logger.debug("signed with the time of the %s", where)
            return True
    return False


def event_signature(body, when):
    """SHA-256 of app, body, time and the account's secret, one after the other: as Zalo has it, no HMAC."""
    parts = settings.ZALO_APP_ID.encode() + body + when.encode() + settings.ZALO_OA_SECRET.encode()
    return hashlib.sha256(parts).hexdigest()


# ---- what it says ----


def parse_event(body: bytes) -> ChatInput | None:
    """What an event says; None for what is not meant for us (echoes, receipts, groups) or cannot be read."""
    payload = parse_json(body)
    name, user = short_text(payload.get("event_name")), sender_id(payload)
    if not user or not is_for_our_account(payload):
        return None
    common = {
        "user": user,
        "event_id": event_key(payload, name, user, body),
        "at": event_time(event_timestamp(payload)),
    }
    if name in FOLLOW_EVENTS:
        return ChatInput(FOLLOW_EVENTS[name], **common)
    if name == INFO_EVENT:
        return ChatInput("sent", phone=short_text(shared_info(payload).get("phone")), **common)
    if not name.startswith(SENT_PREFIX):
        return None
    attachments = list_attachments(payload)
    pictures = [
        nested_value(attachment, "payload", "url") for attachment in attachments if attachment.get("type") == "image"
    ]
    pictures = [url for url in pictures if isinstance(url, str) and 0 < len(url) <= MAX_URL][:MAX_PICTURES]
    text, place = message_text(payload, attachments), shared_location(payload, attachments)
    unsupported = not text and not pictures and place is None
    return ChatInput("sent", text=text, pictures=tuple(pictures), place=place, unsupported=unsupported, **common)


def parse_json(body):
    """The JSON object, {} for anything else. Numbers stay strings: ids are longer than a float is exact."""
    try:
        payload = read_json(body, any_text=True, parse_int=str, parse_float=str)
    except InvalidJson:
        return {}
    return payload if isinstance(payload, dict) else {}


def nested_value(value, *keys):
    """What stands under these keys, one in the other; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def short_text(value, longest=100):
    """A short word in one line; "" for what is none."""
    return tidy(value)[:longest] if isinstance(value, str) and is_storable(value) else ""


def is_storable(text):
    """Whether it is text at all: half of a letter is none."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def sender_id(payload):
    user = short_text(nested_value(payload, "sender", "id")) or short_text(nested_value(payload, "follower", "id"))
    return user if len(user) <= 40 and user.replace("-", "").replace("_", "").isalnum() else ""


def is_for_our_account(payload):
    """Whether it is meant for our account."""
    account = short_text(nested_value(payload, "recipient", "id")) or short_text(payload.get("oa_id"))
    return not settings.ZALO_OA_ID or account == settings.ZALO_OA_ID


def event_key(payload, name, user, body):
    """What it is called when it is brought again; what has no name is known by its bytes."""
    own = short_text(nested_value(payload, "message", "msg_id")) or short_text(nested_value(payload, "message", "mid"))
    return own or f"{name[:30]}:{hashlib.sha256(body).hexdigest()[:48]}"


def event_timestamp(payload):
    return short_text(payload.get("timestamp"), 20)


def event_time(stamp):
    """The time of a stamp in milliseconds; now, where it is none or cannot be."""
    here = now()
    try:
        at = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return here
    return at if abs(at - here) < MAX_CLOCK_ERROR else here


def list_attachments(payload):
    """The attachments, wherever they stand."""
    for found in (nested_value(payload, "message", "attachments"), payload.get("attachments")):
        if isinstance(found, list) and found:
            return [one for one in found if isinstance(one, dict)]
    return []


def message_text(payload, attachments):
    """What was written: as a message, beside a picture, or the address of a link."""
    found = [nested_value(payload, "message", "text")]
    for attachment in attachments:
        found.append(nested_value(attachment, "payload", "description"))
        found.append(nested_value(attachment, "payload", "url") if attachment.get("type") == "link" else None)
    texts = (tidy(text[: 4 * MAX_TEXT])[:MAX_TEXT] for text in found if isinstance(text, str) and is_storable(text))
    return next(filter(None, texts), "")


def shared_location(payload, attachments):
    """Longitude and latitude of a shared location; None where there is none on earth."""
    found = [
        nested_value(attachment, "payload", "coordinates")
        for attachment in attachments
        if attachment.get("type") == "location"
    ]
    found += [nested_value(attachment, "payload") for attachment in attachments if attachment.get("type") == "location"]
    found.append(nested_value(payload, "message", "location"))
    for one in found:
        lon, lat = parse_degrees(one, LONGITUDES, 180), parse_degrees(one, LATITUDES, 90)
        if lon is not None and lat is not None:
            return lon, lat
    return None


def parse_degrees(payload, names, most):
    for name in names:
        value = nested_value(payload, name)
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                continue
            if abs(number) <= most:  # nor is it no number
                return number
    return None


def shared_info(payload):
    """What somebody agreed to tell of themselves; it may be JSON within the text."""
    told, text = payload.get("info"), nested_value(payload, "message", "text")
    return told if isinstance(told, dict) else parse_json(text) if isinstance(text, str) else {}


# ---- what becomes of it ----


def report_from_draft(draft: Draft) -> IncomingReport:
    """A draft that its follower has sent off. `draft` has all that is needed: a place and a category."""
    return IncomingReport(
        channel="zalo",
        category=cast(Category, draft.category),
        place=cast(Point, draft.place),
        accuracy_m=draft.accuracy_m,
        ward_named=bool(draft.ward),
        address=draft.where or None,
        text=draft.text,
        phone=draft.phone,
        zalo=draft.follower.user,
        language=draft.follower.language,
        pictures=draft_pictures(draft),
        join=draft.join,
        sending=draft.sending,
    )


def draft_pictures(draft: Draft) -> list[Picture]:
    """The photos of a draft."""
    return [Picture(bytes(photo.large), bytes(photo.small), photo.width, photo.height) for photo in draft.photos.all()]
