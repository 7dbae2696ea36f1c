"""Record in the viewing ledger who looked at which camera and which evidence; `record_viewing` is the only way in."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils.timezone import now

from cameras.models import Flag, ViewLogEntry, ViewLogHead
from geoapp.db import locks
from geoapp.ledger.ledger import Ledger
from gis_data import policies
from incidents.models import Incident, User

LOOKS = Ledger(
    lines=ViewLogEntry,
    heads=ViewLogHead,
    fields=("pk", "at", "by_id", "how", "cameras", "evidence", "hour", "incident_id", "purpose", "pictures"),
    lock=locks.Lock.LOOKS,
    kept_for=relativedelta(months=12),  # sql/guards/viewing_ledger.sql refuses to delete younger lines
)
H = ViewLogEntry.How
# A line covers repeated viewing for so long; what is new meanwhile gets a line of its own.
ENOUGH = timedelta(minutes=5)
# A picture fetched by a page that recorded the viewing a moment before is not recorded again.
A_MOMENT = timedelta(minutes=1)
# Each of these is always recorded, however soon after another.
ACTS = {H.EXPORT, H.PIN}
# The kinds of lines that cover a single fetched picture; other kinds cover only themselves.
WITHIN = {
    H.PICTURE: (H.WALL, H.FOCUS, H.LIVE, H.PICTURE),
    H.EVIDENCE: (H.FOCUS, H.DESK, H.EVIDENCE, H.EXPORT, H.PIN),
}


def record_viewing(
    user: User | AnonymousUser,
    how: str,
    cameras: Iterable[int] = (),
    *,
    incident: Incident | None = None,
    evidence: Iterable[int] = (),
    purpose: str = "",
    hour: datetime | None = None,
) -> ViewLogEntry | None:
    """Record that a person looks at these cameras, or this evidence (keys). Returns the new line, or None.

    None if the same was opened within the last five minutes, so that a page may call it every few seconds, and for
    anonymous requests. `hour`: of earlier pictures, any moment within their hour. Call it before the picture is shown:
    if it raises, nothing is shown.
    """
    if user.is_anonymous or not (cameras or evidence):
        return None
    hour = hour and hour.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    requested = set(cameras), set(evidence)
    if how not in ACTS and not any(find_unrecorded(user, how, *requested, incident, hour)):
        return None
    with transaction.atomic():
        last = LOOKS.lock_last_line()
        fresh = requested if how in ACTS else find_unrecorded(user, how, *requested, incident, hour)
        if not any(fresh):
            return None
        entry = ViewLogEntry(
            at=now(),
            by=user,
            how=how,
            cameras=sorted(fresh[0]),
            evidence=sorted(fresh[1]),
            hour=hour,
            incident=incident,
            purpose=" ".join(purpose.split())[:200],
            pictures=sum(map(len, fresh)),
        )
        LOOKS.append_after(last, entry)
    return entry


def find_unrecorded(user, how, cameras, evidence, incident, hour):
    since = now() - ENOUGH - (A_MOMENT if how in WITHIN else timedelta())
    lines = ViewLogEntry.objects.filter(by=user, at__gt=since, hour=hour, how__in=WITHIN.get(how, [how])).order_by()
    if how not in WITHIN:
        lines = lines.filter(incident=incident)
    for seen_cameras, seen_evidence in lines.values_list("cameras", "evidence"):
        cameras, evidence = cameras.difference(seen_cameras), evidence.difference(seen_evidence)
    return cameras, evidence


@transaction.atomic
def forget_old(at: datetime | None = None) -> int:
    until = ((at or now()) - relativedelta(months=policies.current().keep_looks_months)).date()
    Flag.objects.filter(day__lt=until).delete()
    return LOOKS.forget_lines(until)
