"""Remind units once of answers to ideas that are overdue."""

from datetime import datetime

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import override

from incidents.ideas.notices import desk_link, idea_values
from incidents.ideas.receiving import write_line
from incidents.models import Idea, IdeaLine, Membership, User
from incidents.notify import create_notices, person_recipients, unit_recipients
from incidents.notify.outbox import Recipient

BATCH = 200


@transaction.atomic
def remind_late(at: datetime | None = None) -> int:
    """Remind of answers newly overdue, once for each unit that owes them. Returns how many."""
    moment = at or now()
    late = Idea.objects.late(moment).filter(reminded_at=None).select_related("authority").order_by("due_at", "pk")
    rows = list(late.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for idea in rows:
        line = write_line(idea, IdeaLine.Kind.REMINDED, at=moment)
        create_notices("idea_late", f"idea-late:{line.pk}", recipients_of(idea, moment), values_of(idea))
    Idea.objects.filter(pk__in=[idea.pk for idea in rows]).update(reminded_at=moment)
    return len(rows)


def recipients_of(idea: Idea, at: datetime) -> list[Recipient]:
    posts = Membership.objects.on().filter(role=Membership.Role.DISPATCHER)
    people = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    return [*person_recipients(people, at), *unit_recipients(idea.authority)]


def values_of(idea):
    def values(to: Recipient) -> dict[str, str]:
        with override(to.language):
            due = date_format(localtime(idea.due_at), "SHORT_DATETIME_FORMAT")
        return idea_values(idea, desk_link(idea)) | {"due": due}

    return values
