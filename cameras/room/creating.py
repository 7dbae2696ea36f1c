"""Create incidents from the control room: from a camera's picture, or from a place on the map."""

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction
from django.db.models import Count
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.evidence import pinning
from cameras.models import Camera, Frame, RoomLine, View
from cameras.register import fields_of_view
from cameras.room import log
from gis_data.addresses.geocode import degrees_of_metres, nearest_address
from incidents import reporting
from incidents.models import Category, Incident, Report, Severity, User
from incidents.models.incident import IncidentQuerySet

logger = logging.getLogger("cameras.room")
AROUND_M = 150.0  # so far round a place it is looked whether somebody has reported it
USUAL_M, USUAL = 300.0, timedelta(days=90)  # where and when it is looked what is usual there
FEW = 3  # kinds that are proposed at a place
SHOWN = 8  # kinds that are proposed of a picture: each has a digit, and the ninth leads to all others
AHEAD_SHARE = 0.35  # of a camera's range: so far ahead lies what is seen best


@dataclass(frozen=True)
class NewIncident:
    """The input for a new incident: place, category, severity, text, and the picture that shows it."""

    place: Point  # EPSG:4326
    category: Category
    severity: str = Severity.NORMAL
    words: str = ""
    camera: Camera | None = None
    frame: Frame | None = None
    join: Incident | None = None  # "it is this one"
    sending: UUID | None = None


@dataclass
class Creation:
    """The incident that was created or joined, and why its picture was not kept, if so."""

    incident: Incident
    joined: bool
    no_picture: str = ""


@transaction.atomic
def make_incident(new: NewIncident, *, by: User) -> Creation:
    """Create an incident, or a report of an existing one, by `reporting.receive`, and keep the picture.

    The pictures from before and around it are kept by the job of every report. Raises `reporting.ReportRefused`.
    """
    channel = Report.Channel.CAMERA if new.camera else Report.Channel.OFFICER
    incoming = reporting.IncomingReport(
        channel=channel, category=new.category, place=new.place, text=new.words or default_words(new), by=by,
        severity=new.severity, join=new.join,
    )  # fmt: skip
    if new.sending:
        incoming.sending = new.sending
        sent = reporting.find_sent_report(new.sending)
        if isinstance(sent, Report):
            return Creation(sent.incident, joined=new.join is not None)
    incident = reporting.receive(incoming).incident
    creation = Creation(incident, joined=new.join is not None)
    if new.frame:
        creation.no_picture = keep_picture(incident, new.frame, by)
    log.write_line(
        RoomLine.Kind.CREATED, by, incident=incident, camera=new.camera, text=new.words or incident.address_title
    )
    return creation


def default_words(new):
    return new.camera.name if new.camera else ""


def keep_picture(incident, frame, by):
    with translation.override(settings.LANGUAGE_CODE):
        reason = _("The incident was created from this picture.")
    try:
        with transaction.atomic():
            pinning.pin_picture(incident, frame, by=by, reason=reason)
    except pinning.NotPossible as why:
        return str(why)
    except OSError:  # a full disk keeps nobody from making an incident
        logger.exception("The picture of camera %s was not kept", frame.camera_id)
        return _("The picture could not be saved.")
    return ""


def place_in_view(camera: Camera) -> Point:
    """Return the place that a camera shows (EPSG:4326): in its field of view, ahead of it; else where it stands."""
    view = View.objects.with_footprint().filter(camera=camera).first()
    if view is None:
        return camera.place
    if view.range_m and view.bearing_deg is not None:
        ahead = fields_of_view.point_ahead(camera.place, view.bearing_deg, view.range_m * AHEAD_SHARE)
        if view.footprint.covers(ahead):
            return ahead
    inside = view.footprint.point_on_surface
    return Point(inside.x, inside.y, srid=4326)


def suggest_kinds(place: Point, *, first: Iterable[Category] = ()) -> list[Category]:
    """Return up to three categories for a place: given ones first, then usual ones there that can be seen, then the
    most reported.
    """
    around = Incident.objects.filter(
        place__dwithin=(place, degrees_of_metres(USUAL_M, place.y)),
        received_at__gte=now() - USUAL,
        category__cameras=True,
    )
    usual = around.order_by().values("category").annotate(n=Count("pk")).order_by("-n", "category")
    keys = [category.pk for category in first] + list(usual.values_list("category", flat=True)[:FEW])
    keys += Category.objects.leaves().filter(cameras=True, everyday=True).values_list("pk", flat=True)[:FEW]
    known = Category.objects.leaves().select_related("parent").in_bulk(keys)
    return [known[key] for key in dict.fromkeys(keys) if key in known][:FEW]


def suggest_kinds_of_picture(place: Point, *, first: Category | None = None) -> list[Category]:
    """Return up to eight categories that a camera over the street can show: that of its finding, usual ones at the
    place, then by the order of the city's pack. The picture itself is not analysed.
    """
    shown = Category.objects.leaves().filter(cameras=True)
    if shown.filter(camera_rank__isnull=False).exists():
        shown = shown.filter(camera_rank__isnull=False)
    around = Incident.objects.filter(
        place__dwithin=(place, degrees_of_metres(USUAL_M, place.y)), received_at__gte=now() - USUAL
    )
    often = Counter(around.order_by().values_list("category", flat=True))
    ranked = sorted(
        shown.select_related("parent"),
        key=lambda kind: (kind != first, -often[kind.pk], kind.camera_rank or 0, kind.position, kind.code),
    )
    return ranked[:SHOWN]


@dataclass
class Outlook:
    """What a new incident would get: its unit and its deadline as `Incident`, or why it cannot be created."""

    incident: Incident | None = None
    refusal: str = ""
    close: list[Incident] = field(default_factory=list)
    address: str = ""


def look_ahead(place: Point, category: Category | None, severity: str, incidents: IncidentQuerySet) -> Outlook:
    """Return what would become of a new incident; nothing is stored. `incidents`: those among which duplicates are
    searched.
    """
    outlook = Outlook(address=nearest_address(place) or "")
    around = reporting.open_incidents_around(incidents, place, metres=AROUND_M)
    if category:
        around = around.filter(category__parent=category.parent_id)
        incoming = reporting.IncomingReport(
            channel=Report.Channel.OFFICER, category=category, place=place, severity=severity
        )
        try:
            outlook.incident = reporting.preview_report(incoming).incident
        except reporting.ReportRefused as refused:
            outlook.refusal = str(refused)
    outlook.close = list(around.with_pages()[:FEW])
    return outlook
