"""Exchange incidents with units without a desk here, by a letter with a signed link or with their own system.

Their steps are taken in the unit's name: without an account, and the history says by which way. A letter has a link
(`letters`); a system is called and read by Open311 (`georeport`), whose updates become steps (`updates`).
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from incidents import workflow
from incidents.casework import extensions
from incidents.models import Authority, Event, Extension, Incident
from incidents.photos import Picture
from incidents.result_checks import Sending
from incidents.routing import rules

K, WORKS = Event.Kind, Authority.Works
# An incident comes to a unit; which unit that is says the incident.
ARRIVAL_KINDS = (K.ASSIGNED, K.HANDED_OVER, K.HANDED_BACK, K.CLAIMED, K.REDRAWN, K.RESTORED)
# Something happens without the unit that it has to know.
UPDATE_KINDS = (K.ANSWERED, K.UPHELD, K.REOPENED, K.EXTENDED, K.NO_MORE_TIME)


def announce_to_partner(event_id: int) -> None:
    """Defer the job that sends this event to a partner unit, if it is for one. Idempotent."""
    event = Event.objects.select_related("incident__authority").get(pk=event_id)
    if event.kind not in (*ARRIVAL_KINDS, *UPDATE_KINDS):
        return
    works = event.incident.authority.works
    if works == WORKS.EMAIL:
        app.configure_task("incidents.write_outside").defer(event_id=event_id)
    elif works == WORKS.GEOREPORT:
        app.configure_task("incidents.call_outside").defer(event_id=event_id)


def arrival_event(incident: Incident) -> Event | None:
    return incident.timeline.filter(kind__in=ARRIVAL_KINDS).last()


def act_for_unit(
    incident: Incident,
    step: str,
    *,
    way: str,
    note: str = "",
    pictures: Iterable[Picture] = (),
    until: datetime | None = None,
    seen: int | None = None,
    sending: Sending | None = None,
) -> Event | Extension:
    """Take a step in the name of the unit that has the incident. `way`: an English sentence on how it was received;
    `sending`: where a person sends a result from, None for a machine.

    Raises what `workflow` and `extensions` raise for the step.
    """
    reasons = (rules.in_both_languages(way),)
    if step == "more_time":
        if until is None:
            raise extensions.NotPossible(_("Until when?"))
        return extensions.request_extension(incident, by=None, reason=note, until=until, seen=seen, reasons=reasons)
    return workflow.move(incident, step, note=note, pictures=pictures, seen=seen, reasons=reasons, sending=sending)
