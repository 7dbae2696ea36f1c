"""Notices to people who chat on our own pages: they stand there as soon as they are written."""

from incidents.models import Notice
from incidents.notify.transport import Sent


def is_on() -> bool:
    return True


def send(notice: Notice) -> Sent:
    """Nothing has to leave the house: the page shows it."""
    return Sent()


def is_reachable(code: str) -> bool:
    return True
