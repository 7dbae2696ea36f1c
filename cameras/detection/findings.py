"""Manage the findings of cameras, from the proposal until a person decides.

Only `propose_finding`, `make_incident` and `dismiss_finding` change them. Nothing becomes an incident by itself.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Case, F, OuterRef, Q, Subquery, When, Window
from django.db.models.functions import RowNumber
from django.utils import translation
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cameras.evidence import keeping
from cameras.models import Camera, Finding, HealthInterval, RoomLine
from cameras.room import log as room_log
from gis_data.words import plain
from incidents import reporting
from incidents.models import Category, Incident, Report, User
from incidents.models.incident import IncidentQuerySet

log = logging.getLogger("cameras.findings")
K, S = Finding.Kind, Finding.State
DECIDED = (S.MADE, S.DISMISSED)
# Camera states that last so long are proposed automatically.
OF_A_VERDICT: dict[str, str] = {
    Camera.Health.MOVED: K.MOVED,
    Camera.Health.COVERED: K.COVERED,
    Camera.Health.BLURRED: K.BLURRED,
}
LASTS = timedelta(minutes=10)
# After a person's decision, the same kind is not proposed again at the camera for so long.
QUIET = timedelta(hours=6)
LATER, TAKEN_BACK = timedelta(minutes=30), timedelta(minutes=1)
LATELY, FEW = 10, 5  # how many decisions of a kind are looked at, and from how many on they say something
# Words by which the category is looked up in the city's catalogue, in this order.
WORDS = {
    K.MOVED: ("camera", "đèn tín hiệu"), K.COVERED: ("camera", "đèn tín hiệu"), K.BLURRED: ("camera", "đèn tín hiệu"),
    K.CROWD: ("tụ tập", "đông người", "trật tự"), K.TRAFFIC: ("ùn tắc", "kẹt xe"), K.WATER: ("ngập",),
}  # fmt: skip


class AlreadyDecided(Exception):
    """Somebody else decided meanwhile; the finding says who and what."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.pk)
        self.finding = finding


class NotPossible(ValueError):
    """It cannot be decided so; the message says why."""


def propose_finding(
    camera: Camera,
    kind: str,
    since: datetime,
    *,
    score: float | None = None,
    picture: bytes = b"",
    taken_at: datetime | None = None,
    boxes: Sequence[Sequence[float]] = (),
    usual: float | None = None,
) -> Finding | None:
    """Open a finding of a camera, or confirm the open one. Returns the open finding, or None.

    None if a person decided on the same kind at this camera within six hours, or since it began, or while nobody may be
    shown the camera's picture. `picture`: JPEG; `boxes`: where in it the cause lies (x, y, width, height, in fractions
    of it); `usual`: the usual count.
    """
    at = now()
    if camera.is_paused(at):
        return None
    decided = Finding.objects.filter(camera=camera, kind=kind, state__in=DECIDED)
    if decided.filter(Q(since=since) | Q(decided_at__gt=max(at - QUIET, since))).exists():
        return None
    places = [[round(part, 4) for part in box] for box in boxes]
    new = {"since": since, "seen_at": at, "score": score, "taken_at": taken_at, "usual": usual, "boxes": places}
    try:
        with transaction.atomic():
            finding, is_new = Finding.objects.get_or_create(camera=camera, kind=kind, state=S.OPEN, defaults=new)
            if is_new and picture:
                name = f"findings/{camera.pk}/{finding.pk}.jpg"
                finding.picture = default_storage.save(name, ContentFile(picture))
                finding.save(update_fields=["picture"])
    except IntegrityError:  # another proposed it at the same moment
        return Finding.objects.filter(camera=camera, kind=kind, state=S.OPEN).first()
    if not is_new:
        Finding.objects.filter(pk=finding.pk).update(seen_at=at)
    return finding


def propose_from_states() -> tuple[int, int]:
    """Propose camera states that have lasted ten minutes, and close findings that passed. Returns (opened, closed)."""
    at = now()
    open_before = set(Finding.objects.filter(state=S.OPEN).values_list("pk", flat=True))
    lasting = HealthInterval.objects.filter(
        until=None, health__in=OF_A_VERDICT, since__lte=at - LASTS, camera__active=True
    )
    proposed = [
        propose_finding(
            interval.camera,
            OF_A_VERDICT[interval.health],
            interval.since,
            picture=read_proof(interval),
            taken_at=interval.taken_at,
        )
        for interval in lasting.select_related("camera")
    ]
    seen = {finding.pk for finding in proposed if finding}
    kinds = OF_A_VERDICT.values()
    rest = Finding.objects.filter(state=S.OPEN, kind__in=kinds).exclude(pk__in=seen)
    return len(seen - open_before), close_passed(kinds, pk__in=list(rest.values_list("pk", flat=True)))


def close_passed(kinds: Iterable[str], **which: object) -> int:
    """Close the open findings of these kinds, narrowed by `which`, that are not seen any more. Returns how many."""
    open_ones = Finding.objects.filter(state=S.OPEN, kind__in=kinds, **which)
    return open_ones.update(state=S.GONE, decided_at=now())


def read_proof(interval):
    try:
        with default_storage.open(interval.proof) as file:
            return file.read()
    except (FileNotFoundError, IsADirectoryError, ValueError):  # none was kept, or it is gone
        return b""


def make_incident(
    user: User, key: int, category: Category, text: str = "", *, join: Incident | None = None
) -> Incident:
    """Make a finding an incident, or a report of an existing one (`join`), by `reporting.receive`; its picture is kept
    as evidence at once. Returns the incident.

    Raises AlreadyDecided if somebody was quicker, `reporting.ReportRefused` if the report is not accepted.
    """
    with transaction.atomic():
        finding = lock_finding(key)
        with translation.override(settings.LANGUAGE_CODE):
            words = text.strip() or f"{finding.get_kind_display()}: {finding.camera.name}"
        report = reporting.receive(
            reporting.IncomingReport(
                channel="camera", category=category, place=finding.camera.place, text=words, by=user, join=join
            )
        )
        decide_finding(finding, S.MADE, user, incident=report.incident)
        try:
            keeping.keep_finding_picture(report.incident, finding)
        except OSError:  # a full disk keeps nobody from making it an incident
            log.exception("The picture of what camera %s reported was not kept", finding.camera.code)
        kind = RoomLine.Kind.MERGED if join else RoomLine.Kind.MADE
        room_log.write_line(kind, user, incident=report.incident, camera=finding.camera)
    return report.incident


def dismiss_finding(user: User, key: int, reason: str) -> None:
    """Close a finding as nothing, with a person's reason. Raises AlreadyDecided, NotPossible."""
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise NotPossible(_("Explain in a few words why it is nothing."))
    with transaction.atomic():
        finding = lock_finding(key)
        decide_finding(finding, S.DISMISSED, user, reason=reason)
        if finding.kind not in Finding.FAULTS:
            room_log.write_line(RoomLine.Kind.DISMISSED, user, camera=finding.camera, text=reason)


def postpone_finding(user: User, key: int) -> None:
    """Show a finding again in half an hour, if it is still open then. Raises AlreadyDecided."""
    with transaction.atomic():
        finding = lock_finding(key)
        finding.later_until = now() + LATER
        finding.save(update_fields=["later_until"])


def undo_decision(user: User, key: int) -> bool:
    """Undo this person's dismissal or postponement within a minute; return whether that was possible."""
    with transaction.atomic():
        finding = Finding.objects.select_for_update(of=("self",)).filter(pk=key).first()
        if finding is None:
            return False
        if finding.state == S.OPEN:
            finding.later_until = None
        elif finding.state == S.DISMISSED and finding.by_id == user.pk and is_fresh(finding):
            if Finding.objects.filter(camera=finding.camera_id, kind=finding.kind, state=S.OPEN).exists():
                return False  # it was proposed anew
            finding.state, finding.decided_at, finding.by, finding.reason = S.OPEN, None, None, ""
        else:
            return False
        finding.save()
    return True


def is_fresh(finding):
    return finding.decided_at is not None and finding.decided_at > now() - TAKEN_BACK


@dataclass
class Decided:
    """The outcome of several decisions: the decided findings, the incident, those that others decided first, and
    failures.
    """

    done: list[int] = field(default_factory=list)
    incident: Incident | None = None
    quicker: list[Finding] = field(default_factory=list)
    fault: str = ""


def decide_several(
    user: User,
    keys: Iterable[int],
    act: str,
    *,
    reason: str = "",
    category: Category | None = None,
    join: Incident | None = None,
    text: str = "",
) -> Decided:
    """Decide several findings at once: "dismiss" them for a reason, postpone them ("later"), or "make" one incident of
    all, a new one of this category or the one to be joined. Findings that somebody else decided meanwhile are skipped.
    """
    decided = Decided(incident=join)
    for key in dict.fromkeys(keys):
        try:
            if act == "dismiss":
                dismiss_finding(user, key, reason)
            elif act == "later":
                postpone_finding(user, key)
            elif decided.incident:
                make_incident(user, key, decided.incident.category, join=decided.incident)
            elif category:
                decided.incident = make_incident(user, key, category, text)
            decided.done.append(key)
        except AlreadyDecided as error:
            decided.quicker.append(error.finding)
        except (NotPossible, reporting.ReportRefused) as refusal:
            decided.fault = str(refusal)
            break
    return decided


def lock_finding(key):
    """Return the finding, locked until the transaction ends. Raises AlreadyDecided, Finding.DoesNotExist."""
    finding = Finding.objects.select_for_update(of=("self",)).select_related("camera", "by").get(pk=key)
    if finding.state != S.OPEN:
        raise AlreadyDecided(finding)
    return finding


def decide_finding(finding, state, user, **more):
    finding.state, finding.by, finding.decided_at = state, user, now()
    for name, value in more.items():
        setattr(finding, name, value)
    finding.save()


def mostly_dismissed() -> dict[str, tuple[int, int]]:
    """Return {kind: (dismissed, recently decided)} of the kinds of which more than half were dismissed."""
    lately = Finding.objects.filter(state__in=DECIDED).annotate(
        nth=Window(RowNumber(), partition_by=F("kind"), order_by=F("decided_at").desc())
    )
    counted = {}
    for kind, state in lately.filter(nth__lte=LATELY).values_list("kind", "state"):
        dismissed, of = counted.get(kind, (0, 0))
        counted[kind] = (dismissed + (state == S.DISMISSED), of + 1)
    return {kind: (no, of) for kind, (no, of) in counted.items() if of >= FEW and 2 * no > of}


def suggest_category(kind: str, categories: Iterable[Category]) -> Category | None:
    """Return the category that fits: what people chose last for such a finding, else the catalogue's own for this
    kind.
    """
    first_channel = Report.objects.filter(incident=OuterRef("incident")).order_by("pk").values("channel")[:1]
    made_findings = Finding.objects.filter(kind=kind, state=S.MADE).alias(first_channel=Subquery(first_channel))
    # Findings that were added to an existing incident say nothing of the category.
    made_findings = made_findings.filter(first_channel=Report.Channel.CAMERA)
    last = made_findings.order_by("-decided_at").select_related("incident").first()
    if last and last.incident:
        return next((category for category in categories if category.pk == last.incident.category_id), None)
    for words in WORDS[K(kind)]:
        for category in categories:
            if plain(words) in category.search:
                return category
    return None


def same_kind_first(incidents: IncidentQuerySet, category: Category | None) -> IncidentQuerySet:
    """Sort incidents that have a `distance`: those of the category first, then of its group, nearest first in each."""
    if category is None:
        return incidents
    rank = Case(When(category=category, then=0), When(category__parent=category.parent_id, then=1), default=2)
    return incidents.order_by(rank, "distance", "pk")


def reportable_categories() -> list[Category]:
    return list(Category.objects.leaves().order_by("parent__position", "code"))
