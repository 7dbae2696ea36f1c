"""The control room's log. `write_line` is the only way in; nothing of it is ever changed."""

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
    """The line cannot be written so; the message says why."""


@transaction.atomic
def write_line(kind: str, by: User | None, *, text: str = "", **about: Any) -> RoomLine:
    """Write a line of what was done; `about`: its incident, camera, and the line that it corrects.

    Every open page of the control room hears of it on commit.
    """
    line = RoomLine.objects.create(kind=kind, by=by, text=tidy(text)[:TEXT_MAX], **about)
    tell_room({"log": line.pk})
    return line


def write_words(by: User, text: str, *, corrects: RoomLine | None = None, **about: Any) -> RoomLine:
    """Write a person's own words into the log, or what corrects a line of it. Raises InvalidLine."""
    text = tidy(text)
    if not text:
        raise InvalidLine(_("Write a few words."))
    if len(text) > TEXT_MAX:
        raise InvalidLine(_("That is too long: %(most)s characters at most.") % {"most": TEXT_MAX})
    kind = RoomLine.Kind.CORRECTION if corrects else RoomLine.Kind.WRITTEN
    return write_line(kind, by, text=text, corrects=corrects, **about)


def tell_room(news: dict) -> None:
    """Let every open page of the control room hear this on commit, beside what the patrols tell."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, json.dumps({"room": news}, ensure_ascii=False)])
