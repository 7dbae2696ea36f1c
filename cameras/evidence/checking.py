"""Verify a part of the evidence every night: bytes, proofs and the chain of seals."""

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
    """Return what is wrong with a piece of evidence, or "". `evidence` has incident and seals joined. Raises
    store.StoreAway if that cannot be told now.
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
    """Verify the whole chain, and the evidence that was not verified for the longest time. Returns the faults.

    Raises store.StoreAway if the store does not answer; the next run goes on with what was not verified.
    """
    faults = []
    if broken := seals.SEALS.verify().fault:
        faults.append(broken)
        raise_alarm(broken)
    rows = Evidence.objects.undeleted().select_related("incident", "seal", "frame_seal", "camera")
    rows = rows.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return faults + [fault for row in rows[:sample] if (fault := check_picture(row))]


def check_picture(evidence: Evidence) -> str:
    fault = find_fault(evidence)
    Evidence.objects.filter(pk=evidence.pk).update(checked_at=now(), fault=fault[:200])
    if not fault:
        return ""
    fault_text = f"{evidence.incident.reference}, {evidence.camera.code}, {evidence.pk}: {fault}"
    raise_alarm(fault_text)
    return fault_text


def raise_alarm(fault):
    log.error("Evidence is not what it was: %s", fault)
    today = localdate()
    posts = Membership.objects.on(today).filter(role=Membership.Role.ADMIN)
    administrators = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    values = {"day": f"{today:%d/%m/%Y}", "what": fault, "link": settings.SITE_URL}
    create_notices(
        "evidence_damaged", f"evidence:{today}", person_recipients(administrators, now()), values, urgent=True
    )
