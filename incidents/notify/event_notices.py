"""Decide who hears of which event, by which text: a table of rows."""

from django.db import transaction
from django.utils.translation import gettext_noop

from incidents.models import Event
from incidents.notify import hearers
from incidents.notify.hearers import NoticeRow as Row
from incidents.notify.hearers import always
from incidents.notify.outbox import create_notices

K = Event.Kind
REPORTERS = (hearers.reporters, hearers.who_joined, hearers.reporters_of_merged)
OFFERS = gettext_noop("%(unit)s asks to take it over. Accept or decline")

# Who hears twice of an event at one address hears the first of these rows.
ROWS = (
    Row(K.ASSIGNED, hearers.reporters, "received", important=always),
    Row(K.JOINED, hearers.who_joined, "joined"),
    Row(K.ASKED, hearers.reporters, "asked", important=always, names_speaker=True),
    Row(K.ACCEPTED, hearers.reporters, "accepted"),
    Row(K.HANDED_OVER, hearers.reporters, "handed_over", hearers.is_not_corrected, important=hearers.is_from_duty_desk),
    Row(K.CLAIMED, hearers.reporters, "handed_over"),
    Row(K.EXTENDED, hearers.reporters, "extended", names_speaker=True),
    Row(K.RESOLVED, hearers.reporters, "resolved", important=always, names_speaker=True),
    Row(K.RESOLVED, hearers.followers_to_ask, "is_it_gone"),
    Row(K.REJECTED, hearers.reporters, "rejected", important=always, names_speaker=True),
    Row(K.UPHELD, hearers.reporters, "upheld"),
    Row(K.OVERRULED, hearers.reporters, "overruled", names_speaker=True),
    Row(K.CLOSED, hearers.reporters, "closed", names_speaker=True),
    Row(K.REOPENED, hearers.reporters, "reopened"),
    Row(K.RELOCATED, hearers.reporters, "corrected"),
    Row(K.RECLASSIFIED, hearers.reporters, "corrected"),
    Row(K.MERGED, hearers.reporters_of_merged, "merged"),
    Row(K.SPLIT, hearers.reporters, "split", hearers.revives_incident),
    Row(K.REDRAWN, hearers.reporters, "redrawn"),
    Row(K.RESTORED, hearers.reporters, "redrawn"),

    Row(K.ASSIGNED, hearers.neighbours, "neighbour"),  # it happens once to an incident

    # At these an incident is new at a desk, or becomes urgent there.
    Row(K.ASSIGNED, hearers.desk, "new_here", hearers.is_urgent, urgent=True),
    Row(K.HANDED_OVER, hearers.desk, "new_here", hearers.is_urgent, urgent=True),
    Row(K.CLAIMED, hearers.desk, "new_here", hearers.is_urgent, urgent=True),
    Row(K.GRADED, hearers.desk, "new_here", hearers.is_urgent, urgent=True),
    Row(K.RECLASSIFIED, hearers.desk, "new_here", hearers.is_urgent_and_stays, urgent=True),

    # What units say to each other: the unit in charge hears who watches, and who watches its answer.
    Row(K.INQUIRED, hearers.unit_in_charge, "between_units", sentence=gettext_noop("%(unit)s asks your unit")),
    Row(K.URGED, hearers.unit_in_charge, "between_units", sentence=gettext_noop("%(unit)s reminds your unit")),
    Row(K.REMARKED, hearers.unit_in_charge, "between_units", sentence=gettext_noop("%(unit)s comments")),
    Row(K.OFFERED, hearers.unit_that_decides, "between_units", sentence=OFFERS),
    Row(K.REPLIED, hearers.units_that_watch, "between_units", sentence=gettext_noop("%(unit)s answers")),
    Row(K.DECLINED, hearers.who_offered, "between_units", sentence=gettext_noop("%(unit)s keeps it")),
    Row(K.CLAIMED, hearers.who_offered, "between_units", sentence=gettext_noop("%(unit)s now has it, at your request")),
    Row(K.CLAIMED, hearers.unit_before, "between_units", sentence=gettext_noop("%(unit)s has taken it over")),

    Row(K.NOTE, hearers.mentioned_people, "mentioned"),
    Row(K.GIVEN, hearers.handler, "given", hearers.is_given_by_another),
    Row(K.CREWED, hearers.crew, "given"),
    Row(K.TASK_ASKED, hearers.units_asked_for_part, "part_asked"),
    Row(K.TASK_DONE, hearers.who_asked_for_part, "part_answered"),
)  # fmt: skip
REPORTER_ROWS: dict[str, Row] = {row.kind: row for row in ROWS if row.role in REPORTERS}


@transaction.atomic
def announce_event(event_id: int) -> None:
    """Write a notice to each recipient of this event, and a job to deliver each. Idempotent."""
    event = Event.objects.select_related(
        "incident__category", "incident__area", "incident__authority", "authority", "by"
    ).get(pk=event_id)
    for row in ROWS:
        if row.kind == event.kind and row.when(event):
            for heard in row.role(event, row):
                create_notices(
                    heard.text or row.text,
                    f"event:{event.pk}",
                    heard.recipients,
                    heard.values,
                    event=event,
                    urgent=row.urgent,
                )


def is_important(event: Event) -> bool:
    return REPORTER_ROWS[event.kind].important(event)
