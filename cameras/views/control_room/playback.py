"""Play back one or two cameras on one clock, and keep a stretch as evidence: `/control/playback/`."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cameras import access as pictures
from cameras import ring
from cameras.evidence import pinning, store, stretches
from cameras.masking import strip
from cameras.models import Camera, Evidence, Frame, RoomLine
from cameras.room import log, marks
from cameras.viewlog import ledger
from cameras.views.control_room.control_pages import require_room_post
from cameras.views.control_room.layouts import room_view
from cameras.views.control_room.room_acts import parse_local_time, refusal
from geoapp.http.http_methods import require_safe
from geoapp.http.numeric_params import PageNumber, refuse_faulty_numbers
from geoapp.http.query_parameters import read_number
from gis_data import policies
from gis_data.alphabet import in_alphabet
from incidents import access
from incidents.page_access import SignedInRequest, require_work

SPAN = timedelta(hours=2)  # that the bar shows
FRAMES_MAX = 1500  # of a camera that the bar is given
CLIP_MAX, STRETCH = 60, timedelta(minutes=30)  # pictures of a camera that are kept of a stretch, and how long it is
MICROS_MAX = 10**17 - 1
APART_S = 300  # so many seconds the second camera may be shifted against the first
KEPT_BELOW, KEPT_ON_A_PAGE = 8, 50  # stretches that were kept


@require_safe
@require_work("control")
def playback_page(request: HttpRequest) -> HttpResponse:
    """Show the playback of `camera` and `beside` (codes), until a local time (`until`), to keep for an `incident`.

    `apart`: by how many seconds the second camera is shifted; `at` (ms): the moment that is shown first.
    """
    shown = [find_camera(request.user, request.GET.get(name, "")) for name in ("camera", "beside")]
    requested_end = parse_local_time(request.GET.get("until", ""))
    until = min(requested_end or now(), now())
    incident = find_incident(request.user, request.GET.get("incident", ""))
    cameras = [camera for camera in shown if camera]
    evidence = kept_for(request.user, cameras, incident)
    context = {
        "shown": cameras,
        "marks": marks.marks_of_cameras(request.user, cameras, until - SPAN, until),
        "at_ms": read_number(request.GET.get("at"), at_most=MICROS_MAX // 1000) or "",
        "apart": read_apart(request.GET.get("apart", "")) or 0,
        "apart_max": APART_S,
        "keep_months": policies.current().keep_evidence_months,
        "stretches": stretches.describe_stretches(list(stretches.group_stretches(evidence)[:KEPT_BELOW])),
        "choices": [
            ("camera", shown[0], _("Camera")),
            ("beside", shown[1], _("Nearby cameras")),
        ],
        "all": Camera.objects.filter(active=True).order_by(in_alphabet("name"), "code").only("code", "name"),
        "until": localtime(until).strftime("%Y-%m-%dT%H:%M"),
        "from_ms": round((until - SPAN).timestamp() * 1000),
        "until_ms": round(until.timestamp() * 1000),
        "incident": incident,
        "clip_max": CLIP_MAX,
        "minutes_max": STRETCH // timedelta(minutes=1),
    }
    return render(request, "cameras/control_room/playback.html", context)


def find_camera(user, code):
    return pictures.cameras_for(user).filter(code=code, active=True).first() if code else None


def kept_for(user, cameras, incident):
    evidence = Evidence.objects.filter(incident__in=access.incidents_for(user, "evidence").values("pk"))
    if cameras:
        return evidence.filter(camera__in=cameras)
    return evidence.filter(incident=incident) if incident else evidence


def read_apart(text: str) -> int | None:
    """Parse whole seconds with a sign; None for anything else, or beyond the limit."""
    number = read_number(text.removeprefix("-"), at_most=APART_S)
    return number if number is None or not text.startswith("-") else -number


def find_incident(user, reference):
    return access.incidents_for(user, "evidence").with_pages().filter(reference=reference).first()


@require_room_post
def ring_moments(request: HttpRequest) -> HttpResponse:
    """Return when the pictures of a camera's ring (`camera`) were taken, in µs since 1970, between `from` and `to`
    (ms).
    """
    camera = get_object_or_404(pictures.cameras_for(request.user), code=request.GET.get("camera", ""))
    since, until = (read_moment(request.GET.get(name)) for name in ("from", "to"))
    if since is None or until is None or not timedelta() < until - since <= SPAN:
        return refusal({"from": _("Choose at most two hours.")})
    ledger.record_viewing(request.user, "history", [camera.pk], hour=since)
    frames = pictures.frames_for(request.user).filter(camera=camera, taken_at__range=(since, until))
    moments = list(frames.order_by("taken_at").values_list("taken_at", flat=True)[: 10 * FRAMES_MAX])
    offsets = [
        (moment - ring.EPOCH) // timedelta(microseconds=1) for moment in strip.spread_evenly(moments, FRAMES_MAX)
    ]
    return JsonResponse({"moments": offsets, "period_s": camera.period_s})


def read_moment(text: str | None) -> datetime | None:
    """Parse ms since 1970; None for any other text."""
    number = read_number(text, at_most=MICROS_MAX // 1000)
    return None if number is None else ring.EPOCH + timedelta(milliseconds=number)


@room_view(["POST"])
def keep_stretch(request: SignedInRequest) -> HttpResponse:
    """Keep what one or two cameras (`camera`) saw between `from` and `to` (ms) with an incident, for a reason.

    `apart`: by how many seconds the second one is shifted against the first.
    """
    incident = find_incident(request.user, request.POST.get("incident", "").strip())
    since, until = (read_moment(request.POST.get(name)) for name in ("from", "to"))
    codes = request.POST.getlist("camera")[:2]
    cameras = list(pictures.cameras_for(request.user).filter(code__in=codes, active=True))
    apart = read_apart(request.POST.get("apart", "0"))
    faults = {}
    if incident is None:
        faults["incident"] = _("No incident has this number.")
    if not cameras:
        faults["camera"] = _("Choose a camera.")
    if since is None or until is None or not timedelta() <= until - since <= STRETCH:
        faults["from"] = _("Choose a section of at most half an hour.")
    if apart is None:
        faults["apart"] = _("Shift it by at most %(most)s seconds.") % {"most": APART_S}
    if faults or incident is None or since is None or until is None or apart is None:
        return refusal(faults)
    frames = []
    for camera in cameras:
        shift = timedelta(seconds=apart if camera.code != codes[0] else 0)
        frames += frames_of_stretch(request.user, camera, since + shift, until + shift)
    reason = request.POST.get("reason", "")
    try:
        reason = pinning.require_reason(reason)
        ledger.record_viewing(request.user, "pin", [camera.pk for camera in cameras], incident=incident, purpose=reason)
        pinned = pinning.pin_clip(incident, frames, by=request.user, reason=reason)
    except pinning.NotPossible as why:
        return refusal({"reason": str(why)}, 409)
    except store.StoreAway:
        return refusal({"": str(pinning.AWAY)}, 503)
    for camera in cameras:
        log.write_line(RoomLine.Kind.KEPT, request.user, incident=incident, camera=camera, text=reason)
    message = ngettext("%(n)s picture saved.", "%(n)s pictures saved.", len(pinned)) % {"n": len(pinned)}
    return JsonResponse({"said": message, "page": reverse("evidence-page", args=[incident.reference])})


@require_safe
@require_work("control")
@refuse_faulty_numbers(PageNumber)
def kept_page(request: HttpRequest) -> HttpResponse:
    """List the kept stretches, newest first: of a camera (`camera`, its code) or of an `incident`."""
    camera = Camera.objects.filter(code=request.GET.get("camera", "")).first()
    incident = find_incident(request.user, request.GET.get("incident", ""))
    evidence = kept_for(request.user, [camera] if camera else [], None)
    if incident:
        evidence = evidence.filter(incident=incident)
    page = Paginator(stretches.group_stretches(evidence), KEPT_ON_A_PAGE).get_page(request.GET.get("page"))
    shown = stretches.describe_stretches(list(page.object_list))
    narrowed = {"camera": camera and camera.code, "incident": incident and incident.reference}
    context = {
        "camera": camera,
        "incident": incident,
        "page": page,
        "stretches": shown,
        "query": urlencode({name: value for name, value in narrowed.items() if value}),
        "keep_months": policies.current().keep_evidence_months,
    }
    return render(request, "cameras/control_room/kept.html", context)


def frames_of_stretch(user, camera, since, until) -> list[Frame]:
    frames = pictures.frames_for(user).filter(camera=camera, taken_at__range=(since, until))
    moments = list(frames.order_by("taken_at").values_list("taken_at", flat=True))
    chosen = frames.filter(taken_at__in=strip.spread_evenly(moments, CLIP_MAX))
    return list(chosen.select_related("camera").order_by("taken_at"))
