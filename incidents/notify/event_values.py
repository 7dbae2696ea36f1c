"""Fill the texts about an event, in the recipient's language."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from incidents import public_text
from incidents.casework import neighbours, official_letters, verdicts
from incidents.models import Authority, Event, Follow, Incident, Medium, Merge, Report, Subtask
from incidents.notify.outbox import Recipient
from incidents.wording import in_spoken_language, percent, person_name

K = Event.Kind


def reporter_values(
    report: Report, event: Event, *, names_speaker: bool = False
) -> Callable[[Recipient], dict[str, str]]:
    """Return a function of a recipient that returns the values of a reporter's text in the recipient's language.

    `names_speaker`: name the unit that wrote the line, not the one that has the incident.
    """

    def values(recipient):
        with translation.override(recipient.language):
            incident, more = event.incident, {}
            if event.kind == K.MERGED:
                whole = Merge.objects.select_related("into__category", "into__area", "into__authority")
                incident = whole.get(pk=(event.receipt or {})["merge"]).into
                more = {"reference": event.incident.reference, "into": incident.reference}
            unit = event.authority if names_speaker and event.authority else incident.authority
            return (
                incident_values(incident, unit)
                | more
                | {
                    "words": reporter_note(event),
                    "where": incident.where,
                    "received": date_format(localtime(report.received_at), "SHORT_DATE_FORMAT"),
                    "signature": "\n".join(official_letters.signature_lines(unit)),
                    "due": format_moment(incident.due_at) if incident.is_open else "",
                    "link": report_link(report, event, recipient.medium),
                }
            )

    return values


def reporter_note(event):
    if event.kind in (K.REDRAWN, K.RESTORED):
        return "\n".join(in_spoken_language(reason) for reason in event.reasons)
    return "" if event.kind == K.ASSIGNED else public_text.public_note_of(event)


def report_link(report, event, medium):
    if medium == Medium.EMAIL:
        return settings.SITE_URL + reverse("follow", args=[report.token])
    return settings.SITE_URL + verdicts.short_link(report, event)


def staff_values(event: Event, recipient: Recipient) -> dict[str, str]:
    with translation.override(recipient.language):
        incident = event.incident
        return incident_values(incident, incident.authority) | {
            "due": format_moment(incident.due_at),
            "words": public_text.public_note_of(event) or incident.text,
            "who": person_name(event.by),
            "link": desk_link(incident),
        }


def between_units_values(event: Event, recipient: Recipient, *, sentence: str) -> dict[str, str]:
    """Return the values of what one unit says to another. `sentence`: who says what, marked for translation."""
    with translation.override(recipient.language):
        what = gettext(sentence) % {"unit": unit_name(event)}
    return staff_values(event, recipient) | {"what": what, "words": event.note}


def unit_name(event: Event) -> str:
    return event.authority.title if event.authority else ""


def subtask_values(event: Event, recipient: Recipient, *, part: Subtask) -> dict[str, str]:
    return staff_values(event, recipient) | {
        "who": unit_name(event),
        "words": event.note,
        "due": format_moment(part.due_at),
    }


def neighbour_values(event: Event, recipient: Recipient, *, follow: Follow) -> dict[str, str]:
    """Return the values of the question whether a result is so, for one who follows the place."""
    with translation.override(recipient.language):
        incident, witness = event.incident, neighbours.Witness(follow=follow)
        link = settings.SITE_URL + neighbours.link(witness, event)
        unit = event.authority or incident.authority
        return incident_values(incident, unit) | {
            "where": incident.where,
            "link": link,
            "stop": f"{link}?stop=1",
        }


def vague_place_values(event: Event, recipient: Recipient) -> dict[str, str]:
    with translation.override(recipient.language):
        incident = event.incident
        shares = incident.area_shares.select_related("area").defer("area__shape", "area__outline")
        return incident_values(incident, incident.authority) | {
            "metres": f"{incident.accuracy_m:.0f}",
            "shares": "\n".join(f"- {share.area.title}: {percent(share.share)}" for share in shares),
            "link": desk_link(incident),
        }


def incident_values(incident: Incident, unit: Authority) -> dict[str, str]:
    return {
        "reference": incident.reference,
        "category": incident.category.title,
        "area": incident.area.title,
        "unit": unit.title,
    }


def desk_link(incident: Incident) -> str:
    return settings.SITE_URL + reverse("desk-incident", args=[incident.reference])


def format_moment(at: datetime) -> str:
    return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
