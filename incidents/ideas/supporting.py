"""Support ideas: one for each confirmed address, taken back by a second tap. From a number on, an answer is owed.

Of one network only so many e-mail addresses count for an idea (`idea_network_most`): they cost nothing. The others are
kept, and staff is told how many they are. Phone numbers all count: each is a SIM card in somebody's name, and carriers
have thousands of customers behind one address.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from gis_data import policies
from gis_data.models import Area
from incidents.ideas.receiving import Person, write_line
from incidents.models import Idea, IdeaLine, IdeaSupport, Medium


class SupportRefused(ValueError):
    """It cannot be supported; the message says why."""


@dataclass(frozen=True)
class NetworkCount:
    """How many supporters of an idea came from one network, and how many of them do not count."""

    network: str
    supporters: int
    uncounted: int


def support_of(idea: Idea, person: Person | None) -> IdeaSupport | None:
    return IdeaSupport.objects.filter(idea=idea, address=person.address).first() if person else None


def supported_by(person: Person | None, ideas: Collection[Idea]) -> set[int]:
    """Return the keys of those of the ideas that this person supports."""
    if person is None:
        return set()
    return set(IdeaSupport.objects.filter(idea__in=ideas, address=person.address).values_list("idea", flat=True))


def home_of(person: Person) -> Area | None:
    """The ward where this person lives, as stated with an earlier idea."""
    stated = IdeaSupport.objects.filter(address=person.address, area__isnull=False).select_related("area")
    latest = stated.order_by("-pk").first()
    return latest.area if latest else None


@transaction.atomic
def support(
    idea: Idea, person: Person, *, network: str, area: Area | None = None, at: datetime | None = None
) -> IdeaSupport:
    """Support an idea; idempotent. `area`: where the person lives, else as stated before. Raises SupportRefused."""
    locked = Idea.objects.select_for_update(of=("self",)).select_related("authority").get(pk=idea.pk)
    if not locked.is_open:
        raise SupportRefused(_("It is decided: it can no longer be supported."))
    if known := support_of(locked, person):
        return known
    row = IdeaSupport.objects.create(
        idea=locked,
        medium=person.medium,
        address=person.address,
        area=area or home_of(person),
        network=network,
        counts=does_count(locked, person.medium, network),
        at=at or now(),
    )
    count_again(locked, at=row.at)
    return row


def does_count(idea: Idea, medium: str, network: str) -> bool:
    """Return whether one more supporter who confirmed by this medium in this network counts."""
    if medium == Medium.SMS:
        return True
    counting = IdeaSupport.objects.filter(idea=idea, network=network, counts=True).exclude(medium=Medium.SMS)
    return counting.count() < policies.current().idea_network_most


@transaction.atomic
def take_back(idea: Idea, person: Person) -> None:
    """Take the support back; idempotent. One more of the same network counts in its place."""
    locked = Idea.objects.select_for_update(of=("self",)).select_related("authority").get(pk=idea.pk)
    row = support_of(locked, person)
    if row is None:
        return
    remove_support(row)
    count_again(locked)


def remove_support(row: IdeaSupport) -> None:
    row.delete()
    if row.counts and row.medium != Medium.SMS:
        rest = IdeaSupport.objects.filter(idea=row.idea_id, network=row.network, counts=False)
        if follower := rest.order_by("pk").first():
            IdeaSupport.objects.filter(pk=follower.pk).update(counts=True)


def count_again(idea: Idea, at: datetime | None = None) -> None:
    """Store the counts of a locked idea, and the moment until which an answer is owed once there are enough."""
    residents = Q(counts=True, area=idea.area_id) if idea.area_id else Q(pk__in=())
    counts = IdeaSupport.objects.filter(idea=idea).aggregate(
        supporters=Count("pk", filter=Q(counts=True)),
        residents=Count("pk", filter=residents),
        uncounted=Count("pk", filter=Q(counts=False)),
    )
    idea.supporters, idea.residents, idea.uncounted = counts["supporters"], counts["residents"], counts["uncounted"]
    rules = policies.current()
    if idea.due_at is None and idea.is_open and idea.supporters >= rules.idea_supporters:
        moment = at or now()
        idea.due_at = moment + timedelta(days=rules.idea_answer_days)
        write_line(idea, IdeaLine.Kind.OWED, at=moment)
    idea.save(update_fields=["supporters", "residents", "uncounted", "due_at"])


def crowded_networks(idea: Idea) -> list[NetworkCount]:
    """The networks with supporters who do not count, the most first."""
    rows = IdeaSupport.objects.filter(idea=idea).exclude(network="").values("network").order_by()
    rows = rows.annotate(several=Count("pk"), beyond=Count("pk", filter=Q(counts=False))).filter(beyond__gt=0)
    return [NetworkCount(row["network"], row["several"], row["beyond"]) for row in rows.order_by("-beyond", "network")]
