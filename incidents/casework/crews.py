"""Crews of a unit: who is on shift, what each has, and assignment of incidents to them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _

from incidents import access, timeline, workflow
from incidents.casework.assignment import NotAssignable, assignable_people
from incidents.models import Absence, Crew, Event, Incident, Membership, User

S = Incident.State
SHEETS_MAX = 30  # work orders that are printed at a time


@dataclass(frozen=True, kw_only=True)
class CrewState:
    """A crew at a moment.

    `people`: members present today. `until`: end of the current shift; `back`: begin of the next one between shifts.
    `at`: incident begun last; `has`: all its incidents, nearest deadline first.
    """

    crew: Crew
    people: int
    until: datetime | None
    back: datetime | None
    at: Incident | None
    has: list[Incident]

    @property
    def is_out(self) -> bool:
        return self.until is not None

    @property
    def orders_query(self) -> str:
        return urlencode({"of": [incident.reference for incident in self.has[:SHEETS_MAX]]}, doseq=True)

    @property
    def is_full(self) -> bool:
        return len(self.has) >= self.crew.room


@transaction.atomic
def assign_crew(incident: Incident, to: Crew | None, by: User, seen: int | None = None) -> Event | None:
    """Assign an open incident to a crew (None: to none). Returns the event, or None where nothing changed.

    Writes the row and an internal event, which notifies the crew. `seen`: as in `workflow.move`, which raises
    NotAllowed where the incident has changed. Raises NotAssignable.
    """
    locked = workflow.lock_incident(incident, seen)
    if not locked.is_open:
        raise workflow.NotAllowed(_("It is closed: it cannot be assigned to anyone."))
    if to and (to.ended_at or to.authority_id != locked.authority_id):
        raise NotAssignable(
            _("%(name)s is not a crew of %(unit)s.") % {"name": to.name, "unit": locked.authority.title}
        )
    if locked.crew_id == (to and to.pk):
        return None
    locked.crew = to
    locked.save(update_fields=["crew"])
    with translation.override(settings.LANGUAGE_CODE):
        note = to.name if to else _("Assign to no crew")
    event = timeline.record(locked, Event.Kind.CREWED, by=by, authority=locked.authority, note=note, public=False)
    incident.refresh_from_db()
    return event


@transaction.atomic
def give_up_crew(crew: Crew, by: User) -> int:
    has = list(Incident.objects.filter(crew=crew, closed_at=None).order_by("pk"))
    for incident in has:
        assign_crew(incident, None, by)
    crew.ended_at = now()
    crew.save(update_fields=["ended_at"])
    return len(has)


def assignable_crews(incident: Incident) -> QuerySet[Crew]:
    return Crew.objects.of_units([incident.authority_id])


def members_to_notify(event: Event) -> list[User]:
    members = assignable_people(event.incident).filter(crews=event.incident.crew_id).order_by("pk")
    return [person for person in members if person.pk != event.by_id]


def crew_states(crews: Iterable[Crew], at: datetime) -> list[CrewState]:
    """State of each crew, in order. The number of queries is fixed; none without crews."""
    crews = list(crews)
    if not crews:
        return []
    people, has = count_people(crews, at), incidents_by_crew([crew.pk for crew in crews])
    states = []
    for crew in crews:
        shift = crew.shift_at(at)
        working = [incident for incident in has[crew.pk] if incident.state == S.WORKING]
        states.append(
            CrewState(
                crew=crew,
                people=people[crew.pk] + crew.others,
                until=shift[1] if shift else None,
                back=None if shift else crew.next_shift(at),
                at=max(working, key=lambda incident: incident.changed_at, default=None),
                has=has[crew.pk],
            )
        )
    return states


def count_people(crews: Collection[Crew], at: datetime) -> Counter[int]:
    day, units = localdate(at), {crew.pk: crew.authority_id for crew in crews}
    posts = Membership.objects.on(day).filter(authority__in=set(units.values()))
    posts = posts.exclude(user__in=Absence.objects.on(day).values("user"))
    here = set(posts.values_list("authority", "user"))
    members = Crew.members.through.objects.filter(crew__in=list(units)).values_list("crew", "user")
    return Counter(crew for crew, user in members if (units[crew], user) in here)


def incidents_by_crew(crews: Collection[int]) -> defaultdict[int, list[Incident]]:
    fields = "reference", "state", "crew", "address", "near", "changed_at", "due_at", "closed_at", "category", "area"
    open_ones = Incident.objects.filter(crew__in=crews, closed_at=None).select_related("category", "area")
    open_ones = open_ones.only(*fields, "category__name", "category__name_en", "category__icon", "area__full_name",
                               "area__full_name_en")  # fmt: skip
    by_crew: defaultdict[int, list[Incident]] = defaultdict(list)
    for incident in open_ones.order_by("due_at", "pk"):
        by_crew[incident.crew_id].append(incident)  # type: ignore[index]  # those of crews have one
    return by_crew


def own_crews(user: User) -> QuerySet[Crew]:
    return Crew.objects.in_use().filter(members=user.pk, authority__in=access.authorities_of(user).values("pk"))
