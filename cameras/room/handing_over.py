"""Hand over a shift of the control room: unfinished incidents are listed, read, and taken, each by name."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras import freshness
from cameras.models import Camera, HandOver, HandOverItem, RoomClaim, RoomLine
from cameras.room import claims, log
from gis_data.words import tidy
from incidents import access
from incidents.models import AnyUser, Directive, Incident, User

LONGEST, USUAL = timedelta(hours=16), timedelta(hours=8)  # a shift; one of which nobody said when it began
ITEMS_MAX = 20  # that fit on a page with everything else
CAMERAS_MAX, FAILED_FOR = 5, timedelta(hours=1)
NOTE_MAX, THEN_MAX = 1000, 200
K = RoomLine.Kind


class NotPossible(ValueError):
    """The shift cannot be handed over, or taken; the message says why."""


class NotRead(Exception):
    """Not all unfinished incidents are ticked as read: `count` are left."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass
class Unfinished:
    """An incident for the next shift: who has it in hand, what was done last, what comes next."""

    incident: Incident
    holder: User | None = None
    done: str = ""
    then: str = ""
    is_read: bool = False


def shift_begin(at: datetime) -> datetime:
    """Return when the shift that goes on at a moment began: with the last hand-over, else eight hours before."""
    last = HandOver.objects.filter(given_at__lte=at).first()
    return last.given_at if last and at - last.given_at <= LONGEST else at - USUAL


def unfinished_of_shift(user: AnyUser, since: datetime) -> list[Unfinished]:
    """Return the open incidents that are claimed, or acted on since then; nearest deadline first."""
    holders = {claim.incident_id: claim.by for claim in RoomClaim.objects.standing().select_related("by")}
    lines = last_lines(since)
    keys = {*holders, *lines}
    rows = access.incidents_for(user, "room").open().filter(pk__in=keys).with_pages().order_by("due_at", "pk")
    return [
        Unfinished(incident=incident, holder=holders.get(incident.pk), done=done_text(lines.get(incident.pk)))
        for incident in rows[:ITEMS_MAX]
    ]


def last_lines(since: datetime, until: datetime | None = None) -> dict[int, RoomLine]:
    lines: dict[int, RoomLine] = {}
    for line in RoomLine.objects.between(since, until).exclude(incident=None):
        lines.setdefault(line.incident_id, line)
    return lines


def unfinished_of_handover(handover: HandOver) -> list[Unfinished]:
    """Return the unfinished incidents of a hand-over in the reader's language: by the lines as they stood then, or, if
    those are deleted, as stored.
    """
    lines = last_lines(handover.since, handover.given_at)
    rows = handover.items.select_related("incident__category", "incident__area", "incident__authority")
    return [
        Unfinished(
            incident=row.incident, done=done_text(lines.get(row.incident_id)) or row.done, then=row.then,
            is_read=row.is_read,
        )
        for row in rows
    ]  # fmt: skip


def done_text(line):
    if line is None:
        return ""
    return line.text if line.is_own_words else f"{line.get_kind_display()}{f': {line.words}' if line.text else ''}"


def shift_figures(user: AnyUser, since: datetime, at: datetime) -> dict:
    reached = access.incidents_for(user, "room")
    counted = reached.aggregate(
        new=Count("pk", filter=Q(received_at__gte=since)), done=Count("pk", filter=Q(closed_at__gte=since))
    )
    running = Q(state__in=Incident.RUNNING)
    cameras = list(Camera.objects.filter(active=True))
    return {
        "new": counted["new"],
        "done": counted["done"],
        "late": reached.open().filter(running, due_at__lt=at).count(),
        "orders": waiting_orders(user).count(),
        "cameras": len(cameras),
        "seeing": len(cameras) - len(freshness.blind_cameras(cameras, at)),
    }


def waiting_orders(user: AnyUser) -> QuerySet[Directive]:
    directives = access.directives_for(user, "settle").filter(post__role=access.CONTROL)
    return directives.filter(settled_at=None, reported_at=None).select_related("to").order_by("until", "pk")


def failing_cameras(at: datetime) -> list[dict[str, str]]:
    """Return name and health of the cameras that have not seen for an hour or longer, newest failures first."""
    long = Camera.objects.filter(active=True, health_since__lte=at - FAILED_FOR).order_by("-health_since", "code")
    failing = [(camera, freshness.health_of(camera, at)) for camera in long]
    names = [(camera.name, str(health)) for camera, health in failing if health not in freshness.SEEING]
    return [{"name": name, "health": health} for name, health in names[:CAMERAS_MAX]]


def describe_failing_cameras(cameras: list) -> list[str]:
    """Return those cameras in the reader's language; rows that an earlier version stored as text stay as they are."""
    return [
        f"{camera['name']}: {Camera.Health(camera['health']).label}" if isinstance(camera, dict) else camera
        for camera in cameras
    ]


@transaction.atomic
def hand_over(by: User, *, note: str = "", then: Mapping[str, str] | None = None) -> HandOver:
    """Hand over the shift: what is unfinished now, with what comes next (`then`, by reference), and a note.

    Raises NotPossible if another hand-over waits to be taken.
    """
    at, note = now(), tidy(note)
    if len(note) > NOTE_MAX:
        raise NotPossible(_("Too long: at most %(most)s characters.") % {"most": NOTE_MAX})
    since = shift_begin(at)
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            handover = HandOver.objects.create(
                since=since, by=by, given_at=at, note=note, figures=shift_figures(by, since, at),
                cameras=failing_cameras(at),
            )  # fmt: skip
    except IntegrityError:
        raise NotPossible(_("A handed-over shift is waiting to be taken over.")) from None
    with translation.override(settings.LANGUAGE_CODE):
        unfinished = unfinished_of_shift(by, since)
    words = then or {}
    HandOverItem.objects.bulk_create(
        HandOverItem(
            hand_over=handover, incident=task.incident, done=task.done[: log.TEXT_MAX],
            then=tidy(words.get(task.incident.reference, ""))[:THEN_MAX],
        )
        for task in unfinished
    )  # fmt: skip
    log.write_line(K.HANDED_OVER, by, text=note[: log.TEXT_MAX])
    return handover


@transaction.atomic
def take_over(handover: HandOver, by: User, *, read: Collection[str], sure: bool = False) -> HandOver:
    """Take a shift, and the claims of the person who handed it over; ticked incidents (`read`: references) are
    recorded.

    Raises NotRead if something is not ticked and the person is not `sure`, NotPossible if somebody was faster.
    """
    locked = HandOver.objects.select_for_update(of=("self",)).select_related("by").get(pk=handover.pk)
    if locked.taken_at:
        raise NotPossible(_("Somebody has already taken over this shift."))
    items = list(locked.items.select_related("incident"))
    unread = [item for item in items if item.incident.reference not in read]
    if unread and not sure and by.pk != locked.by_id:
        raise NotRead(len(unread))
    HandOverItem.objects.filter(pk__in=[item.pk for item in items if item not in unread]).update(is_read=True)
    locked.taken_by, locked.taken_at = by, now()
    locked.save(update_fields=["taken_by", "taken_at"])
    log.write_line(K.RECEIVED, by, text=received_text(len(items), len(unread)))
    if by.pk != locked.by_id:
        for claim in RoomClaim.objects.standing().filter(by=locked.by_id).select_related("incident"):
            if claim.incident.is_open:
                claims.claim_incident(claim.incident, by, over=True)
    return locked


def received_text(count, unread):
    if not count:
        return ""
    return f"{count - unread} / {count}"


def orders_of(user: AnyUser) -> list[Directive]:
    return list(waiting_orders(user)[:ITEMS_MAX])
