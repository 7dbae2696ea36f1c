"""Request and decide more time for an incident."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from gis_data import policies
from incidents import access, workflow
from incidents.deadlines import service_levels
from incidents.models import AnyUser, Extension, Incident, User


class NotPossible(ValueError):
    """The request is refused; the message, for the person who asked, says why."""


@transaction.atomic
def request_extension(
    incident: Incident,
    *,
    by: User | None,
    reason: str,
    until: datetime,
    seen: int | None = None,
    reasons: Iterable[dict] = (),
) -> Extension:
    """Request more time until a moment (aware) after the due date, at most `more_time_days` after the first one.

    The clock runs on until it is decided. `seen`: as in `workflow.move`, which raises NotAllowed and NoteMissing.
    Raises NotPossible for an impossible date.
    """
    locked = Incident.objects.lock(incident.pk)
    if until <= max(locked.due_at, now()):
        raise NotPossible(_("Choose a date after %(due)s.") % {"due": clock_and_date(max(locked.due_at, now()))})
    if until > (last := latest_due_date(locked)):
        raise NotPossible(_("An extension can be requested until %(last)s at most.") % {"last": clock_and_date(last)})
    workflow.move(incident, "more_time", by=by, note=reason, seen=seen, reasons=reasons)
    return Extension.objects.create(
        incident=locked, asked_by=by, reason=reason.strip(), was_due_at=locked.due_at, until=until
    )


def latest_due_date(incident: Incident) -> datetime:
    return (incident.first_due_at or incident.due_at) + timedelta(days=policies.current().more_time_days)


@transaction.atomic
def decide_extension(extension: Extension, *, by: User, granted: bool, note: str = "") -> Extension:
    """Grant or refuse an extension; a refusal needs a note.

    Only users with that right decide, never the one who asked. Granting moves the due date and keeps the first one
    beside it. Raises workflow.NotAllowed, also for the second of two concurrent decisions.
    """
    # Lock the incident first, as every step does: another order of the two locks would deadlock.
    locked = Incident.objects.lock(extension.incident_id)
    extension = Extension.objects.select_for_update().get(pk=extension.pk)
    if extension.granted is not None or locked.state != Incident.State.EXTENSION:
        raise workflow.NotAllowed(_("This has already been decided."))
    if extension.asked_by_id == by.pk:
        raise workflow.NotAllowed(_("You cannot decide on your own request for an extension."))
    if not access.incidents_for(by, "decide").filter(pk=locked.pk).exists():
        raise workflow.NotAllowed(_("You are not authorised to decide on this."))
    extension.granted, extension.decided_by, extension.decided_at, extension.note = granted, by, now(), note.strip()
    extension.save(update_fields=["granted", "decided_by", "decided_at", "note"])
    if granted:
        service_levels.add_extension(locked, extension.until)
        locked.save(update_fields=["due_at", "first_due_at", "due_date_trace"])
    workflow.move(locked, "grant" if granted else "refuse", by=by, note=note or granted_note(locked, granted))
    return extension


def granted_note(incident: Incident, granted: bool) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("Due by %(due)s") % {"due": clock_and_date(incident.due_at)} if granted else ""


def extensions_to_decide(user: AnyUser) -> QuerySet[Extension]:
    theirs = access.incidents_for(user, "decide").filter(state=Incident.State.EXTENSION)
    open_ones = Extension.objects.filter(granted=None, incident__in=theirs).exclude(asked_by=user.pk)
    return open_ones.select_related("incident", "asked_by").order_by("was_due_at", "pk")


def clock_and_date(moment: datetime) -> str:
    return f"{localtime(moment):%H:%M %d/%m/%Y}"
