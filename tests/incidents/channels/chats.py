"""Helpers of chat tests: messages of a writer, and the worker's part."""

from incidents.channels import chat
from incidents.models import Event, Notice
from incidents.notify import announce_event, deliver_notice
from tests import factories

USER = "6042137785190045512"
HERE = {"latitude": "50.0052", "longitude": "10.005"}


def work(account, user=USER):
    """Process events, announce and send as a worker does. Returns the texts sent."""
    seen = len(account.inbox)
    chat.process_waiting_events(user)
    for event in Event.objects.order_by("pk"):
        announce_event(event.pk)
    for notice in Notice.objects.filter(state="waiting").order_by("pk"):
        deliver_notice(notice.pk)
    return [message["text"] for to, message in account.inbox[seen:] if to == user]


def locate_message(coordinates=HERE, **more):
    return {
        "name": "user_send_location",
        "attachments": [{"type": "location", "payload": {"coordinates": coordinates}}],
    }


def photo(account, body=None, path="/p/1.jpg"):
    account.media[path] = factories.jpeg() if body is None else body
    return {"name": "user_send_image", "attachments": [{"type": "image", "payload": {"url": account.url + path}}]}


def buttons(account):
    """{title: payload} of the last message's buttons."""
    attachment = account.inbox[-1][1].get("attachment")
    return {button["title"]: button["payload"] for button in attachment["payload"]["buttons"]} if attachment else {}
