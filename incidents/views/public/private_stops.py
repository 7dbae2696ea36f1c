"""The four stops of a report on its private page: received, assigned, at work, done."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from incidents.models import Event, Incident, Report

S, K = Incident.State, Event.Kind
REOPENING = (K.UPHELD, K.REOPENED)
MARKED = (
    K.ASSIGNED, K.PASSED_ON, K.HANDED_OVER, K.CLAIMED, K.ACCEPTED, K.BEGUN, K.ASKED, K.DISPUTED, *REOPENING,
)  # fmt: skip
ASSIGNED = (K.ASSIGNED, K.PASSED_ON, K.HANDED_OVER, K.CLAIMED)


@dataclass(frozen=True)
class Stop:
    """`sign`: the state whose icon it shows, "" before it is reached; `is_passed`: the way to the next one is done."""

    name: "str | Promise"
    sign: str = ""
    at: datetime | None = None
    is_passed: bool = False
    is_target: bool = False  # `at` is the deadline


def find_stops(report: Report, incident: Incident, *, withdrawn: bool) -> list[Stop]:
    marked = incident.timeline.filter(kind__in=MARKED).order_by("pk").values_list("kind", "at")
    times: dict[str, datetime] = {str(kind): at for kind, at in marked}  # of each kind the last
    reached = 1 if withdrawn else reached_stop(incident)
    assigned = max((times[kind] for kind in ASSIGNED if kind in times), default=None)
    sign = S.PASSED_ON if incident.state == S.PASSED_ON else S.ASSIGNED
    return [
        Stop(pgettext_lazy("stop", "Arrived"), S.RECEIVED, report.received_at, is_passed=reached > 0),
        Stop(pgettext_lazy("stop", "Assigned"), sign, assigned, is_passed=reached > 1)
        if reached > 0
        else Stop(pgettext_lazy("stop", "Assigned")),
        work_stop(incident, times, is_passed=reached > 2) if reached > 1 else Stop(pgettext_lazy("stop", "Working")),
        last_stop(incident, withdrawn=withdrawn),
    ]


def reached_stop(incident: Incident) -> int:
    if incident.state == S.RECEIVED:
        return 0
    if incident.state in Incident.UNACCEPTED:
        return 1
    return 2 if incident.is_open else 3


def work_stop(incident: Incident, times: dict[str, datetime], *, is_passed: bool) -> Stop:
    """Returns what happens, or happened last, between assignment and end."""
    again = max((times[kind] for kind in REOPENING if kind in times), default=None)
    begun = max((times[kind] for kind in (K.ACCEPTED, K.BEGUN) if kind in times), default=None)
    match incident.state:
        case S.WAITING:
            return Stop(pgettext_lazy("stop", "Asks you"), S.WAITING, times.get(K.ASKED))
        case S.DISPUTED:
            return Stop(pgettext_lazy("stop", "Reviewed again"), S.DISPUTED, times.get(K.DISPUTED))
        case S.ACCEPTED:
            return Stop(pgettext_lazy("stop", "Accepted"), S.ACCEPTED, times.get(K.ACCEPTED))
    name = pgettext_lazy("stop", "Working again") if again else pgettext_lazy("stop", "Working")
    sign = S.EXTENSION if incident.state == S.EXTENSION else S.WORKING
    if incident.state == S.REJECTED:
        name = pgettext_lazy("stop", "Reviewed")
    return Stop(name, sign, max(filter(None, (again, begun)), default=None), is_passed)


def last_stop(incident: Incident, *, withdrawn: bool) -> Stop:
    if incident.is_open:
        return Stop(pgettext_lazy("stop", "Done"), at=incident.due_at, is_target=True)
    name = pgettext_lazy("stop", "Done")
    if withdrawn:
        name = pgettext_lazy("stop", "You withdrew it")
    elif incident.state == S.REJECTED:
        name = pgettext_lazy("stop", "Not accepted")
    return Stop(name, incident.state, incident.closed_at)
