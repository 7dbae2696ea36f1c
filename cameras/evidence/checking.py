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


def find_fault(evidence):
    """What is wrong with a piece of evidence; "" if nothing is. `one` has incident and seals joined. Raises
    store.StoreAway where that cannot be told now.
    """
    try:
        store.read_checked(evidence.file, evidence.sha256)
    except store.FileDamaged as trouble:
        return str(trouble)
    if evidence.seal and not seals.is_proven(
        leaves.evidence_leaf(evidence), evidence.proof, evidence.leaf, evidence.seal
    ):
        return "what its row says is not what was sealed"
    frame = leaves.frame_leaf(evidence.camera_id, evidence.taken_at, evidence.sha256)
    if evidence.frame_seal and not seals.is_proven(
        frame, evidence.frame_proof, evidence.frame_leaf, evidence.frame_seal
    ):
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
    rows = Evidence.objects.undeleted().select_related("incident", "seal", "frame_seal", "camera")
    rows = rows.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return faults + [fault for row in rows[:sample] if (fault := check_picture(row))]


def check_picture(evidence: Evidence) -> str:
    """Look at one piece of evidence and keep what was found; a fault raises the alarm. Returns it, or ""."""
    fault = find_fault(evidence)
    Evidence.objects.filter(pk=evidence.pk).update(checked_at=now(), fault=fault[:200])
    if not fault:
        return ""
    fault_text = f"{evidence.incident.reference}, {evidence.camera.code}, {evidence.pk}: {fault}"
    raise_alarm(fault_text)
    return fault_text


def raise_alarm(fault):
    """Something that was kept is not what it was: an error in the log, and word to the administrators, once a day."""
    log.error("Evidence is not what it was: %s", fault)
    today = localdate()
    posts = Membership.objects.on(today).filter(role=Membership.Role.ADMIN)
    administrators = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    values = {"day": f"{today:%d/%m/%Y}", "what": fault, "link": settings.SITE_URL}
    create_notices(
        "evidence_damaged", f"evidence:{today}", person_recipients(administrators, now()), values, urgent=True
    )
