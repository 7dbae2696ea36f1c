"""Parse webhook events of the city's Zalo account, signed by Zalo.

Zalo's documentation and actual payloads differ in some names: each spelling seen is accepted.
"""

import hashlib
import hmac
import logging

from django.conf import settings

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

logger = logging.getLogger(__name__)
FOLLOW_EVENTS = {"follow": "follow", "unfollow": "unfollow"}  # the others of a user are what they send: user_send_…
SENT_PREFIX, INFO_EVENT = "user_send_", "user_submit_info"
LONGITUDES, LATITUDES = ("longitude", "long", "lon", "lng"), ("latitude", "lat")


def is_on() -> bool:
    return bool(settings.ZALO_APP_ID and settings.ZALO_OA_SECRET)


# ---- signatures ----


def is_signed(body: bytes, mac: str, stamp: str) -> bool:
    """Whether Zalo signed these bytes; the signed time is in its header or only in the body."""
    digest = mac.strip().lower()
    for mark in ("mac=", "sha256="):
        digest = digest.removeprefix(mark)
    for where, when in (("header", stamp.strip()), ("body", event_timestamp(parse_json(body)))):
        if when and hmac.compare_digest(event_signature(body, when).encode(), digest.encode()):
            logger.debug("signed with the time of the %s", where)
            return True
    return False


def event_signature(body, when):
    """SHA-256 of app, body, time and the account's secret concatenated, as Zalo defines it; no HMAC."""
    parts = settings.ZALO_APP_ID.encode() + body + when.encode() + settings.ZALO_OA_SECRET.encode()
    return hashlib.sha256(parts).hexdigest()


# ---- content ----


def parse_event(body: bytes) -> ChatInput | None:
    """Input of an event; None for echoes, receipts, groups and unreadable events."""
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
        nested_value(attachment, "payload", "url")
        for attachment in attachments
        if attachment.get("type") in ("image", "video")
    ]
    pictures = [url for url in pictures if isinstance(url, str) and 0 < len(url) <= MAX_URL][:MAX_PICTURES]
    text, place = message_text(payload, attachments), shared_location(payload, attachments)
    unsupported = not text and not pictures and place is None
    return ChatInput("sent", text=text, pictures=tuple(pictures), place=place, unsupported=unsupported, **common)


def sender_id(payload):
    user = short_text(nested_value(payload, "sender", "id")) or short_text(nested_value(payload, "follower", "id"))
    return user if len(user) <= 40 and user.replace("-", "").replace("_", "").isalnum() else ""


def is_for_our_account(payload):
    account = short_text(nested_value(payload, "recipient", "id")) or short_text(payload.get("oa_id"))
    return not settings.ZALO_OA_ID or account == settings.ZALO_OA_ID


def event_key(payload, name, user, body):
    """Key that is equal for repeated events: the message id, else a digest of the bytes."""
    own = short_text(nested_value(payload, "message", "msg_id")) or short_text(nested_value(payload, "message", "mid"))
    return own or f"{name[:30]}:{hashlib.sha256(body).hexdigest()[:48]}"


def event_timestamp(payload):
    return short_text(payload.get("timestamp"), 20)


def list_attachments(payload):
    for attachments in (nested_value(payload, "message", "attachments"), payload.get("attachments")):
        if isinstance(attachments, list) and attachments:
            return [attachment for attachment in attachments if isinstance(attachment, dict)]
    return []


def message_text(payload, attachments):
    candidates = [nested_value(payload, "message", "text")]
    for attachment in attachments:
        candidates.append(nested_value(attachment, "payload", "description"))
        candidates.append(nested_value(attachment, "payload", "url") if attachment.get("type") == "link" else None)
    return first_text(candidates)


def shared_location(payload, attachments):
    """(longitude, latitude) of a shared location; None for none or invalid ones."""
    locations = [
        nested_value(attachment, "payload", "coordinates")
        for attachment in attachments
        if attachment.get("type") == "location"
    ]
    locations += [
        nested_value(attachment, "payload") for attachment in attachments if attachment.get("type") == "location"
    ]
    locations.append(nested_value(payload, "message", "location"))
    for location in locations:
        lon, lat = parse_degrees(location, LONGITUDES, 180), parse_degrees(location, LATITUDES, 90)
        if lon is not None and lat is not None:
            return lon, lat
    return None


def shared_info(payload):
    info, text = payload.get("info"), nested_value(payload, "message", "text")
    return info if isinstance(info, dict) else parse_json(text) if isinstance(text, str) else {}
