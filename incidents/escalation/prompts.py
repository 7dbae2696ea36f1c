"""Urge a unit to do its late work: previewed, taken back within a minute, recorded in the history."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Max
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from procrastinate.contrib.django import app

from incidents import notify, timeline, workflow
from incidents.casework import undoing
from incidents.escalation.reminders import MAX_REFERENCES, CommandChain, format_clock, page_link
from incidents.models import Authority, Contact, Event, Incident, Medium, Prompt, User
from incidents.models.notices import CONTACT_FIELDS
from incidents.notify import Recipient, texts
from incidents.routing import rules
from incidents.wording import person_name

INTERVAL = timedelta(hours=4)  # until a leader may urge the same unit again
NAMED = 100  # incidents that the message names, and in whose history it stands
URGED = gettext_noop("The leader reminds the unit: overdue since %(moment)s.")
KEY = "prompt"  # of the message


@dataclass
class Preview:
    """What would be sent: to how many, to whom by which medium, in which words; or why it cannot be."""

    unit: Authority
    late: int = 0
    refusal: str = ""
    hearers: list[tuple[str, list[str]]] = field(default_factory=list)  # a medium, and who hears by it
    letters: list[tuple[str, str, str]] = field(default_factory=list)  # a medium, the subject, the words


def preview_prompt(unit: Authority, by: User, at: datetime | None = None) -> Preview:
    at = at or now()
    late = late_incidents(unit, at)
    preview = Preview(unit, len(late))
    hearers = recipients_of(unit, at)
    preview.refusal = refusal_of(unit, late, hearers, at)
    for medium in dict.fromkeys(recipient.medium for recipient in hearers):
        by_medium = [recipient for recipient in hearers if recipient.medium == medium]
        label = str(Medium(medium).label)
        preview.hearers.append((label, list(dict.fromkeys(name_of(unit, recipient) for recipient in by_medium))))
        first = by_medium[0]
        subject, words = texts.render_notice(KEY, medium, first.language, values_for(first, late, by))
        preview.letters.append((label, subject, words))
    return preview


@transaction.atomic
def urge_unit(unit: Authority, by: User, at: datetime | None = None) -> Prompt:
    """Urge a unit to do all its late work, in one message to its contacts. Returns the Prompt.

    Also written: a line for staff in the history of each incident that the message names; and the message, which waits
    until it can no longer be taken back. Raises workflow.NotAllowed if nothing is late, nobody can be reached, or the
    unit was urged less than four hours ago.
    """
    at = at or now()
    Authority.objects.select_for_update().get(pk=unit.pk)
    late = late_incidents(unit, at)
    if refusal := refusal_of(unit, late, recipients_of(unit, at), at):
        raise workflow.NotAllowed(refusal)
    prompt = Prompt.objects.create(authority=unit, by=by, at=at, late=len(late))
    for incident in late[:NAMED]:
        timeline.record(
            incident,
            Event.Kind.REMINDED,
            by=by,
            public=False,
            reasons=(rules.in_both_languages(URGED, moment=format_clock(incident.due_at)),),
            receipt={"prompt": prompt.pk},
            at=at,
        )
    app.configure_task("incidents.send_prompt", schedule_in={"seconds": round(undoing.HELD.total_seconds())}).defer(
        prompt_id=prompt.pk
    )
    return prompt


@transaction.atomic
def take_back(prompt_id: int, by: User, at: datetime | None = None) -> Prompt:
    """Take a prompt back before its message goes out; only by its sender. The history has both. Raises
    `undoing.TooLate`, Prompt.DoesNotExist.
    """
    moment = at or now()
    prompt = Prompt.objects.select_for_update(of=("self",)).select_related("authority").get(pk=prompt_id, by=by)
    if prompt.undone_at or prompt.sent_at or moment > prompt.at + undoing.WITHIN:
        raise undoing.TooLate(undoing.TOO_LATE)
    prompt.undone_at = moment
    prompt.save(update_fields=["undone_at"])
    lines = Event.objects.filter(kind=Event.Kind.REMINDED, at=prompt.at, receipt__prompt=prompt.pk)
    for line in lines.select_related("incident__category", "incident__area", "incident__authority").order_by("pk"):
        timeline.record(line.incident, Event.Kind.UNDONE, by=by, public=False, at=moment, receipt={"undoes": line.pk})
    return prompt


@transaction.atomic
def send_prompt(prompt_id: int) -> int:
    """Write the message of a prompt to each recipient, unless it was taken back. Returns how many."""
    prompt = Prompt.objects.select_for_update(of=("self",)).select_related("authority", "by").get(pk=prompt_id)
    if prompt.undone_at:
        return 0
    late = late_incidents(prompt.authority, prompt.at)
    prompt.sent_at = now()
    prompt.save(update_fields=["sent_at"])
    if not late:
        return 0  # all was done in the minute between
    hearers = recipients_of(prompt.authority, prompt.at)
    return len(
        notify.create_notices(
            KEY, f"prompt:{prompt.pk}", hearers, lambda recipient: values_for(recipient, late, prompt.by)
        )
    )


def late_incidents(unit: Authority, at: datetime) -> list[Incident]:
    return list(Incident.objects.filter(authority=unit).overdue(at).with_pages().order_by("due_at", "pk"))


def recipients_of(unit: Authority, at: datetime) -> list[Recipient]:
    return notify.unit_recipients(unit, sms=True) or notify.person_recipients(
        [post.user for post in CommandChain(at).leaders[unit.pk]], at=at, sms=True
    )


def refusal_of(unit: Authority, late: list[Incident], hearers: list[Recipient], at: datetime) -> str:
    last = Prompt.objects.filter(authority=unit, undone_at=None, at__gt=at - INTERVAL).order_by("-at").first()
    if last:
        return _("%(unit)s was reminded at %(moment)s. It can be reminded again from %(next)s.") % {
            "unit": unit.title,
            "moment": format_clock(last.at),
            "next": format_clock(last.at + INTERVAL),
        }
    if not late:
        return _("Nothing is overdue at %(unit)s.") % {"unit": unit.title}
    return "" if hearers else _("Nobody at %(unit)s can receive messages.") % {"unit": unit.title}


def name_of(unit: Authority, recipient: Recipient) -> str:
    """Return the name of a recipient: the person or the unit's contact, never the address."""
    if recipient.person:
        return person_name(recipient.person)
    address = {CONTACT_FIELDS[recipient.medium]: recipient.address}
    contact = Contact.objects.filter(authority=unit, **address).first()
    return (contact and contact.label) or unit.title


def values_for(recipient: Recipient, late: list[Incident], by: User) -> dict[str, str]:
    with translation.override(recipient.language):
        named = [incident.reference for incident in late[:MAX_REFERENCES]]
        return {
            "what": ngettext("%(n)d item overdue", "%(n)d items overdue", len(late)) % {"n": len(late)},
            "references": ", ".join(named) + (" …" if len(late) > MAX_REFERENCES else ""),
            "lines": "\n".join(
                f"- {incident.reference} · {incident.category.title} · {incident.area.title}: "
                f"{format_clock(incident.due_at)}"
                for incident in late[:NAMED]
            ),
            "who": person_name(by),
            "link": page_link("desk", late=True),
        }


def count_prompts(units: list[int], first: datetime, last: datetime) -> dict[int, tuple[int, datetime]]:
    rows = Prompt.objects.filter(authority__in=units, undone_at=None, at__gte=first, at__lte=last)
    counted = rows.order_by().values_list("authority").annotate(n=Count("pk"), latest=Max("at"))
    return {unit: (number, latest) for unit, number, latest in counted}
