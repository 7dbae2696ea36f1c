"""Act from the control room: claims, remarks to the unit, orders, new incidents.

Forms are fragments that a dialog shows; posts are answered in JSON: `said`, or `error` and the `faults` by field.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.gis.geos import Point
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, localtime, make_aware, now
from django.utils.translation import gettext as _

from cameras import access as pictures
from cameras import ring
from cameras.detection import findings
from cameras.models import Camera
from cameras.room import acts, calling, claims, creating, procedures
from cameras.viewlog import ledger
from cameras.views.control_room.control_pages import LATITUDE, LONGITUDE, require_room_post
from cameras.views.control_room.layouts import room_view
from geoapp.http.query_parameters import QueryError, read_number
from gis_data.alphabet import in_alphabet
from gis_data.words import tidy
from incidents import access, reporting, workflow
from incidents.models import Authority, Category, Severity, User
from incidents.page_access import SignedInRequest
from incidents.wording import person_name

WORDS_MAX = 500  # of a new incident
ORDER_HOURS = 4  # until when an order is to be done, if nobody says otherwise


def find_incident(user, reference):
    return get_object_or_404(access.incidents_for(user, "room").with_pages(), reference=reference)


def refusal(faults: dict[str, str], status: int = 400) -> JsonResponse:
    return JsonResponse({"error": " ".join(faults.values()), "faults": faults}, status=status)


# ---- claims


@require_room_post
def standing_claims(request: SignedInRequest) -> HttpResponse:
    standing = [
        {"reference": claim.incident.reference, "who": person_name(claim.by), "mine": claim.by_id == request.user.pk}
        for claim in claims.standing_claims(now())
    ]
    return JsonResponse({"claims": standing})


@room_view(["POST"])
def take_incident(request: SignedInRequest, reference: str) -> HttpResponse:
    """Claim an incident (“I have this”); with `over`, also if somebody else has it. 409 says who that is."""
    incident = find_incident(request.user, reference)
    try:
        claims.claim_incident(incident, request.user, over="over" in request.POST)
    except claims.HeldByAnother as error:
        return refusal({"over": str(error)}, 409)
    return JsonResponse({"said": _("You are handling it. Everyone in the room can see that.")})


@room_view(["POST"])
def give_back_incident(request: SignedInRequest, reference: str) -> HttpResponse:
    claims.give_back_incident(find_incident(request.user, reference), request.user)
    return JsonResponse({"said": _("Returned: nobody is handling it now.")})


# ---- acts


@room_view(["GET", "POST"])
def act(request: SignedInRequest, reference: str, name: str) -> HttpResponse:
    incident = find_incident(request.user, reference)
    if name not in acts.ACTS:
        raise Http404
    if request.method == "GET":
        return render(request, "cameras/control_room/act_form.html", act_context(request.user, incident, name))
    values = acts.ActValues(
        words=request.POST.get("words", ""),
        severity=request.POST.get("severity", ""),
        to=Authority.objects.filter(code=request.POST.get("to", "")).first(),
        until=parse_local_time(request.POST.get("until", "")),
        number=request.POST.get("number", ""),
        outcome=request.POST.get("outcome", ""),
        seconds=read_number(request.POST.get("seconds"), at_most=calling.LONGEST_S),
    )
    try:
        acts.run_act(incident, name, by=request.user, values=values, seen=read_number(request.POST.get("seen")))
    except acts.ActRefused as refused:
        return refusal(refused.faults)
    except workflow.NotAllowed as refused:
        return refusal({"": str(refused)}, 409)
    return JsonResponse({"said": _("Done. The shift log records it.")})


@room_view(["POST"])
def set_step(request: SignedInRequest, reference: str, key: int) -> HttpResponse:
    """Tick a step of the incident's procedure (`done`), or undo the tick."""
    done = "done" in request.POST
    try:
        procedures.set_step(find_incident(request.user, reference), key, done=done, by=request.user)
    except procedures.NoSuchStep:
        raise Http404 from None
    except procedures.StepRefused as refused:
        return refusal({"": str(refused)}, 409)
    return JsonResponse({"said": _("Done. The shift log records it.") if done else _("Undone. The log records it.")})


def act_context(user, incident, name):
    until = localtime(now() + timedelta(hours=ORDER_HOURS)).replace(second=0, microsecond=0)
    orders = "to" in acts.ACTS[name].fields
    return {
        "incident": incident,
        "name": name,
        "fields": acts.ACTS[name].fields,
        "severities": [choice for choice in Severity.choices if choice[0] != incident.severity],
        "units": Authority.objects.order_by(in_alphabet("name")) if orders else [],
        "until": until.strftime("%Y-%m-%dT%H:%M"),
        "may_be_empty": name in ("urge", "call"),
        "callees": calling.callees_of(incident) if name == "call" else [],
        "outcomes": [(code, words) for code, (words, _written) in calling.OUTCOMES.items() if code != "unknown"],
    }


def parse_local_time(text: str) -> datetime | None:
    """Parse the local time of a datetime field; None for anything else, or another century."""
    try:
        time = parse_datetime(text)
    except ValueError:
        return None
    if time is None or not 2000 <= time.year < 2100:
        return None
    return make_aware(time) if is_naive(time) else time


# ---- new incidents


@room_view(["GET", "POST"])
def create_incident(request: SignedInRequest) -> HttpResponse:
    """Show the form of a new incident at a camera (`camera`, and `taken` or `picture` of its ring) or a place (`lon`,
    `lat`), and create it. `category` and `severity` change the suggested unit.
    """
    parameters = request.GET if request.method == "GET" else request.POST
    camera = find_camera(request.user, parameters.get("camera", ""))
    place, fault = read_place(parameters, camera)
    if place is None:
        return refusal({"place": fault})
    frame = find_frame(request.user, camera, parameters) if camera else None
    if request.method == "GET":
        if camera and frame:
            ledger.record_viewing(request.user, "focus", [camera.pk])
        return render(request, "cameras/control_room/create_form.html", create_context(request, camera, place, frame))
    return make_incident(request, camera, place, frame)


def find_camera(user: User, code: str) -> Camera | None:
    """Return the named camera; None if none is named. Raises Http404 for an unknown one."""
    return get_object_or_404(pictures.cameras_for(user), code=code, active=True) if code else None


def read_place(parameters, camera):
    """Return (the place, "") or (None, what is wrong with it)."""
    if camera and not parameters.get("lon"):
        return creating.place_in_view(camera), ""
    try:
        return Point(LONGITUDE.read(parameters.get("lon", "")), LATITUDE.read(parameters.get("lat", "")), srid=4326), ""
    except QueryError as error:
        return None, str(error)


def find_frame(user, camera, parameters):
    """Return the named picture of the ring (`taken`, µs since 1970), else the newest; None if the ring has
    dropped it.
    """
    frames = pictures.frames_for(user).filter(camera=camera)
    if (micros := read_number(parameters.get("taken"), at_most=10**17 - 1)) is not None:
        return frames.filter(taken_at=ring.EPOCH + timedelta(microseconds=micros)).first()
    return frames.order_by("-taken_at").first() if camera.last_taken_at else None


def create_context(request, camera, place, frame):
    choices = findings.reportable_categories()
    open_one = pictures.findings_for(request.user).filter(camera=camera, state="open").first() if camera else None
    reported = open_one and findings.suggest_category(open_one.kind, choices)
    kinds = creating.suggest_kinds_of_picture(place, first=reported) if camera else creating.suggest_kinds(place)
    chosen = Category.objects.leaves().filter(code=request.GET.get("category", "")).first()
    chosen = chosen or (kinds[0] if kinds else None)
    severity = request.GET.get("severity", "")
    severity = severity if severity in Severity.values else Severity.NORMAL
    reached = access.incidents_for(request.user, "read")
    return {
        "camera": camera,
        "place": place,
        "frame": frame,
        "kinds": kinds,
        "choices": choices,
        "chosen": chosen,
        "severities": Severity.choices,
        "severity": severity,
        "outlook": creating.look_ahead(place, chosen, severity, reached),
        "around_m": round(creating.AROUND_M),
        "words_max": WORDS_MAX,
    }


def make_incident(request, camera, place, frame):
    category = Category.objects.leaves().filter(code=request.POST.get("category", "")).first()
    severity, words = request.POST.get("severity", Severity.NORMAL), tidy(request.POST.get("words", ""))
    reference = request.POST.get("join", "")
    faults = {}
    if category is None:
        faults["category"] = _("Choose the type.")
    if severity not in Severity.values:
        faults["severity"] = _("Choose the severity.")
    if len(words) > WORDS_MAX:
        faults["words"] = _("Too long: at most %(most)s characters.") % {"most": WORDS_MAX}
    join = access.incidents_for(request.user, "read").open().filter(reference=reference).first()
    if reference and join is None:
        faults["join"] = _("This incident is closed.")
    if faults or category is None:
        return refusal(faults)
    new = creating.NewIncident(
        place=place, category=category, severity=severity, words=words, camera=camera, frame=frame, join=join,
        sending=read_uuid(request.POST.get("sending", "")),
    )  # fmt: skip
    try:
        creation = creating.make_incident(new, by=request.user)
    except reporting.ReportRefused as refused:
        return refusal({refused.field: str(refused)})
    words = _("Added to %(reference)s.") if creation.joined else _("Incident %(reference)s was created.")
    message = words % {"reference": creation.incident.reference}
    return JsonResponse({"said": f"{message} {creation.no_picture}".strip(), "reference": creation.incident.reference})


def read_uuid(text):
    try:
        return UUID(text)
    except ValueError:
        return None
