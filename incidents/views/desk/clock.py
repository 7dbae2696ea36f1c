"""Draw an incident's deadline as a line and word it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from incidents.deadlines import service_levels
from incidents.models import Event, Incident
from incidents.wording import day_and_time, duration_in_words, target_in_words

WIDTH = 430  # of the drawing, in its own units
LABEL = 110  # about as wide as a day and time is written
APART = 44  # about as wide as a time is written


@dataclass(frozen=True)
class ClockLine:
    """Positions on the line, from the report (0) to WIDTH; None or empty for what the incident does not have."""

    due: float
    now: float
    stops: list  # (x, width) of each pause
    start_words: str
    due_when: str
    due_words: str
    now_words: str
    counted: str
    spoken: str

    @property
    def past(self) -> float:
        return min(self.due, self.now)

    @property
    def over(self) -> float:
        return max(self.now - self.due, 0)

    @property
    def height(self) -> int:
        return 50 if self.due < LABEL * 2 else 34

    @property
    def due_y(self) -> int:
        return 45 if self.due < LABEL * 2 else 29

    @property
    def due_anchor(self) -> str:
        return "start" if self.due < LABEL else "end"

    @property
    def now_anchor(self) -> str:
        return "end" if self.over else "middle"

    @property
    def shows_now(self) -> bool:
        if self.over:
            return self.height > 34 or self.over >= APART
        return LABEL * 1.3 <= self.now <= self.due - LABEL * 1.3


def waiting_intervals(events: Iterable[Event], end: datetime) -> list[tuple[datetime, datetime]]:
    """Returns (from, to) of each pause of the clock. Events are oldest first; `end` is now or the closing time."""
    waits: list[tuple[datetime, datetime]] = []
    events = list(events)
    for event, following in zip_longest(events, events[1:]):
        if event.state != Incident.State.WAITING:
            continue
        until = following.at if following else end
        if waits and waits[-1][1] == event.at:
            waits[-1] = (waits[-1][0], until)
        else:
            waits.append((event.at, until))
    return waits


def clock_line(incident: Incident, events: Iterable[Event], at: datetime) -> ClockLine:
    """Returns the clock at an aware datetime; events are oldest first."""
    end = incident.closed_at or at
    due = service_levels.due_if_resumed(incident, at)
    waits = waiting_intervals(events, end)
    whole = max(due, end) - incident.received_at or timedelta(seconds=1)

    def x(moment):
        return round(WIDTH * max(moment - incident.received_at, timedelta()) / whole, 1)

    waited = sum((until - since for since, until in waits), timedelta())
    start_words, due_words = day_and_time(incident.received_at), day_and_time(due)
    now_words = f"{localtime(end):%H:%M}"
    return ClockLine(
        due=x(due),
        now=x(end),
        stops=[(x(since), max(x(until) - x(since), 2)) for since, until in waits],
        start_words=start_words,
        due_when=due_words,
        due_words=_("due %(when)s") % {"when": due_words},
        now_words=now_words,
        counted=target_explained(incident.target, waited, service_levels.start_line(incident) is not None),
        spoken=_("Reported %(start)s, due %(due)s, now %(now)s")
        % {"start": start_words, "due": due_words, "now": now_words},
    )


def target_explained(target: str, waited: timedelta, taken_over: bool = False) -> str:
    """Words how a deadline was computed: `48 hours from the report, plus 40 min waiting for the reporter`."""
    length = target_in_words(target)
    if taken_over:
        return _("%(length)s since it was taken over") % {"length": length}
    if waited:
        return _("%(length)s since the report, plus %(waited)s waiting for the reporter") % {
            "length": length,
            "waited": duration_in_words(waited),
        }
    return _("%(length)s since the report") % {"length": length}
