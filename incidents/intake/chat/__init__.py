"""Chat: what people write to the city's Zalo account comes in here, once each and in the order in which it was said.

`store_event` writes an event as it came, and a job, in one transaction: Zalo wants its answer within two seconds. The
job calls `process_sender_of`, which fetches the pictures that belong to it and lets `conversation` answer, again in one
transaction: a worker that dies leaves the event to the next one, and what was answered is answered once.
"""

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp import locks
from incidents.intake import zalo
from incidents.intake.chat import conversation, media
from incidents.models import ChatEvent

MAX_TRIES = 5  # then it is left aside, and what was said later is heard


@transaction.atomic
def store_event(body: bytes) -> None:
    """Store an event that Zalo signed. The same again changes nothing; what is not for us is dropped."""
    heard = zalo.parse_event(body)
    if heard is None:
        return
    fields = {"user": heard.user, "body": body.decode(), "at": heard.at}
    event, new = ChatEvent.objects.get_or_create(event_id=heard.event_id, defaults=fields)
    if new:
        app.configure_task("incidents.take_chat").defer(event_id=event.pk)


def process_sender_of(event_id: int) -> None:
    """Process all waiting events of the person who sent this one; nothing if they were erased meanwhile."""
    for user in ChatEvent.objects.filter(pk=event_id).values_list("user", flat=True):
        process_waiting_events(user)


def process_waiting_events(user: str) -> None:
    """Process all waiting events of one person (their id at Zalo), the oldest first."""
    waiting = ChatEvent.objects.filter(user=user, taken_at=None, tries__lt=MAX_TRIES).order_by("at", "pk")
    while event := waiting.first():
        try:
            process_event(event)
        except Exception:
            ChatEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1)
            raise


def process_event(event):
    heard = zalo.parse_event(event.body.encode())
    pictures = [media.fetch_picture(url) for url in heard.pictures] if heard else []
    with transaction.atomic():
        locks.hold(locks.Lock.CHAT, event.user)  # two at once from one person go one after the other
        waiting = ChatEvent.objects.filter(pk=event.pk, taken_at=None)
        if waiting.update(taken_at=now(), body="") and heard:
            conversation.answer_input(heard, pictures, cause=f"chat:{event.pk}")
