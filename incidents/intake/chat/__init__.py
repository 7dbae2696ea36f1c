"""Chat: what people write to the city's Zalo account comes in here, once each and in the order in which it was said.

`keep` writes an event down as it came, and a job, in one transaction: Zalo wants its answer within two seconds. The job
calls `take`, which fetches what belongs to it and lets `conversation` answer, again in one transaction: a worker that
dies leaves the event to the next one, and what was answered is answered once.
"""

from django.db import transaction
from django.db.models import F
from django.utils.timezone import now
from procrastinate.contrib.django import app

from geoapp import locks
from incidents.intake import zalo
from incidents.intake.chat import conversation, media
from incidents.models import ChatEvent

TRIES = 5  # then it is left aside, and what was said later is heard


@transaction.atomic
def keep(body: bytes):
    """Write down what Zalo signed. The same again changes nothing; what is not for us is dropped."""
    heard = zalo.heard(body)
    if heard is None:
        return
    fields = {"user": heard.user, "body": body.decode(), "at": heard.at}
    event, new = ChatEvent.objects.get_or_create(event_id=heard.event_id, defaults=fields)
    if new:
        app.configure_task("incidents.take_chat").defer(event_id=event.pk)


def take_from_sender_of(event_id):
    """Take all that waits of the person who sent this event; nothing, if they were forgotten meanwhile."""
    for user in ChatEvent.objects.filter(pk=event_id).values_list("user", flat=True):
        take(user)


def take(user):
    """Take all that waits of one person, the oldest first."""
    waiting = ChatEvent.objects.filter(user=user, taken_at=None, tries__lt=TRIES).order_by("at", "pk")
    while event := waiting.first():
        try:
            take_one(event)
        except Exception:
            ChatEvent.objects.filter(pk=event.pk).update(tries=F("tries") + 1)
            raise


def take_one(event):
    heard = zalo.heard(event.body.encode())
    pictures = [media.fetched(url) for url in heard.pictures] if heard else []
    with transaction.atomic():
        locks.hold(locks.Lock.CHAT, event.user)  # two at once from one person go one after the other
        waiting = ChatEvent.objects.filter(pk=event.pk, taken_at=None)
        if waiting.update(taken_at=now(), body="") and heard:
            conversation.hear(heard, pictures, cause=f"chat:{event.pk}")
