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


def fault_of(one):
    """What is wrong with a piece of evidence; "" if nothing is. `one` has incident and seals joined. Raises
    store.Away where that cannot be told now.
    """
    try:
        store.read(one.file, one.sha256)
    except store.Damaged as trouble:
        return str(trouble)
    if one.seal and not seals.holds(leaves.of_evidence(one), one.proof, one.leaf, one.seal):
        return "what its row says is not what was sealed"
    frame = leaves.of_frame(one.camera_id, one.taken_at, one.sha256)
    if one.frame_seal and not seals.holds(frame, one.frame_proof, one.frame_leaf, one.frame_seal):
        return "the frame that it was is not what was sealed"
    return ""


def check(sample=SAMPLE):
    """Look at the whole chain, and at the evidence that was not looked at for the longest time. Returns the faults.

    Raises store.Away where the store does not answer; run again, it goes on with what was not looked at.
    """
    faults = []
    if broken := seals.verify().fault:
        faults.append(broken)
        alarm(broken)
    rows = Evidence.objects.there().select_related("incident", "seal", "frame_seal", "camera")
    rows = rows.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return faults + [fault for one in rows[:sample] if (fault := look(one))]


def look(one):
    """Look at one piece of evidence and keep what was found; a fault raises the alarm. Returns it, or ""."""
    fault = fault_of(one)
    Evidence.objects.filter(pk=one.pk).update(checked_at=now(), fault=fault[:200])
    if not fault:
        return ""
    said = f"{one.incident.reference}, {one.camera.code}, {one.pk}: {fault}"
    alarm(said)
    return said


def alarm(fault):
    """Something that was kept is not what it was: an error in the log, and word to the administrators, once a day."""
    log.error("Evidence is not what it was: %s", fault)
    today = localdate()
    posts = Membership.objects.on(today).filter(role=Membership.Role.ADMIN)
    administrators = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    said = {"day": f"{today:%d/%m/%Y}", "what": fault, "link": settings.SITE_URL}
    create_notices("evidence_damaged", f"evidence:{today}", person_recipients(administrators, now()), said, urgent=True)
