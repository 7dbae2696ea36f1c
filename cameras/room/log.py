"""Write the control room's log; `write_line` is the only way in, and lines are never changed."""

import json
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cameras.models import RoomLine
from cameras.patrol.news import CHANNEL
from gis_data.words import tidy
from incidents.models import User

TEXT_MAX = 500


class InvalidLine(ValueError):
    """The line is invalid; the message says why."""


@transaction.atomic
def write_line(kind: str, by: User | None, *, text: str = "", **about: Any) -> RoomLine:
    """Write a line about what was done; `about`: its incident, camera, and the line that it corrects.

    Every open page of the control room is notified on commit.
    """
    line = RoomLine.objects.create(kind=kind, by=by, text=tidy(text)[:TEXT_MAX], **about)
    tell_room({"log": line.pk})
    return line


def write_words(by: User, text: str, *, corrects: RoomLine | None = None, **about: Any) -> RoomLine:
    """Write a person's own words into the log, or a correction of a line. Raises InvalidLine."""
    text = tidy(text)
    if not text:
        raise InvalidLine(_("Write a few words."))
    if len(text) > TEXT_MAX:
        raise InvalidLine(_("Too long: at most %(most)s characters.") % {"most": TEXT_MAX})
    kind = RoomLine.Kind.CORRECTION if corrects else RoomLine.Kind.WRITTEN
    return write_line(kind, by, text=text, corrects=corrects, **about)


def tell_room(news: dict) -> None:
    """Notify every open page of the control room on commit, on the channel of the patrols."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"room": news}, ensure_ascii=False)])
