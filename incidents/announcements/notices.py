"""Send announcements to followers of the place: urgent ones at once, others with their next digest."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Greatest, Least
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from geoapp.db import locks
from gis_data.models import AreaPiece
from incidents.announcements import acts as announcement_acts
from incidents.models import AnnouncementLine, Follow, FollowedAnnouncement, Incident, Medium, Notice
from incidents.notify.outbox import Recipient, create_notices_in_bulk

NEWS = "follow_news"  # of the texts
BATCH = 500  # follows of a transaction: some tenths of a second
PAUSE = timedelta(hours=1)  # after a message the next one waits so long, where it is not urgent
INTERIORS_MEET = "T********"  # wards that only touch have a border in common, and nothing else
LineKind = AnnouncementLine.Kind


def followers_of(shape: Any, incident: Incident | None = None) -> QuerySet[Follow]:
    """Confirmed follows of a ward or circle that meets this shape (EPSG:4326), or of the incident."""
    pieces = AreaPiece.objects.filter(shape__bboverlaps=shape, shape__relate=(shape, INTERIORS_MEET))
    here = Q(area__in=pieces.values("area"))
    circle = Q(reach__bboverlaps=shape, reach__relate=(shape, INTERIORS_MEET))
    of_incident = Q(incident=incident.pk) if incident else Q(pk__in=())
    return Follow.objects.active().filter(here | circle | of_incident).order_by("pk")


def count_followers(shape: Any, incident: Incident | None = None) -> list[tuple[str, int]]:
    counts = followers_of(shape, incident).order_by().values("medium").annotate(n=Count("pk"))
    return [(str(Medium(row["medium"]).label), row["n"]) for row in counts.order_by("medium")]


@dataclass(frozen=True)
class Outlook:
    """Preview of an announcement: number of addresses by medium, and announcements valid at the place already."""

    followers: list[tuple[str, int]]
    others: list[AnnouncementLine]

    @property
    def total(self) -> int:
        return sum(n for _medium, n in self.followers)


def look_ahead(reach: Any, incident: Incident | None, *, besides: Iterable[int] = ()) -> Outlook:
    shape = reach.shape
    return Outlook(count_followers(shape, incident), announcement_acts.announcements_near(shape, besides=besides))


def tell_line(line_id: int, at: datetime | None = None) -> int:
    """Send a line to followers, or store it for their next digest; idempotent. Returns how many.

    Nothing is sent for a line that was taken back or replaced: the later line is sent.
    """
    return tell_in_batches(line_id, tell_follows, at or now())


def remind_line(line_id: int, at: datetime | None = None) -> int:
    """Remind followers of planned works that are about to begin; idempotent. Returns how many.

    A correction has a reminder of its own: nothing is sent for a line that it replaced.
    """
    return tell_in_batches(line_id, remind_follows, at or now())


def tell_in_batches(
    line_id: int, tell: Callable[[AnnouncementLine, list[Follow], datetime], int], moment: datetime
) -> int:
    """Tell followers of a line in transactions of BATCH; what a killed worker left is told when its job runs again.

    The lock is held for a batch, so that somebody who corrects the line need not wait for all.
    """
    count, last = 0, 0
    while True:
        with transaction.atomic():
            locks.hold(locks.Lock.ANNOUNCEMENTS)
            line = AnnouncementLine.objects.standing().filter(pk=line_id).first()
            if line is None:
                return count
            about = line.announcement
            follows = list(followers_of(about.reach, about.incident).filter(pk__gt=last)[:BATCH])
            count += tell(line, follows, moment)
        if len(follows) < BATCH:
            return count
        last = follows[-1].pk


def tell_follows(line: AnnouncementLine, follows: list[Follow], moment: datetime) -> int:
    if line.kind == LineKind.ENDED:
        notified = notified_addresses(line, follows)
        return write_notices(line, [follow for follow in follows if key_of(follow) in notified])
    if line.is_over(moment):
        return 0
    if line.urgent:
        return write_notices(line, follows)
    return queue_for_digest(line, follows, moment)


def remind_follows(line: AnnouncementLine, follows: list[Follow], moment: datetime) -> int:
    if line.is_over(moment) or line.starts_at <= moment:
        return 0
    return write_notices(line, follows, cause=f"reminded:{line.pk}", urgent=False)


def key_of(follow: Follow) -> tuple[str, str]:
    return follow.medium, follow.address


def notified_addresses(line: AnnouncementLine, follows: list[Follow]) -> set[tuple[str, str]]:
    causes = [cause_of(key) for key in line.announcement.lines.values_list("pk", flat=True)]
    written = Notice.objects.filter(cause__in=causes, address__in={follow.address for follow in follows})
    return set(written.values_list("medium", "address"))


def cause_of(line_id: int) -> str:
    return f"announced:{line_id}"


def write_notices(line: AnnouncementLine, follows: Iterable[Follow], *, cause: str = "", urgent: bool = True) -> int:
    """Write one notice for each address, however many follows it has. Runs under the lock of the announcement."""
    first: dict[tuple[str, str], Follow] = {}
    for follow in follows:
        first.setdefault(key_of(follow), follow)
    words = {language: values_in(language, line) for language in {follow.language for follow in first.values()}}
    letters = [
        (
            cause or cause_of(line.pk),
            Recipient(follow.medium, follow.address, follow.language),
            words[follow.language] | {"stop": settings.SITE_URL + reverse("followed", args=[follow.token])},
        )
        for follow in first.values()
    ]
    return create_notices_in_bulk(NEWS, letters, urgent=urgent)


def values_in(language: str, line: AnnouncementLine) -> dict[str, str]:
    """Return what a notice says in this language to everybody."""
    with translation.override(language):
        sentence, about = announcement_acts.line_in_words(line), line.announcement
        return {
            "what": about.place_title,
            "first": sentence,
            "lines": f"- {sentence}",
            "link": settings.SITE_URL + reverse("announcement", args=[about.pk]),
        }


def queue_for_digest(line: AnnouncementLine, follows: list[Follow], moment: datetime) -> int:
    FollowedAnnouncement.objects.bulk_create(
        [FollowedAnnouncement(follow=follow, line=line) for follow in follows], ignore_conflicts=True
    )
    waiting = FollowedAnnouncement.objects.filter(line=line, follow__in=follows, told_at=None).values("follow")
    due = Greatest(Value(moment), F("told_at") + PAUSE)  # of what is empty PostgreSQL takes the other
    Follow.objects.filter(pk__in=waiting).update(tell_at=Least(F("tell_at"), due))
    return len(follows)


def waiting_lines(follow: Follow, moment: datetime) -> list[AnnouncementLine]:
    waiting = FollowedAnnouncement.objects.filter(follow=follow, told_at=None).values("line")
    return list(AnnouncementLine.objects.shown(moment).filter(pk__in=waiting).order_by("pk"))


def mark_sent(follow: Follow, moment: datetime) -> None:
    FollowedAnnouncement.objects.filter(follow=follow, told_at=None).update(told_at=moment)
