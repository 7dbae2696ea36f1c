"""Every night a part of the evidence is looked at again: do its bytes, its proofs and the chain of seals still fit?"""

import logging

from django.conf import settings
from django.db.models import F
from django.utils.timezone import localdate, now

from cameras.evidence import leaves, seals, store
from cameras.models import Evidence
from incidents.models import Membership, User
from incidents.notify import create_notices, person_recipients

log = logging.getLogger("cameras.evidence")
SAMPLE = 2000  # of a night: those that were not looked at for the longest time


def find_fault(one):
    """What is wrong with a piece of evidence; "" if nothing is. `one` has incident and seals joined. Raises
    store.StoreAway where that cannot be told now.
    """
    try:
        store.read_checked(one.file, one.sha256)
    except store.FileDamaged as trouble:
        return str(trouble)
    if one.seal and not seals.is_proven(leaves.evidence_leaf(one), one.proof, one.leaf, one.seal):
        return "what its row says is not what was sealed"
    frame = leaves.frame_leaf(one.camera_id, one.taken_at, one.sha256)
    if one.frame_seal and not seals.is_proven(frame, one.frame_proof, one.frame_leaf, one.frame_seal):
        return "the frame that it was is not what was sealed"
    return ""


def check_sample(sample: int = SAMPLE) -> list[str]:
    """Look at the whole chain, and at the evidence that was not looked at for the longest time. Returns the faults.

    Raises store.StoreAway where the store does not answer; run again, it goes on with what was not looked at.
    """
    faults = []
    if broken := seals.SEALS.verify().fault:
        faults.append(broken)
        raise_alarm(broken)
    rows = Evidence.objects.there().select_related("incident", "seal", "frame_seal", "camera")
    rows = rows.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return faults + [fault for row in rows[:sample] if (fault := check_picture(row))]


def check_picture(one: Evidence) -> str:
    """Look at one piece of evidence and keep what was found; a fault raises the alarm. Returns it, or ""."""
    fault = find_fault(one)
    Evidence.objects.filter(pk=one.pk).update(checked_at=now(), fault=fault[:200])
    if not fault:
        return ""
    said = f"{one.incident.reference}, {one.camera.code}, {one.pk}: {fault}"
    raise_alarm(said)
    return said


def raise_alarm(fault):
    """Something that was kept is not what it was: an error in the log, and word to the administrators, once a day."""
    log.error("Evidence is not what it was: %s", fault)
    today = localdate()
    posts = Membership.objects.on(today).filter(role=Membership.Role.ADMIN)
    administrators = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    said = {"day": f"{today:%d/%m/%Y}", "what": fault, "link": settings.SITE_URL}
    create_notices("evidence_damaged", f"evidence:{today}", person_recipients(administrators, now()), said, urgent=True)
