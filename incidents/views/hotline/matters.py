"""Describe incidents to a caller on the phone."""

from collections.abc import Sequence
from typing import NamedTuple

from incidents.casework import verdicts
from incidents.models import Event, Incident, Report


class Matter(NamedTuple):
    """An incident for a caller: its last public line, whether it is theirs, whether they may dispute the result."""

    incident: Incident
    last: Event | None = None
    own: bool = False
    disputable: bool = False


def matters_of(incidents: Sequence[Incident], phone: str = "") -> list[Matter]:
    """Returns the incidents as matters. `phone`: the caller's number, whose own incidents may be disputed."""
    keys = [incident.pk for incident in incidents]
    lines = Event.objects.filter(incident__in=keys, public=True).exclude(note="")
    last = {line.incident_id: line for line in lines.order_by("incident", "-pk").distinct("incident")}
    own = set()
    if phone:
        own = set(Report.objects.filter(phone=phone, incident__in=keys).values_list("incident", flat=True))
    return [
        Matter(
            incident,
            last.get(incident.pk),
            incident.pk in own,
            incident.pk in own and not incident.is_open and is_disputable(incident),
        )
        for incident in incidents
    ]


def is_disputable(incident):
    return verdicts.may_dispute(incident, verdicts.current_result(incident))
