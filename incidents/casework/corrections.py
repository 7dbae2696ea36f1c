"""Correct the place or category of an incident, and route and date it again by today's rules.

Deadlines count from when it was reported. Time spent waiting for the reporter, and extensions, stay counted. The
history keeps the former values.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import Point
from django.db import transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from gis_data import city
from gis_data.addresses import geocode
from gis_data.models import Area
from gis_data.words import tidy
from incidents import timeline, workflow
from incidents.casework import assignment
from incidents.deadlines import service_levels
from incidents.models import Authority, Category, Event, Extension, Incident, Report, User
from incidents.public_text import reporter_receipt, store_words
from incidents.redaction import without_contacts
from incidents.routing import rules
from incidents.steps import STEPS

S, E = Incident.State, Event.Kind
MOVED = gettext_noop("The location was corrected by %(metres)s m: it was in %(old)s and is now in %(new)s.")
MOVED_WITHIN = gettext_noop("The location was corrected by %(metres)s m: it is still in %(new)s.")
RENAMED = gettext_noop("The location did not change; its name was corrected.")
OTHER_KIND = gettext_noop("It was “%(old)s” and is now “%(new)s”.")
NEW_DATE = gettext_noop("The deadline was %(old)s and is now %(new)s.")
OTHERS = gettext_noop("It was corrected: %(unit)s is responsible for it.")
NOT_PUBLIC = gettext_noop("Incidents of this type are not public.")
SAME_PLACE_M = 1.0  # metres: nearer than this it is the same place
WORDS_MAX, ADDRESS_MAX = 1000, 200
FIELDS = (
    *workflow.STEP_FIELDS, *service_levels.DATE_FIELDS, "category", "place", "accuracy_m", "address", "near", "area",
)  # fmt: skip


class NotCorrectable(ValueError):
    """The correction is refused: `field` is at fault; the message says what to do."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Corrector:
    """Author of a correction: a staff user or the sender of a report, with their words."""

    by: User | None
    report: Report | None
    reason: str

    @property
    def note(self) -> str:
        return without_contacts(self.reason) if self.report else self.reason


@transaction.atomic
def correct_place(
    incident: Incident,
    *,
    place: Point,
    words: str = "",
    accuracy_m: float | None = None,
    by: User | None = None,
    reason: str = "",
    report: Report | None = None,
    seen: int | None = None,
) -> Event:
    """Set the place of an incident (EPSG:4326). Returns the event.

    `words`: public name of the place; "": the name known there. `accuracy_m`: radius in metres of a vague place. `by`:
    staff user, with a reason; or `report`, whose sender corrects it until a unit has accepted the incident. `seen`: as
    in `workflow.move`. Raises NotCorrectable (`place`), workflow.NotAllowed, workflow.NoteMissing.

    One transaction: areas of the place, unit by today's rules, deadlines, history with old and new values, notices to
    all reporters and, if urgent, to the new unit, and live news.
    """
    corrector = Corrector(by, report, tidy(reason)[:WORDS_MAX])
    locked = lock_correctable(incident, corrector, seen)
    named, metres = tidy(words)[:ADDRESS_MAX], metres_between(locked.place, place)
    try:
        located = geocode.locate(place)
    except geocode.OutsideTheCity:
        message = _("This place is outside the city. Move the pin inside it.")
        raise NotCorrectable("place", message) from None
    if metres < SAME_PLACE_M and named in ("", locked.address):
        raise NotCorrectable("place", _("The location is already there."))
    was, old_area = locked.place, locked.area
    where = geocode.NamedPlace(without_contacts(named)[:ADDRESS_MAX]) if named else geocode.named_place(place)
    locked.place, locked.accuracy_m, locked.area = place, accuracy_m, located.area
    locked.address, locked.near = where.name[:ADDRESS_MAX], where.near
    locked.area_shares.all().delete()
    correction_note = rules.in_both_languages(
        RENAMED if metres < SAME_PLACE_M else MOVED_WITHIN if old_area == located.area else MOVED,
        metres=round(metres), old=lambda: old_area.title, new=lambda: located.area.title,
    )  # fmt: skip
    receipt = {"was": {"lon": was.x, "lat": was.y, "area": old_area.code}}
    event = route_again(
        locked, located, corrector, kind=E.RELOCATED, reason=correction_note, receipt=receipt, came_from=was
    )
    incident.refresh_from_db()
    return event


@transaction.atomic
def correct_category(
    incident: Incident, *, category: Category, by: User, reason: str, seen: int | None = None
) -> Event:
    """Set the category of an incident. Returns the event; see `correct_place` for all that changes.

    An incident of a category that is never public is hidden at once. One that was of such a category is not published
    by the correction. Raises NotCorrectable (`category`), workflow.NotAllowed, workflow.NoteMissing.
    """
    corrector = Corrector(by, None, tidy(reason)[:WORDS_MAX])
    locked = lock_correctable(incident, corrector, seen)
    if category.parent_id is None:
        raise NotCorrectable("category", _("Choose what it is about."))
    if category.pk == locked.category_id:
        raise NotCorrectable("category", _("It is already of this type."))
    was_published = locked.published
    was, private = locked.category, locked.category.is_never_public or locked.was_never_public
    lines_are_public = not private and not category.is_never_public
    if locked.published and category.is_never_public:
        hide_before_correction(locked, by)
    locked.category = category
    locked.published = locked.published or (not private and may_be_shown(locked))
    if locked.published != was_published:
        store_words(locked)
    correction_note = rules.in_both_languages(OTHER_KIND, old=lambda: was.title, new=lambda: category.title)
    receipt = {"was": {"category": was.code}, "private": was.is_never_public}
    event = route_again(
        locked,
        located_today(locked),
        corrector,
        kind=E.RECLASSIFIED,
        reason=correction_note,
        receipt=receipt,
        public=lines_are_public,
    )
    incident.refresh_from_db()
    return event


def lock_correctable(incident, corrector, seen):
    """The incident, locked. Raises workflow.NoteMissing, workflow.NotAllowed."""
    if corrector.report is None and not corrector.reason:
        raise workflow.NoteMissing(_("Give a short reason for the correction."))
    locked = workflow.lock_incident(incident, seen)
    origins = Incident.UNACCEPTED if corrector.report else STEPS["relocate"].origins
    if locked.state not in origins:
        raise workflow.already_done(locked)
    if corrector.report and corrector.report.incident_id != locked.pk:
        raise workflow.NotAllowed(_("This report belongs to another incident."))
    return locked


@dataclass(frozen=True)
class PlaceChange:
    """The effect of a correction of the place: distance, area and responsible unit."""

    metres: float
    name: str
    area: Area
    is_other_area: bool
    unit: Authority
    is_other_unit: bool


def preview_place(incident: Incident, place: Point) -> PlaceChange:
    """Compute the effect of `correct_place` without storing it. Raises geocode.OutsideTheCity."""
    located = geocode.locate(place)
    unit = rules.find_route(incident.category, located).authority
    return PlaceChange(
        metres=metres_between(incident.place, place),
        name=geocode.named_place(place).title,
        area=located.area,
        is_other_area=located.area.pk != incident.area_id,
        unit=unit,
        is_other_unit=unit.pk != incident.authority_id,
    )


def may_sender_correct(incident: Incident, report: Report) -> bool:
    return incident.state in Incident.UNACCEPTED and incident.reports_count == 1 and report.erased_at is None


def located_today(incident: Incident) -> geocode.Located:
    try:
        return geocode.locate(incident.place)
    except geocode.OutsideTheCity:
        return geocode.Located((incident.area,))


def metres_between(place: Point, other: Point) -> float:
    """Distance in metres of two points (EPSG:4326)."""
    metric = city.current().metric_srid
    return place.transform(metric, clone=True).distance(other.transform(metric, clone=True))


def hide_before_correction(incident, by):
    """Hide an incident before its category changes, so that live news names the old category only."""
    incident.published = False
    reasons = (rules.in_both_languages(NOT_PUBLIC),)
    timeline.record(incident, E.HIDDEN, by=by, authority=incident.authority, public=False, reasons=reasons)


def may_be_shown(incident):
    at_once = incident.category.publishes(Category.Publish.AT_ONCE)
    return workflow.becomes_public(incident) or (at_once and not incident.timeline.filter(kind=E.HIDDEN).exists())


def route_again(
    incident: Incident,
    located: geocode.Located,
    corrector: Corrector,
    *,
    kind: Event.Kind,
    reason: dict,
    receipt: dict,
    public: bool = True,
    came_from: Point | None = None,
) -> Event:
    """Route and date a locked incident whose place or category changed, save it, and write events and notices."""
    moment, way, before, due = now(), rules.find_route(incident.category, located), incident.authority, incident.due_at
    moves = way.authority.pk != before.pk
    if moves:
        change_unit(incident, way.authority, moment, by_rule=way.by_rule)
    elif incident.handler and not assignment.assignable_people(incident).filter(pk=incident.handler.pk).exists():
        incident.handler = None
    incident.steps_taken += 1
    incident.changed_at = moment
    date_again(incident, moment)
    incident.save(update_fields=FIELDS)
    incident.corrections.all().delete()  # of what it was before
    reasons = [reason, *way.reasons]
    if incident.due_at != due:
        reasons.append(rules.in_both_languages(NEW_DATE, old=clock_and_day(due), new=clock_and_day(incident.due_at)))
    receipt = (way.receipt or {}) | receipt | ({"from_unit": before.code} if moves else {})
    if corrector.report:
        receipt |= reporter_receipt(corrector.report)
    by, note = corrector.by, corrector.note
    lines = [
        timeline.Line(
            kind,
            by=by,
            authority=incident.authority,
            note=note,
            public=public,
            reasons=tuple(reasons),
            receipt=receipt,
            at=moment,
        )
    ]
    if moves:
        note = rules.in_city_language(OTHERS, unit=lambda: incident.authority.title)
        handover_receipt = {"corrected": True}
        lines.append(
            timeline.Line(
                E.HANDED_OVER, by=by, authority=before, note=note, public=public, receipt=handover_receipt, at=moment
            )
        )
    events = timeline.write_lines(incident, *lines, came_from=came_from)
    if STEPS["relocate"].evidence and incident.category.cameras:
        job = app.configure_task("cameras.capture_evidence")
        job.defer(incident_id=incident.pk, moment=STEPS["relocate"].evidence, event_id=events[0].pk)
    return events[0]


def change_unit(incident: Incident, to: Authority, moment: datetime, *, by_rule: bool) -> None:
    """Change the unit of an incident, unsaved: its pause and extension requests end; handler and crew are cleared."""
    if incident.waiting_since:
        service_levels.add_pause(incident, incident.waiting_since, moment)
        incident.waiting_since = None
    Extension.objects.filter(incident=incident, granted=None).update(granted=False, decided_at=moment)
    incident.authority, incident.outside_reference = to, ""
    incident.handler = incident.crew = None
    incident.state = S.ASSIGNED if by_rule else S.RECEIVED


def date_again(incident: Incident, moment: datetime) -> None:
    """Date an incident, unsaved, from when it was reported, with its later pauses and extensions."""
    known, unit = service_levels.current_rules(), incident.authority.pk
    dates = known.dates(incident.category, incident.severity, unit, service_levels.clock_start(incident))
    values = service_levels.recompute_dates(incident, dates, known.calendar(unit))
    for name, value in zip(service_levels.DATE_FIELDS, values, strict=True):
        setattr(incident, name, value)
    incident.next_check_at = moment if incident.state in Incident.RUNNING else None  # the next chase looks anew


def clock_and_day(moment: datetime) -> str:
    return f"{localtime(moment):%H:%M %d/%m/%Y}"
