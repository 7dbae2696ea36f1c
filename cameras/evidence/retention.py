"""Delete evidence after its retention period: some months after its incident's end, later if a supervisor holds it."""

from datetime import datetime, timedelta
from pathlib import PurePosixPath

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cameras.evidence import store
from cameras.evidence.pinning import NotPossible, require_reason
from cameras.models import Evidence, Hold, Tombstone
from gis_data import policies
from incidents import timeline
from incidents.models import Event, Incident, User

# The row of an unreferenced file may be about to be written.
ORPHAN = timedelta(hours=24)


def hold_evidence(incident: Incident, *, by: User, reason: str) -> Hold:
    reason = require_reason(reason)
    try:
        with transaction.atomic():
            Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
            hold = Hold.objects.create(incident=incident, by=by, reason=reason)
            timeline.record(incident, Event.Kind.HELD, by=by, public=False, note=reason)
    except IntegrityError:
        raise NotPossible(_("Deletion of this evidence is already blocked.")) from None
    return hold


def release_evidence(incident: Incident, *, by: User, reason: str) -> None:
    reason = require_reason(reason)
    with transaction.atomic():
        ended = Hold.objects.filter(incident=incident, ended_at=None)
        if not ended.update(ended_at=now(), ended_by=by, ended_why=reason):
            raise NotPossible(_("Deletion of this evidence is not blocked."))
        timeline.record(incident, Event.Kind.UNHELD, by=by, public=False, note=reason)


def active_hold(incident: Incident) -> Hold | None:
    return Hold.objects.filter(incident=incident, ended_at=None).select_related("by").first()


def kept_until(incident: Incident) -> datetime | None:
    """Return when the evidence of an ended incident is deleted, holds aside; None as long as the incident has not
    ended.
    """
    if incident.state not in Incident.ENDED or incident.closed_at is None:
        return None
    return incident.closed_at + relativedelta(months=policies.current().keep_evidence_months)


def expired_evidence(at):
    """Return the evidence to be deleted: its retention period is over, or no camera may look at its incident's
    category.
    """
    until = at - relativedelta(months=policies.current().keep_evidence_months)
    over = Q(incident__in=Incident.objects.ended_before(until).values("pk"))
    expired = Evidence.objects.undeleted().filter(over | Q(incident__category__cameras=False))
    return expired.exclude(incident__in=Hold.objects.filter(ended_at=None).values("incident")).order_by("incident")


def forget_old(at: datetime | None = None) -> int:
    at, count = at or now(), 0
    for key in list(expired_evidence(at).values_list("incident", flat=True).distinct()):
        forgotten = forget_evidence(key, at)
        drop_files(forgotten)
        count += len(forgotten)
    return count


@transaction.atomic
def forget_evidence(incident_id, at):
    """Replace an incident's expired evidence by tombstones; return the rows that got one."""
    incident = Incident.objects.select_for_update(of=("self",)).select_related("category").get(pk=incident_id)
    expired = list(expired_evidence(at).filter(incident=incident).order_by("pk"))
    if not expired:
        return []
    with translation.override(settings.LANGUAGE_CODE):
        why = deletion_reason(incident)
        note = ngettext("%(n)d picture", "%(n)d pictures", len(expired)) % {"n": len(expired)} + f", {why}"
    Tombstone.objects.bulk_create(
        Tombstone(evidence=evidence, sha256=evidence.sha256, why=why, at=at) for evidence in expired
    )
    receipt = {"evidence": [evidence.pk for evidence in expired]}
    timeline.record(incident, Event.Kind.FORGOTTEN, public=False, note=note, receipt=receipt)
    return expired


def deletion_reason(incident):
    if not incident.category.cameras:
        return _("cameras may not be used for incidents of this type")
    months = policies.current().keep_evidence_months
    words = ngettext("%(n)d month after its incident's end", "%(n)d months after its incident's end", months)
    return words % {"n": months}


def drop_files(expired):
    for name, digest in {evidence.file: evidence.sha256 for evidence in expired}.items():
        drop_file(name, digest)


@transaction.atomic
def drop_file(name, digest):
    store.hold_files_alone()
    if Evidence.objects.undeleted().filter(sha256=digest).exists():
        return False
    store.storage().delete(name)
    return True


def sweep_files(at: datetime | None = None) -> int:
    before, count = (at or now()) - ORPHAN, 0
    for name in store.list_files():
        digest = PurePosixPath(name).stem
        if Evidence.objects.undeleted().filter(sha256=digest).exists():
            continue
        if store.storage().get_modified_time(name) < before:
            count += drop_file(name, digest)
    return count
