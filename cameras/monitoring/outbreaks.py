"""Detect that many cameras fail together, and notify technicians once at the beginning and once at the end."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras import freshness
from cameras.models import Camera, Outbreak, Source, StorageOutage
from cameras.monitoring import uptime
from incidents import notify
from incidents.access import CONTROL, TECHNICIAN
from incidents.models import Membership, User
from incidents.wording import day_and_time

WITHIN = timedelta(minutes=15)  # cameras that stopped seeing so lately stopped together
# (share of all, at the least so many cameras): of one source, and of the whole city without the sources that failed.
OF_A_SOURCE, OF_THE_CITY = (0.2, 3), (0.1, 10)
OVER = 0.5  # it is over when fewer than this part of the threshold do not see


def update_outbreaks(at: datetime | None = None) -> list[Outbreak]:
    at = at or now()
    by_source = defaultdict(list)
    for camera in uptime.brief_cameras(Camera.objects.filter(active=True).exclude(url="")):
        row = uptime.health_row(camera, at)
        if row.health not in uptime.UNTRIED:
            by_source[camera.source].append(row)
    open_ones = {outbreak.source_id: outbreak for outbreak in Outbreak.objects.filter(ended_at=None)}
    changed = []
    for source, rows in by_source.items():
        if source:
            changed += update_outbreak(source, rows, OF_A_SOURCE, open_ones.get(source.pk), at)
    failed = set(Outbreak.objects.filter(ended_at=None, source__isnull=False).values_list("source", flat=True))
    rest = [row for source, rows in by_source.items() if source is None or source.pk not in failed for row in rows]
    return changed + update_outbreak(None, rest, OF_THE_CITY, open_ones.get(None), at)


def update_outbreak(source, rows, limits, outbreak, at):
    share, at_least = limits
    limit = max(share * len(rows), at_least)
    blind = [row for row in rows if row.health not in freshness.SEEING]
    if outbreak is None:
        lately = [row for row in blind if row.since and row.since > at - WITHIN]
        return begin_outbreak(source, blind, len(rows), at) if len(lately) >= limit else []
    if len(blind) < limit * OVER:
        return end_outbreak(outbreak, len(rows) - len(blind), len(rows), at)
    if len(blind) > outbreak.blind:
        Outbreak.objects.filter(pk=outbreak.pk).update(blind=len(blind), cameras=len(rows))
    return []


def begin_outbreak(source: Source | None, blind: list[uptime.HealthRow], cameras: int, at: datetime) -> list[Outbreak]:
    try:
        with transaction.atomic():
            outbreak = Outbreak.objects.create(source=source, began_at=at, blind=len(blind), cameras=cameras)
            uptime.attach_intervals(blind)
            notify_outbreak("cameras_blind", outbreak, len(blind), cameras, blind)
    except IntegrityError:
        return []
    return [outbreak]


@transaction.atomic
def end_outbreak(outbreak, seeing, cameras, at):
    if not Outbreak.objects.filter(pk=outbreak.pk, ended_at=None).update(ended_at=at):
        return []
    outbreak.ended_at = at
    notify_outbreak("cameras_seeing", outbreak, seeing, cameras)
    return [outbreak]


def notify_outbreak(key, outbreak, count, cameras, blind=()):
    def outbreak_values():
        mostly = Counter(row.words or str(row.label) for row in blind).most_common(1)
        where = str(outbreak.source or _("throughout the city"))
        values = {"where": where, "count": str(count), "cameras": str(cameras)}
        return values | ({"why": mostly[0][0]} if mostly else {})

    notify_technicians(key, outbreak, outbreak_values, f"?source={outbreak.source.code}" if outbreak.source else "")


def notify_technicians(
    key: str, trouble: Outbreak | StorageOutage, words: Callable[[], dict[str, str]], query: str = ""
) -> None:
    """Notify the technicians, or the control room if there are none, of an outbreak or a storage outage.

    `words()` returns the text's other placeholders in the active language; since when, and a link to the affected
    cameras, are added here.
    """

    def notice_values(recipient):
        with translation.override(recipient.language):
            link = f"{settings.SITE_URL}{reverse('camera-health')}{query}"
            return {"since": day_and_time(trouble.began_at), "link": link, **words()}

    about = f"{trouble._meta.model_name}:{trouble.pk}:{key}"
    notify.create_notices(key, about, notify.person_recipients(technicians(), sms=True), notice_values, urgent=True)


def technicians():
    posts = Membership.objects.on()
    some = posts.filter(role=TECHNICIAN)
    notified_posts = some if some.exists() else posts.filter(role=CONTROL)
    return User.objects.filter(pk__in=notified_posts.values("user")).order_by("pk")
