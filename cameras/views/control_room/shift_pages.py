"""Show the control room's log, and hand over shifts: `/control/shift/`."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cameras.models import HandOver, RoomLine
from cameras.room import handing_over, log
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from geoapp.web import sheets
from gis_data import policies
from incidents import access
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

LINES, EARLIER = 300, 14  # that a page shows
K = RoomLine.Kind
# Which lines a page shows, by the chip that is chosen.
CHIPS = {
    "": (gettext_lazy("All"), None),
    "own": (gettext_lazy("Entered by staff"), (K.WRITTEN, K.CORRECTION)),
    "orders": (gettext_lazy("Directives"), (K.ORDERED,)),
    "cameras": (gettext_lazy("Cameras"), (K.CREATED, K.MADE, K.MERGED, K.DISMISSED, K.KEPT)),
}
HEADS = [
    gettext_lazy("Time"),
    gettext_lazy("Action"),
    gettext_lazy("Description"),
    gettext_lazy("Done by"),
    gettext_lazy("Incident number"),
    gettext_lazy("Camera"),
    gettext_lazy("Corrects the line of"),
]


@require_safe
@require_work("control")
def shift_page(request: HttpRequest, key: int | None = None) -> HttpResponse:
    """Show log and hand-over of the current shift, of the one that waits to be taken, or of an earlier one."""
    return render_shift(request, key)


def render_shift(request, key=None, status=200, **more):
    handover = (
        get_object_or_404(HandOver.objects.select_related("by", "taken_by"), pk=key) if key else HandOver.waiting()
    )
    since, until = (handover.since, handover.given_at) if handover else (handing_over.shift_begin(now()), None)
    # While a hand-over waits, later lines are still shown in the log.
    lines = list(RoomLine.objects.between(since, until if key else None)[:LINES])
    only = request.GET.get("only", "")
    only = only if only in CHIPS else ""
    context = {
        "given": handover,
        "since": since,
        "until": until,
        "is_past": key is not None and bool(handover.taken_at),
        "lines": lines_of_kinds(lines, CHIPS[only][1]),
        "chips": [(name, words, len(lines_of_kinds(lines, kinds))) for name, (words, kinds) in CHIPS.items()],
        "take_words": take_button_text(request.user, handover, "left" in more),
        "only": only,
        "correcting": RoomLine.objects.filter(pk=read_number(request.GET.get("correct")) or 0).first(),
        "ticked": (),
        "orders": handing_over.orders_of(request.user),
        "earlier": HandOver.objects.exclude(taken_at=None).select_related("by", "taken_by")[:EARLIER],
        "text_max": log.TEXT_MAX,
        "keep_months": policies.current().keep_room_log_months,
        **(handover_context(handover) if handover else draft_context(request.user, since)),
    }
    return render(request, "cameras/control_room/shift.html", context | more, status=status)


def lines_of_kinds(lines: list[RoomLine], kinds: tuple | None) -> list[RoomLine]:
    return [line for line in lines if kinds is None or line.kind in kinds]


def take_button_text(user, handover, was_asked):
    if was_asked:
        return _("Take it over anyway")
    return _("Continue with my shift") if handover and handover.by_id == user.pk else _("Take over the shift")


def handover_context(handover):
    unfinished = handing_over.unfinished_of_handover(handover)
    return {
        "unfinished": unfinished,
        "figures": handover.figures,
        "failing": handing_over.describe_failing_cameras(handover.cameras),
        "read": sum(task.is_read for task in unfinished),
    }


def draft_context(user, since):
    at = now()
    return {
        "unfinished": handing_over.unfinished_of_shift(user, since),
        "figures": handing_over.shift_figures(user, since, at),
        "failing": handing_over.describe_failing_cameras(handing_over.failing_cameras(at)),
        "read": 0,
    }


@require_POST
@require_work("control")
def write_line(request: SignedInRequest) -> HttpResponse:
    """Write a line in own words, about the incident that it names, or a correction of a line (`corrects`, its key)."""
    corrects = None
    if wrong := request.POST.get("corrects", ""):
        corrects = get_object_or_404(RoomLine, pk=read_number(wrong) or 0)
    reference = request.POST.get("incident", "").strip()
    incident = access.incidents_for(request.user, "room").filter(reference=reference).first()
    text, faults = request.POST.get("text", ""), {}
    if reference and incident is None:
        faults["incident"] = _("No incident has this number.")
    else:
        try:
            log.write_words(request.user, text, corrects=corrects, incident=incident)
        except log.InvalidLine as unfit:
            faults["text"] = str(unfit)
    if faults:
        return render_shift(request, None, 400, faults=faults, typed=request.POST, correcting=corrects)
    return redirect("shift")


@require_POST
@require_work("control")
def hand_over(request: SignedInRequest) -> HttpResponse:
    """Hand over the shift: `note`, and for each incident `then-REFERENCE`, what comes next."""
    fields = [(name, str(text)) for name, text in request.POST.items()]
    then = {name.removeprefix("then-"): text for name, text in fields if name.startswith("then-")}
    try:
        handing_over.hand_over(request.user, note=request.POST.get("note", ""), then=then)
    except handing_over.NotPossible as refusal:
        return render_shift(request, None, 409, faults={"note": str(refusal)}, typed=request.POST)
    messages.success(request, _("The shift is handed over. The next shift reads it and takes over."))
    return redirect("shift")


@require_POST
@require_work("control")
def take_over(request: SignedInRequest, key: int) -> HttpResponse:
    """Take a shift: `read` are the ticked incidents; `sure` confirms that some are not ticked."""
    handover = get_object_or_404(HandOver, pk=key)
    read = set(request.POST.getlist("read"))
    try:
        handing_over.take_over(handover, request.user, read=read, sure="sure" in request.POST)
    except handing_over.NotRead as left:
        return render_shift(request, None, 409, left=left.count, ticked=read)
    except handing_over.NotPossible as refusal:
        return render_shift(request, None, 409, faults={"take": str(refusal)})
    messages.success(request, _("You have taken over the shift."))
    return redirect("shift")


@require_safe
@require_work("control")
def shift_file(request: HttpRequest) -> HttpResponse:
    """Return the log as CSV: of the current shift, of an earlier one (`?handover=KEY`), or of so many `days`."""
    since, until = period_of(request)
    lines = RoomLine.objects.between(since, until)
    return sheets.csv_response("shift-log", HEADS, (file_row(line) for line in lines[:LINES_IN_FILE]))


LINES_IN_FILE, DAYS_MAX = 20_000, 92


def period_of(request: HttpRequest) -> tuple[datetime, datetime | None]:
    if key := read_number(request.GET.get("handover")):
        handover = get_object_or_404(HandOver, pk=key)
        return handover.since, handover.given_at
    if days := read_number(request.GET.get("days"), at_most=DAYS_MAX):
        return now() - timedelta(days=days), None
    return handing_over.shift_begin(now()), None


def file_row(line):
    return [
        line.at,
        line.get_kind_display(),
        line.words,
        person_name(line.by),
        line.incident.reference if line.incident else "",
        line.camera.code if line.camera else "",
        line.corrects.at if line.corrects else "",
    ]
