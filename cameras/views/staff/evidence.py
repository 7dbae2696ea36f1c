"""Show an incident's evidence; pin, hold, export and compare it; publish the seals."""

import re
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST

from cameras import access as pictures
from cameras import freshness, ring
from cameras.evidence import aligning, export, pinning, retention, seals, store
from cameras.evidence.pinning import NotPossible
from cameras.masking import zones
from cameras.models import Evidence, NoPicture, Seal
from cameras.viewlog import ledger
from cameras.wall.sights import Sight
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import DayField, QueryError, read_number
from geoapp.media.files import attachment_response
from incidents import access
from incidents.models import Event
from incidents.page_access import SignedInRequest, ask_again, require_work

DAYS, MINUTES = 60, 60  # of seals in the public file
DAY = DayField(gettext_lazy("Write dates like 2026-11-25."))
SHA256 = re.compile(f"[0-9a-f]{{{freshness.DIGITS},64}}")


def find_incident(user, reference, action="evidence"):
    """Return the incident whose evidence this person may see; raises Http404 for others."""
    return get_object_or_404(access.incidents_for(user, action).with_pages(), reference=reference)


def incident_and_sight(user, reference):
    """Return the incident, and whether this person sees its pictures or, watching, only their metadata."""
    sees = access.incidents_for(user, "evidence").filter(reference=reference).exists()
    if not sees and not access.does_work(user, "watch"):
        raise Http404
    return find_incident(user, reference, "evidence" if sees else "read"), sees


@never_cache
@require_safe
def evidence_page(request: HttpRequest, reference: str) -> HttpResponse:
    incident, sees = incident_and_sight(request.user, reference)
    return render_evidence(request, incident, sees)


def render_evidence(request, incident, sees, status=200, fault="", typed=None):
    after = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    rows = Evidence.objects.filter(incident=incident).select_related("camera", "event", "by", "tombstone", "seal")
    rows = list(rows.order_by("taken_at", "pk"))
    living = [row for row in rows if not hasattr(row, "tombstone")]
    none = list(NoPicture.objects.filter(incident=incident).select_related("camera", "event"))
    if sees:
        ledger.record_viewing(request.user, "evidence", incident=incident, evidence=[picture.pk for picture in living])
    context = {
        "incident": incident,
        "after": after,
        "rows": rows,
        "living": living,
        "none": none,
        "cameras": sights_by_camera(request.user, living, none),
        "sees": sees,
        "hold": retention.active_hold(incident),
        "until": retention.kept_until(incident),
        "may_hold": access.does_work(request.user, "watch"),
        "fault": fault,
        "typed": typed or {},
    }
    return render(request, "cameras/staff/evidence.html", context, status=status)


def sights_by_camera(user, rows, none):
    sights = {}
    for row in rows:
        sights.setdefault(row.camera_id, Sight(row.camera, row.distance_m, row.sees)).evidence.append(row)
    for row in none:
        sights.setdefault(row.camera_id, Sight(row.camera, row.distance_m, row.sees)).none.append(row)
    seen = sorted(sights.values(), key=lambda sight: (sight.distance_m, sight.camera.pk))
    if not pictures.sees_uncovered(user):
        zones.mark_unsafe(seen)
    return seen


def act_and_answer(request, incident, sees, act):
    """Run `act` and answer: JSON to a script, a redirect to a form; NotPossible is shown as a fault."""
    script = "application/json" in request.headers.get("Accept", "")
    try:
        message = act()
    except NotPossible as refusal:
        if script:
            return JsonResponse({"error": str(refusal)}, status=409)
        return render_evidence(request, incident, sees, 409, str(refusal), request.POST)
    return JsonResponse({"said": message}) if script else redirect("evidence-page", incident.reference)


@login_not_required
@never_cache
@require_POST
def pin_picture(request: SignedInRequest, reference: str | None = None) -> HttpResponse:
    """Pin a picture, with `reason`: `evidence` (a kept picture), or of the ring `camera` and either `taken` (µs since
    1970) or `picture` (its SHA-256, or the first digits that tiles have). Without a reference in the URL, `incident`
    has it.
    """
    incident = find_incident(request.user, reference or request.POST.get("incident", ""))

    def keep():
        picture = chosen_picture(request, incident)
        ledger.record_viewing(
            request.user, "pin", [picture.camera_id], incident=incident, purpose=request.POST.get("reason", "")
        )
        pinning.pin_picture(incident, picture, by=request.user, reason=request.POST.get("reason", ""))
        return _("The picture is saved with the incident.")

    return act_and_answer(request, incident, True, keep)


def chosen_picture(request, incident):
    """Return the picture that a person wants to keep, among those that they may see. Raises NotPossible."""
    fields = request.POST
    if (key := read_number(fields.get("evidence"))) is not None:
        return get_object_or_404(pictures.evidence_for(request.user).filter(incident=incident), pk=key)
    frames = pictures.frames_for(request.user).filter(camera__code=fields.get("camera", "")).select_related("camera")
    if (micros := read_number(fields.get("taken"), at_most=10**17 - 1)) is not None:
        frames = frames.filter(taken_at=ring.EPOCH + timedelta(microseconds=micros))
    else:
        sha256 = fields.get("picture", "")
        frames = frames.filter(sha256__startswith=sha256) if SHA256.fullmatch(sha256) else frames.none()
    frame = frames.order_by("-taken_at").first()
    if frame is None:
        raise NotPossible(_("The picture is no longer among the recent ones."))
    return frame


@login_not_required
@never_cache
@require_POST
def unpin_picture(request: SignedInRequest, reference: str, key: int) -> HttpResponse:
    incident = find_incident(request.user, reference)
    evidence = get_object_or_404(pictures.evidence_for(request.user).filter(incident=incident, moment="pinned"), pk=key)

    def let_go():
        pinning.unpin_picture(evidence, by=request.user, reason=request.POST.get("reason", ""))
        return _("It is no longer saved by staff; it stays as long as the other evidence.")

    return act_and_answer(request, incident, True, let_go)


@require_POST
@require_work("watch")
def hold_evidence(request: SignedInRequest, reference: str) -> HttpResponse:
    incident, sees = incident_and_sight(request.user, reference)

    def keep():
        retention.hold_evidence(incident, by=request.user, reason=request.POST.get("reason", ""))

    return act_and_answer(request, incident, sees, keep)


@require_POST
@require_work("watch")
def release_evidence(request: SignedInRequest, reference: str) -> HttpResponse:
    incident, sees = incident_and_sight(request.user, reference)

    def release():
        retention.release_evidence(incident, by=request.user, reason=request.POST.get("reason", ""))

    return act_and_answer(request, incident, sees, release)


@login_not_required
@never_cache
@require_POST
@ask_again
def export_evidence(request: SignedInRequest, reference: str) -> HttpResponseBase:
    incident, purpose = find_incident(request.user, reference), request.POST.get("purpose", "")
    try:
        purpose = pinning.require_reason(purpose)
        refuse_hidden_pictures(request.user, incident)
        keys = Evidence.objects.undeleted().filter(incident=incident).values_list("pk", flat=True)
        ledger.record_viewing(request.user, "export", incident=incident, evidence=list(keys), purpose=purpose)
        package, _digest = export.export_package(
            incident, by=request.user, purpose=purpose, with_videos="videos" in request.POST
        )
    except NotPossible as refusal:
        return render_evidence(request, incident, True, 409, str(refusal), request.POST)
    name = f"evidence-{incident.reference}.zip"
    return attachment_response(request, package, name, "application/zip")


def refuse_hidden_pictures(user, incident):
    """Raise NotPossible if this person sees some of the pictures only covered: a package holds them uncovered."""
    rows = Evidence.objects.undeleted().filter(incident=incident)
    if not pictures.sees_uncovered(user) and not all(
        zones.is_safe(row) and not zones.zones_in_picture(row) for row in rows
    ):
        raise NotPossible(_("There are privacy zones in these pictures: only the control room can export them."))


@login_not_required
@require_safe
@cache_control(private=True, max_age=3600)
def overlay(request: HttpRequest, before: int, after: int) -> HttpResponse:
    """Return the transform between two kept pictures of the same camera as a matrix, or null if it cannot be found."""
    readable = pictures.evidence_for(request.user)
    first, second = get_object_or_404(readable, pk=before), get_object_or_404(readable, pk=after)
    if first.camera_id != second.camera_id or first.incident_id != second.incident_id:
        raise Http404
    ledger.record_viewing(request.user, "evidence", incident=first.incident, evidence=[first.pk, second.pk])
    try:
        fit = aligning.align_pictures(
            *(store.read_checked(picture.file, picture.sha256) for picture in (first, second))
        )
    except store.FileDamaged:
        raise Http404 from None
    except store.StoreAway:
        return JsonResponse({"error": str(pinning.AWAY)}, status=503)
    return JsonResponse({"matrix": fit and fit.matrix})


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def public_seals(request: HttpRequest) -> HttpResponse:
    """Return the last seal of each day and those of the last hour, or all of one day (`?day=2026-11-25`). Public."""
    document = {"digest": "SHA-256", "leaves": "RFC 6962"}
    try:
        day = DAY.read(request.GET.get("day"))
    except QueryError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    if day:
        return JsonResponse(document | {"day": day, "seals": [public_seal(seal) for seal in seals.seals_of_day(day)]})
    last = Seal.objects.order_by("-number")[:MINUTES]
    days = seals.last_seals_of_days(seals.past_days(DAYS))
    return JsonResponse(
        document | {"days": [public_seal(day) for day in days], "seals": [public_seal(seal) for seal in last]}
    )


def public_seal(seal):
    number, at, leaves, root = seals.SEALS.sealed_fields(seal)
    return {"number": number, "at": at, "leaves": leaves, "root": root, "digest": bytes(seal.digest).hex()}
