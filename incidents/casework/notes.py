"""Internal notes on an incident; `@name` notifies a colleague."""

import re
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from gis_data.words import tidy
from incidents import access, timeline
from incidents.models import AnyUser, Event, Incident, Mention, User

NOTE_MAX = 2000  # characters of a note
MENTIONS_MAX = 20
MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]*\w)")  # not the second half of an e-mail address, nor a full stop


class InvalidNote(ValueError):
    """The note is refused; the message says why."""


@dataclass(frozen=True)
class MentionedPeople:
    """Users mentioned in a text, and names of nobody who may read the incident."""

    people: list
    unknown: list


def find_mentioned(incident: Incident, text: str) -> MentionedPeople:
    names = list(dict.fromkeys(name.lower() for name in MENTION.findall(text)))
    users = User.objects.alias(called=Lower("username")).filter(called__in=names[:MENTIONS_MAX], is_active=True)
    readers = {
        user.username.lower(): user
        for user in users.order_by("pk")
        if access.incidents_for(user, "notes").filter(pk=incident.pk).exists()
    }
    return MentionedPeople(
        people=[readers[name] for name in names if name in readers],
        unknown=[name for name in names if name not in readers],
    )


@transaction.atomic
def write_note(incident: Incident, *, by: User, text: str) -> Event:
    """Write an internal note and notify users mentioned in it. Raises InvalidNote for an unknown name."""
    text = tidy(text)
    if not text:
        raise InvalidNote(_("Enter a note."))
    if len(text) > NOTE_MAX:
        raise InvalidNote(_("Too long: at most %(most)s characters.") % {"most": NOTE_MAX})
    calls = find_mentioned(incident, text)
    if calls.unknown:
        raise InvalidNote(
            ngettext(
                "Nobody with this name can read this incident: %(names)s",
                "Nobody with these names can read this incident: %(names)s",
                len(calls.unknown),
            )
            % {"names": ", ".join(f"@{name}" for name in calls.unknown)}
        )
    event = timeline.record(incident, Event.Kind.NOTE, by=by, authority=incident.authority, note=text, public=False)
    Mention.objects.bulk_create(Mention(event=event, user=user) for user in calls.people if user != by)
    return event


def mark_mentions_seen(user: AnyUser, incident: Incident) -> int:
    return Mention.objects.filter(user=user.pk, seen_at=None, event__incident=incident).update(seen_at=now())
