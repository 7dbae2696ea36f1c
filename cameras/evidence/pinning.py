"""Pin pictures to an incident by hand, with a reason."""

from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cameras.evidence import keeping, nearby, store
from cameras.models import Evidence, Frame
from incidents import timeline
from incidents.models import Event, Incident, User
from incidents.routing import rules

REASON_MAX = 500
AWAY = gettext_lazy("The picture storage does not answer. Try again in a few minutes.")


class NotPossible(Exception):
    """The picture cannot be pinned or unpinned; the message says why."""


def require_reason(reason: str) -> str:
    reason = " ".join(reason.split())
    if not reason:
        raise NotPossible(_("Give the reason in a few words: it is recorded."))
    if len(reason) > REASON_MAX:
        raise NotPossible(_("Please shorten the reason to %(limit)d characters.") % {"limit": REASON_MAX})
    return reason


def pin_picture(incident: Incident, picture: Frame | Evidence, *, by: User, reason: str) -> Evidence:
    """Keep a picture with an incident: a Frame of the ring, or Evidence that is kept already. Returns the new Evidence.

    The bytes go into the store, then row and event are written in one transaction.
    """
    reason = require_reason(reason)
    if not incident.category.cameras:
        raise NotPossible(_("Cameras may not be used for incidents of this type."))
    seen = read_kept_picture(picture) if isinstance(picture, Evidence) else keeping.read_from_ring(picture)
    if seen is None:
        raise NotPossible(_("The picture is no longer among the recent ones."))
    candidate = nearby.measure_camera(picture.camera, incident.place)
    try:
        with transaction.atomic():
            (row,) = keeping.store_evidence(
                incident, [(Evidence.Moment.PINNED, candidate, [seen])], by=by, reason=reason
            )
            record_pin(incident, Event.Kind.PINNED, row, by, reason)
    except IntegrityError:
        raise NotPossible(_("This picture has already been saved.")) from None
    return row


def pin_clip(incident: Incident, frames: list[Frame], *, by: User, reason: str) -> list[Evidence]:
    """Keep a stretch of pictures of the ring with an incident, with one event for all; those that are pinned already
    are skipped.
    """
    reason = require_reason(reason)
    if not incident.category.cameras:
        raise NotPossible(_("Cameras may not be used for incidents of this type."))
    candidates = {frame.camera_id: nearby.measure_camera(frame.camera, incident.place) for frame in frames}
    with transaction.atomic():
        Incident.objects.lock(incident.pk)
        pinned = Evidence.objects.filter(incident=incident, moment=Evidence.Moment.PINNED, unpinned_at=None)
        known = set(pinned.values_list("camera", "taken_at"))
        new = [frame for frame in frames if (frame.camera_id, frame.taken_at) not in known]
        read = [(frame, keeping.read_from_ring(frame)) for frame in new]
        seen = [(Evidence.Moment.PINNED, candidates[frame.camera_id], [picture]) for frame, picture in read if picture]
        if not seen:
            raise NotPossible(_("All pictures of this section have already been saved."))
        rows = keeping.store_evidence(incident, seen, by=by, reason=reason, kept_at=now())
        receipt = {"evidence": [row.pk for row in rows], "sha256": [row.sha256 for row in rows]}
        text = rules.call_in_both_languages(lambda: keeping.pictures_text(rows))
        timeline.record(incident, Event.Kind.PINNED, by=by, public=False, note=reason, reasons=(text,), receipt=receipt)
    return rows


def read_kept_picture(evidence):
    """Return the picture of evidence as it was kept. Raises NotPossible."""
    try:
        data = store.read_checked(evidence.file, evidence.sha256)
    except store.FileDamaged:
        raise NotPossible(_("This picture is damaged: it cannot be saved.")) from None
    except store.StoreAway:
        raise NotPossible(AWAY) from None
    return keeping.SeenPicture(
        data=data,
        kind=evidence.kind,
        taken_at=evidence.taken_at,
        sha256=evidence.sha256,
        width=evidence.width,
        height=evidence.height,
        health=evidence.health,
        received=evidence.received,
        ring=evidence.ring,
    )


def unpin_picture(evidence: Evidence, *, by: User, reason: str) -> None:
    """Unpin a picture. It is not deleted: it stays as long as the other evidence."""
    reason = require_reason(reason)
    with transaction.atomic():
        locked = Evidence.objects.select_for_update(of=("self",)).get(pk=evidence.pk)
        if not locked.is_pinned:
            raise NotPossible(_("This picture has not been saved by staff."))
        locked.unpinned_at, locked.unpinned_by = now(), by
        locked.save(update_fields=["unpinned_at", "unpinned_by"])
        record_pin(locked.incident, Event.Kind.UNPINNED, locked, by, reason)


def record_pin(incident, kind, row, by, reason):
    receipt = {"evidence": [row.pk], "sha256": row.sha256}
    text = rules.call_in_both_languages(lambda: keeping.pictures_text([row]))
    timeline.record(incident, kind, by=by, public=False, note=reason, reasons=(text,), receipt=receipt)
