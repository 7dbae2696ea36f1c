"""Store incoming chat events once each, and process them in order for each sender.

`store_event` stores an event and its job in one transaction, since platforms want an answer at once. The job calls
`process_sender_of`, which fetches the event's pictures and answers by `conversation`, again in one transaction: a
worker that dies leaves the event to the next one, and each answer is sent once.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp.db import locks
from incidents.channels import web_chat
from incidents.channels.chat import conversation, media
from incidents.channels.chat.channels import CHANNELS, channel_of
from incidents.channels.chat.linked_places import add_linked_place
from incidents.channels.chat_input import is_timely
from incidents.models import ChatEvent, Medium

logger = logging.getLogger(__name__)

MAX_TRIES = 5  # then it is left aside, and what was said later is heard


@transaction.atomic
def store_event(medium: str, body: bytes) -> None:
    """Store an event of this medium, once by the platform's key. Drops events not for us and not timely ones."""
    heard = CHANNELS[medium].parse_event(body)
    if heard is None:
        return
    if not is_timely(heard.at):
        logger.warning("an event of %s is of another time: %s", medium, heard.at)
        return
    fields = {"user": heard.user, "body": body.decode(), "at": heard.at}
    event, new = ChatEvent.objects.get_or_create(event_id=heard.event_id, defaults=fields)
    if new:
        app.configure_task("incidents.take_chat").defer(event_id=event.pk)


def store_written(user: str, **fields: Any) -> None:
    """Store a message of the web chat and answer it at once. `fields`: as `web_chat.write_down` returns them.

    Its job answers where this process dies before.
    """
    with transaction.atomic():
        event = web_chat.write_down(user, **fields)
        if event:
            app.configure_task("incidents.take_chat").defer(event_id=event.pk)
    try:
        process_waiting_events(user)
    except Exception:
        logger.exception("chat of %s", Medium.WEBCHAT)


def process_sender_of(event_id: int) -> None:
    for user in ChatEvent.objects.filter(pk=event_id).values_list("user", flat=True):
        process_waiting_events(user)


def process_waiting_events(user: str) -> None:
    """Process all waiting events of one sender (Correspondent.user), oldest first."""
    waiting = ChatEvent.objects.filter(user=user, taken_at=None, tries__lt=MAX_TRIES).order_by("at", "pk")
    while event := waiting.first():
        try:
            process_event(event)
        except Exception:
            ChatEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1)
            raise


def process_event(event):
    heard = channel_of(event.user).parse_event(event.body.encode())
    heard = heard and add_linked_place(heard)
    pictures = [media.fetch_picture(url) for url in heard.pictures] if heard else []
    pictures += media.read_waiting_photos(event)
    with transaction.atomic():
        locks.hold(locks.Lock.CHAT, event.user)  # two at once from one person go one after the other
        waiting = ChatEvent.objects.filter(pk=event.pk, taken_at=None)
        words = conversation.describe_input(heard, len(pictures)) if heard else ""
        if waiting.update(taken_at=now(), body="", words=words) and heard:
            event.photos.all().delete()
            conversation.answer_input(heard, pictures, cause=f"chat:{event.pk}")
