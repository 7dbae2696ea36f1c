"""Notices to people who chat on our own pages: they stand there as soon as they are written."""

from functools import partial

from geoapp import queues
from incidents.models import Medium, Notice
from incidents.notify.transport import Sent, Transport, Unsure, chat_addresses


def send(notice: Notice) -> Sent:
    """Do nothing: the page shows the notice itself."""
    return Sent()


TRANSPORT = Transport(
    medium=Medium.WEBCHAT,
    queue=queues.OWN,
    send=send,
    after_worker_death=Unsure.AGAIN,  # it stands there once
    find_addresses=partial(chat_addresses, Medium.WEBCHAT),
    text_medium=Medium.SMS,
    keeps_lines=True,
    letter="W",
)
