"""Count what is done of a campaign's promise, and say how it stands: before its days, in time, kept or late."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.timezone import localdate, now

from geoapp.web.periods import midnights
from gis_data.models import Area
from incidents.map import public_map
from incidents.models import Campaign, Incident, Proof
from incidents.models.incident import IncidentQuerySet

MAPPED = 300  # pins of open ones, and of those that are done


class Standing(StrEnum):
    AHEAD = "ahead"  # its days have not begun
    RUNNING = "running"
    KEPT = "kept"
    KEPT_LATE = "kept_late"
    LATE = "late"


@dataclass(frozen=True)
class CampaignProgress:
    """Counts of a campaign: done now, done on its last day, and, where incidents are counted, open ones."""

    promised: int
    starts_on: date
    due_on: date
    done: int
    done_in_time: int
    open: int = 0
    late: int = 0
    today: date | None = None

    @property
    def percentage(self) -> float:
        return min(100 * self.done / self.promised, 100)

    @property
    def missing(self) -> int:
        return max(self.promised - self.done, 0)

    @property
    def days_late(self) -> int:
        return max(((self.today or localdate()) - self.due_on).days, 0)

    @property
    def standing(self) -> Standing:
        if self.done_in_time >= self.promised:
            return Standing.KEPT
        if not self.days_late:
            return Standing.AHEAD if (self.today or localdate()) < self.starts_on else Standing.RUNNING
        return Standing.LATE if self.missing else Standing.KEPT_LATE


def campaign_incidents(campaign: Campaign) -> IncidentQuerySet:
    """Return the public incidents of its kinds and places, open or done."""
    categories = list(campaign.categories.values_list("pk", flat=True))
    rows = public_map.published_incidents().counted()
    rows = rows.filter(Q(category__in=categories) | Q(category__parent__in=categories))
    areas = list(campaign.areas.values_list("pk", flat=True))
    return rows.filter(area__in=Area.objects.within(areas).values("pk")) if areas else rows


def done_incidents(campaign: Campaign) -> IncidentQuerySet:
    """Return those of `campaign_incidents` that were done since its first day, proven where that is promised."""
    first, _last = midnights(campaign.starts_on, campaign.due_on)
    done = campaign_incidents(campaign).filter(state__in=Incident.DONE, closed_at__gte=first)
    return done.filter(Exists(Proof.objects.filter(incident=OuterRef("pk")))) if campaign.only_proven else done


def open_incidents(campaign: Campaign) -> IncidentQuerySet:
    """Return those of `campaign_incidents` that are open, also from before its first day: once done, they count."""
    return campaign_incidents(campaign).open()


def mapped_incidents(campaign: Campaign) -> list[Incident]:
    """Return the newest incidents for the map of a campaign: open ones, then those done since its first day."""
    if not campaign.categories.exists():
        return []
    done = done_incidents(campaign).with_pages().order_by("-closed_at", "-pk")[:MAPPED]
    still_open = open_incidents(campaign).with_pages().order_by("-received_at", "-pk")[:MAPPED]
    return [*still_open, *done]


def read_progress(campaign: Campaign, at: datetime | None = None) -> CampaignProgress:
    moment = at or now()
    done, in_time, still_open, late = stated_by_hand(campaign) or count(campaign, moment)
    return CampaignProgress(
        campaign.promised, campaign.starts_on, campaign.due_on, done, in_time, still_open, late, localdate(moment)
    )


def stated_by_hand(campaign: Campaign) -> tuple[int, int, int, int] | None:
    """Return the number that was stated; it is one in time where its day is."""
    if campaign.done_by_hand is None or campaign.done_on is None:
        return None
    return campaign.done_by_hand, campaign.done_by_hand if campaign.done_on <= campaign.due_on else 0, 0, 0


def count(campaign: Campaign, at: datetime) -> tuple[int, int, int, int]:
    _first, last = midnights(campaign.starts_on, campaign.due_on)
    done = done_incidents(campaign).order_by().aggregate(
        done=Count("pk", filter=Q(closed_at__lte=at)), in_time=Count("pk", filter=Q(closed_at__lt=min(last, at)))
    )  # fmt: skip
    standing = (
        open_incidents(campaign).order_by().aggregate(open=Count("pk"), late=Count("pk", filter=Q(due_at__lt=at)))
    )
    return done["done"], done["in_time"], standing["open"], standing["late"]
