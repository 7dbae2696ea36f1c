"""Parse webhook events of the city's Facebook page (Messenger), signed by Meta."""

import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare

from incidents.channels.chat_input import (
    MAX_PICTURES,
    MAX_URL,
    ChatInput,
    event_time,
    first_text,
    nested_value,
    parse_degrees,
    parse_json,
    short_text,
)
from incidents.models import Medium

GET_STARTED = "GET_STARTED"  # the payload of the button with which a chat begins
MAX_EVENTS = 200  # of one call
LONGITUDES, LATITUDES = ("long", "lng", "lon", "longitude"), ("lat", "latitude")
SIGNATURE_PREFIX = "sha256="


def is_on() -> bool:
    return bool(settings.MESSENGER_APP_SECRET and settings.MESSENGER_PAGE_ID)


# ---- signatures ----


def challenge_answer(mode: str, token: str, challenge: str) -> str | None:
    """Challenge to return to the handshake of a new webhook; None for a wrong token."""
    ours = settings.MESSENGER_VERIFY_TOKEN
    return challenge if mode == "subscribe" and ours and constant_time_compare(token, ours) else None


def is_signed(body: bytes, signature: str) -> bool:
    """Whether Meta signed these bytes: hexadecimal HMAC-SHA256 with the app's secret."""
    mac = hmac.new(settings.MESSENGER_APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    digest = signature.strip().lower().removeprefix(SIGNATURE_PREFIX)
    return constant_time_compare(digest, mac)


# ---- content ----


def split_events(body: bytes) -> list[bytes]:
    payload, events = parse_json(body), []
    for entry in list_objects(payload.get("entry")):
        if payload.get("object") == "page" and short_text(entry.get("id")) == settings.MESSENGER_PAGE_ID:
            events += list_objects(entry.get("messaging"))
    return [json.dumps(event).encode() for event in events[:MAX_EVENTS]]


def parse_event(body: bytes) -> ChatInput | None:
    """Input of an event; None for echoes, receipts, reactions and unreadable events."""
    event = parse_json(body)
    user = short_text(nested_value(event, "sender", "id"))
    if not user.isalnum() or len(user) > 25 or user == settings.MESSENGER_PAGE_ID:
        return None
    common: dict[str, Any] = {
        "user": f"{Medium.MESSENGER}:{user}",
        "at": event_time(short_text(event.get("timestamp"), 20)),
    }
    if isinstance(postback := event.get("postback"), dict):
        payload, key = short_text(postback.get("payload"), 1000), event_key(postback, body)
        kind = "follow" if payload == GET_STARTED else "sent"
        return ChatInput(kind, event_id=key, text="" if kind == "follow" else payload, **common)
    message = event.get("message") or event.get("message_edit")
    if not isinstance(message, dict) or message.get("is_echo"):
        return None
    return read_message(message, event_key(message, body), common)


def read_message(message, key, common):
    attachments = list_objects(message.get("attachments"))
    stickers = [
        attachment
        for attachment in attachments
        if attachment.get("type") == "sticker" or nested_value(attachment, "payload", "sticker_id")
    ]
    urls = [
        nested_value(attachment, "payload", "url")
        for attachment in attachments
        if attachment.get("type") in ("image", "video") and attachment not in stickers
    ]
    pictures = tuple(url for url in urls if isinstance(url, str) and 0 < len(url) <= MAX_URL)[:MAX_PICTURES]
    pressed = short_text(nested_value(message, "quick_reply", "payload"), 1000)
    text, place = pressed or message_text(message, attachments), shared_location(attachments)
    unsupported = not text and not pictures and place is None
    return ChatInput("sent", event_id=key, text=text, pictures=pictures, place=place, unsupported=unsupported, **common)


def list_objects(value):
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []


def event_key(event, body):
    mid = short_text(event.get("mid"), 300)
    name = f"{mid}:{short_text(event.get('num_edit'), 5)}" if mid else body.hex()
    return f"{Medium.MESSENGER}:{hashlib.sha256(name.encode()).hexdigest()}"


def message_text(message, attachments):
    candidates = [message.get("text")]
    candidates += [
        nested_value(attachment, "payload", "url") for attachment in attachments if attachment.get("type") == "fallback"
    ]
    return first_text(candidates)


def shared_location(attachments):
    """(longitude, latitude) of a shared location; None for none or invalid ones."""
    for attachment in attachments:
        coordinates = (
            nested_value(attachment, "payload", "coordinates") if attachment.get("type") == "location" else None
        )
        lon, lat = parse_degrees(coordinates, LONGITUDES, 180), parse_degrees(coordinates, LATITUDES, 90)
        if lon is not None and lat is not None:
            return lon, lat
    return None
