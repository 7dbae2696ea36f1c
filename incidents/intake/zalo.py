"""What comes from the city's Zalo account: signed by Zalo, read tolerantly, and a finished draft as the door takes it.

Zalo's own pages and the programs that run do not agree on some names: each spelling that was seen is read.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils.timezone import now

from geoapp.readable import NotJson, read_json
from gis_data.words import tidy
from incidents.intake import Incoming
from incidents.photos import Picture

logger = logging.getLogger(__name__)
LONGEST = 4000  # characters of what was written
LONGEST_URL = 2000
MOST_PICTURES = 10  # of one message
CLOCK = timedelta(days=2)  # what was said longer ago, or later, has a wrong clock
KINDS = {"follow": "follow", "unfollow": "unfollow"}  # the others of a user are what they send: user_send_…
SENT, INFO = "user_send_", "user_submit_info"
LONGITUDES, LATITUDES = ("longitude", "long", "lon", "lng"), ("latitude", "lat")


@dataclass(frozen=True)
class Heard:
    """What somebody said in the chat, or did there."""

    kind: str  # sent, follow, unfollow
    event_id: str
    user: str
    at: datetime
    text: str = ""
    pictures: tuple = ()  # addresses
    place: tuple | None = None  # longitude, latitude
    phone: str = ""
    unread: bool = False  # a sticker, a voice, a film: nothing that we can take


def is_on():
    return bool(settings.ZALO_APP_ID and settings.ZALO_OA_SECRET)


# ---- who says it ----


def is_signed(body: bytes, mac: str, stamp: str) -> bool:
    """Whether Zalo signed these very bytes; the time it signs stands in its header, or only in what it says."""
    given = mac.strip().lower()
    for mark in ("mac=", "sha256="):
        given = given.removeprefix(mark)
    for where, when in (("header", stamp.strip()), ("body", timestamp(parsed(body)))):
        if when and hmac.compare_digest(digest(body, when).encode(), given.encode()):
            logger.debug("signed with the time of the %s", where)
            return True
    return False


def digest(body, when):
    """SHA-256 of app, body, time and the account's secret, one after the other: as Zalo has it, no HMAC."""
    parts = settings.ZALO_APP_ID.encode() + body + when.encode() + settings.ZALO_OA_SECRET.encode()
    return hashlib.sha256(parts).hexdigest()


# ---- what it says ----


def heard(body: bytes) -> Heard | None:
    """What an event says; None for what is not ours to hear (echoes, receipts, groups) or cannot be read."""
    said = parsed(body)
    name, user = word(said.get("event_name")), sender(said)
    if not user or not ours(said):
        return None
    common = {"user": user, "event_id": event_id(said, name, user, body), "at": moment(timestamp(said))}
    if name in KINDS:
        return Heard(KINDS[name], **common)
    if name == INFO:
        return Heard("sent", phone=word(info(said).get("phone")), **common)
    if not name.startswith(SENT):
        return None
    attachments = attached(said)
    pictures = [pick(one, "payload", "url") for one in attachments if one.get("type") == "image"]
    pictures = [url for url in pictures if isinstance(url, str) and 0 < len(url) <= LONGEST_URL][:MOST_PICTURES]
    text, place = text_of(said, attachments), place_of(said, attachments)
    unread = not text and not pictures and place is None
    return Heard("sent", text=text, pictures=tuple(pictures), place=place, unread=unread, **common)


def parsed(body):
    """The JSON object, {} for anything else. Numbers stay as they are written: ids are longer than a float is exact."""
    try:
        said = read_json(body, any_text=True, parse_int=str, parse_float=str)
    except NotJson:
        return {}
    return said if isinstance(said, dict) else {}


def pick(value, *keys):
    """What stands under these keys, one in the other; None where there is no such thing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def word(value, longest=100):
    """A short word in one line; "" for what is none."""
    return tidy(value)[:longest] if isinstance(value, str) and storable(value) else ""


def storable(text):
    """Whether it is text at all: half of a letter is none."""
    return not any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


def sender(said):
    user = word(pick(said, "sender", "id")) or word(pick(said, "follower", "id"))
    return user if len(user) <= 40 and user.replace("-", "").replace("_", "").isalnum() else ""


def ours(said):
    """Whether it is meant for our account."""
    account = word(pick(said, "recipient", "id")) or word(said.get("oa_id"))
    return not settings.ZALO_OA_ID or account == settings.ZALO_OA_ID


def event_id(said, name, user, body):
    """What it is called when it is brought again; what has no name is known by its bytes."""
    own = word(pick(said, "message", "msg_id")) or word(pick(said, "message", "mid"))
    return own or f"{name[:30]}:{hashlib.sha256(body).hexdigest()[:48]}"


def timestamp(said):
    return word(said.get("timestamp"), 20)


def moment(stamp):
    """The time of a stamp in milliseconds; now, where it is none or cannot be."""
    here = now()
    try:
        at = datetime.fromtimestamp(int(stamp) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return here
    return at if abs(at - here) < CLOCK else here


def attached(said):
    """The attachments, wherever they stand."""
    for found in (pick(said, "message", "attachments"), said.get("attachments")):
        if isinstance(found, list) and found:
            return [one for one in found if isinstance(one, dict)]
    return []


def text_of(said, attachments):
    """What was written: as a message, beside a picture, or the address of a link."""
    found = [pick(said, "message", "text")]
    for one in attachments:
        found.append(pick(one, "payload", "description"))
        found.append(pick(one, "payload", "url") if one.get("type") == "link" else None)
    texts = (tidy(text[: 4 * LONGEST])[:LONGEST] for text in found if isinstance(text, str) and storable(text))
    return next(filter(None, texts), "")


def place_of(said, attachments):
    """Longitude and latitude of a shared location; None where there is none on earth."""
    found = [pick(one, "payload", "coordinates") for one in attachments if one.get("type") == "location"]
    found += [pick(one, "payload") for one in attachments if one.get("type") == "location"]
    found.append(pick(said, "message", "location"))
    for one in found:
        lon, lat = degrees(one, LONGITUDES, 180), degrees(one, LATITUDES, 90)
        if lon is not None and lat is not None:
            return lon, lat
    return None


def degrees(said, names, most):
    for name in names:
        value = pick(said, name)
        if isinstance(value, str):
            try:
                number = float(value)
            except ValueError:
                continue
            if abs(number) <= most:  # nor is it no number
                return number
    return None


def info(said):
    """What somebody agreed to tell of themselves; it may be JSON within the text."""
    told, text = said.get("info"), pick(said, "message", "text")
    return told if isinstance(told, dict) else parsed(text) if isinstance(text, str) else {}


# ---- what becomes of it ----


def incoming(draft) -> Incoming:
    """A draft that its follower has sent off. `draft` has all that is needed: a place and a category."""
    return Incoming(
        channel="zalo",
        category=draft.category,
        place=draft.place,
        accuracy_m=draft.accuracy_m,
        ward_named=bool(draft.ward),
        address=draft.where or None,
        text=draft.text,
        phone=draft.phone,
        zalo=draft.follower.user,
        language=draft.follower.language,
        pictures=pictures(draft),
        join=draft.join,
        sending=draft.sending,
    )


def pictures(draft):
    """The photos of a draft."""
    return [Picture(bytes(one.large), bytes(one.small), one.width, one.height) for one in draft.photos.all()]
