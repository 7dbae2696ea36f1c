"""Web chat on our own pages; a cookie identifies the browser."""

import json
import secrets
from uuid import UUID

from django.db import transaction
from django.utils.timezone import now

from incidents.channels.chat_input import ChatInput, event_time, parse_json, short_text
from incidents.models import ChatEvent, ChatPhoto, Correspondent, Medium
from incidents.photos import Picture, stored_fields

KEY_LETTERS = 32  # of the cookie: 128 bits


def new_key() -> str:
    return secrets.token_hex(KEY_LETTERS // 2)


def user_of(key: str) -> str:
    """Correspondent.user of this key; "" for an invalid one."""
    sound = len(key) == KEY_LETTERS and all(letter in "0123456789abcdef" for letter in key)
    return f"{Medium.WEBCHAT}:{key}" if sound else ""


@transaction.atomic
def write_down(
    user: str,
    *,
    sending: UUID,
    text: str,
    place: tuple[float, float] | None,
    pictures: list[Picture],
    language: str,
    network: str,
) -> ChatEvent | None:
    """Store a message with its pictures. None where the same `sending` is stored already.

    `place`: longitude and latitude; `network`: as `rate_limits.network_of` returns it.
    """
    Correspondent.objects.get_or_create(user=user, defaults={"language": language})
    message = {"user": user, "text": text, "place": place, "network": network, "at": int(now().timestamp() * 1000)}
    body = json.dumps(message, ensure_ascii=False)
    fields = {"user": user, "body": body, "at": now()}
    event, new = ChatEvent.objects.get_or_create(event_id=f"{Medium.WEBCHAT}:{sending}", defaults=fields)
    if not new:
        return None
    ChatPhoto.objects.bulk_create(ChatPhoto(event=event, **stored_fields(picture)) for picture in pictures)
    return event


def parse_event(body: bytes) -> ChatInput | None:
    """Input of an event that `write_down` stored."""
    fields = parse_json(body)
    place = fields.get("place")
    return ChatInput(
        "sent",
        event_id="",
        user=short_text(fields.get("user")),
        at=event_time(str(fields.get("at"))),
        text=str(fields.get("text") or ""),
        place=(float(place[0]), float(place[1])) if place else None,
        network=short_text(fields.get("network")),
    )
