"""Show the health of all cameras, the history of each, and privacy pauses: `/cameras/health/`."""

from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w
from django.utils.translation import ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from cameras import access, freshness
from cameras.detection import making
from cameras.masking import pauses as pausing
from cameras.models import Camera, Feed, Outbreak, Source
from cameras.monitoring import storage_outages, uptime
from cameras.views.technician import zones
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import OneOfField, QueryError, QueryForm, RowField, SortField, TextField
from geoapp.web import sheets
from gis_data.alphabet import in_alphabet
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

ROWS = 100
LONGEST = 150  # characters of a parameter that count
HEADS = (
    w("Code"), w("Camera"), w("Road"), w("Source"), w("State"), w("Since"), w("Why"), w("Picture last changed"),
    w("24 hours, %"), w("7 days, %"), w("30 days, %"),
    w("Not monitored, 24 hours, %"), w("Not monitored, 7 days, %"), w("Not monitored, 30 days, %"),
)  # fmt: skip


def source_codes():
    """Return the values of `source`: the code of a source, or "-" for cameras without one."""
    return {"-", *Source.objects.values_list("code", flat=True)}


def state_names():
    return {"blind", "seeing", *Camera.Health.values}


class HealthForm(QueryForm):
    """Which cameras are looked at, and in which order."""

    state = OneOfField(state_names, w("There is no such state."), default="")
    source = OneOfField(source_codes, w("There is no such source."), default="")
    area = RowField(uptime.wards_today, w("There is no such area."))
    sort = SortField(uptime.SORTS, w("The table cannot be sorted by this column."), default="state")
    road = TextField("", at_most=LONGEST)
    name = TextField("", at_most=LONGEST)


def read_question(parameters):
    """Parse a QueryDict to a HealthFilter; an invalid one is empty and has `faults`."""
    try:
        return uptime.HealthFilter(
            **HealthForm({name: text.strip()[:LONGEST] for name, text in parameters.items()}).read()
        )
    except QueryError as error:
        return uptime.HealthFilter(faults=error.faults)


@require_safe
@require_work("camera-health")
def health_page(request: HttpRequest, as_file: bool = False) -> HttpResponse:
    question, at = read_question(request.GET), now()
    if as_file:
        return health_file(question, at)
    table = uptime.health_table(question, at)
    shown = Paginator(table.rows, ROWS).get_page(request.GET.get("page"))
    shown.object_list = uptime.attach_intervals(list(shown.object_list))
    attach_proofs(request.user, [row.interval for row in shown if row.interval])
    outbreaks = Outbreak.objects.filter(ended_at=None).select_related("source")
    states = [(key, words, count, urlencode(question.parameters(state=key))) for key, words, count in table.counts]
    context = {
        "question": question, "table": table, "page": shown, "query": urlencode(question.parameters()), "at": at,
        "states": states, "columns": sortable_columns(question), "areas": uptime.wards_today(),
        "sources": Source.objects.order_by(in_alphabet("name")), "roads": road_names(), "outbreaks": outbreaks,
        "form": PauseForm(), "all": urlencode(question.parameters(state="")), "making": making.making_now(),
        "feeds": Feed.objects.failing(),
        "not_keeping": [
            (shift, storage_outages.error_text(shift.not_kept_why)) for shift in storage_outages.troubled_shifts()
        ],
    }  # fmt: skip
    return render(request, "cameras/technician/health.html", context, status=400 if question.faults else 200)


def attach_proofs(user, intervals):
    proofs = access.explain_proofs(user, intervals)
    for interval in intervals:
        interval.shown, interval.hidden = proofs.get(interval.pk) == "", proofs.get(interval.pk, "")


def road_names():
    rows = Camera.objects.filter(active=True).exclude(road="").order_by("road").values_list("road", flat=True)
    return rows.distinct()


def sortable_columns(question):
    by, down = question.sort.removeprefix("-"), question.sort.startswith("-")
    return {
        key: {
            "words": words,
            "query": urlencode(question.parameters(sort=f"-{key}" if key == by and not down else key)),
            "sorted": "" if key != by else "descending" if down else "ascending",
        }
        for key, words in uptime.SORTS.items()
    }


def health_file(question, at):
    if question.faults:
        return HttpResponse(" ".join(question.faults), status=400, content_type="text/plain; charset=utf-8")
    rows = uptime.attach_intervals(uptime.health_table(question, at).rows)
    return sheets.csv_response("camera-health", HEADS, map(file_row, rows))


def file_row(row):
    camera = row.camera
    return [
        camera.code, camera.name, camera.road, camera.source.name if camera.source else "", row.label, row.since,
        row.words, camera.moved_at, *map(per_cent, row.uptime.shares), *map(per_cent, row.uptime.gaps),
    ]  # fmt: skip


def per_cent(share):
    return None if share is None else round(100 * share, 2)


@require_safe
@require_work("camera-health")
def camera_health(request: HttpRequest, code: str) -> HttpResponse:
    camera = get_object_or_404(Camera.objects.select_related("source"), code=code)
    return render_camera(request, camera, PauseForm())


def render_camera(request, camera, form):
    at = now()
    row = uptime.health_row(camera, at, uptime.measure_uptimes(at, [camera.pk]).get(camera.pk, uptime.NEVER))
    uptime.attach_intervals([row])
    intervals = Paginator(camera.health_intervals.order_by("-since", "-pk"), ROWS).get_page(request.GET.get("page"))
    attach_proofs(request.user, intervals)
    for interval in intervals:
        interval.lasted = (interval.until or at) - interval.since
    pauses = list(camera.pauses.select_related("by", "ended_by")[:ROWS])
    for pause in pauses:
        pause.who, pause.ender = person_name(pause.by), person_name(pause.ended_by)
        pause.in_force = pause.since <= at < (pause.ended_at or pause.until)
    seeing = [str(health) for health in freshness.SEEING]
    good, why_not = access.newest_frame_for(request.user, camera, health__in=seeing)
    context = {
        "row": row, "camera": camera, "page": intervals, "pauses": pauses, "form": form, "query": "",
        "good": good, "good_hidden": why_not, "paused": camera.is_paused(at), **zones.zones_context(request, camera),
    }  # fmt: skip
    return render(request, "cameras/technician/health_camera.html", context, status=400 if form.errors else 200)


class PauseForm(forms.Form):
    """Until when, and by whose order and why."""

    until = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M"],
        error_messages={"required": w("State by when."), "invalid": w("State by when.")},
    )
    why = forms.CharField(
        max_length=200, error_messages={"required": w("A pause needs a reason: who ordered it, and why.")}
    )


@require_POST
@require_work("camera-health")
def pause_camera(request: SignedInRequest, code: str) -> HttpResponse:
    camera = get_object_or_404(Camera, code=code, active=True)
    form = PauseForm(request.POST)
    if start_pause(request, form, [camera.pk]):
        return redirect("camera-health-of", camera.code)
    return render_camera(request, camera, form)


@require_POST
@require_work("camera-health")
def pause_area(request: SignedInRequest) -> HttpResponse:
    area = get_object_or_404(uptime.wards_today(), code=request.POST.get("area", ""))
    form = PauseForm(request.POST)
    keys = uptime.HealthFilter(area=area).cameras().values_list("pk", flat=True)
    if not start_pause(request, form, list(keys)):
        messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return redirect(f"{request.path.removesuffix('pause/')}?{urlencode({'area': area.code})}")


def start_pause(request, form, keys):
    if not form.is_valid():
        return False
    try:
        count = pausing.pause_cameras(request.user, keys, form.cleaned_data["until"], form.cleaned_data["why"])
    except pausing.NotPossible as why:
        form.add_error(None, str(why))
        return False
    until = f"{localtime(form.cleaned_data['until']):%H:%M %d/%m/%Y}"
    message = ngettext("%(n)d camera is paused until %(until)s.", "%(n)d cameras are paused until %(until)s.", count)
    messages.success(request, message % {"n": count, "until": until})
    return True


@require_POST
@require_work("camera-health")
def resume_camera(request: SignedInRequest, code: str) -> HttpResponse:
    camera = get_object_or_404(Camera, code=code)
    if pausing.resume_camera(request.user, camera.pk):
        messages.success(request, _("The pause is over."))
    return redirect("camera-health-of", camera.code)


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
def public_truth(request: HttpRequest, form: str) -> HttpResponse:
    at = now()
    known = uptime.measure_uptimes(at)
    shown = uptime.brief_cameras(Camera.objects.filter(active=True, public=True).order_by("code"))
    rows = [uptime.health_row(camera, at, known.get(camera.pk, uptime.NEVER)) for camera in shown]
    return {"csv": truth_csv, "json": truth_json}[form](rows, at)


def truth_csv(rows, at):
    heads = ["code", "name", "lon", "lat", "health", "since", *UPTIMES, *GAPS]
    answer = sheets.csv_response("camera-truth", heads, (list(truth_row(row).values()) for row in rows))
    del answer["Cache-Control"]
    return answer


def truth_json(rows, at):
    return JsonResponse({"at": at.isoformat(timespec="seconds"), "cameras": [truth_row(row) for row in rows]})


UPTIMES = ("uptime_24h", "uptime_7d", "uptime_30d")
GAPS = ("unvisited_24h", "unvisited_7d", "unvisited_30d")  # nobody looked: no fault of the camera


def truth_row(row):
    camera, shares = row.camera, [share if share is None else round(share, 4) for share in row.uptime.shares]
    since = localtime(row.since).isoformat(timespec="seconds") if row.since else None
    gaps = [round(gap, 4) for gap in row.uptime.gaps]
    return {
        "code": camera.code, "name": camera.name, "lon": round(camera.lon, 6), "lat": round(camera.lat, 6),
        "health": str(row.health), "since": since, **dict(zip(UPTIMES, shares, strict=True)),
        **dict(zip(GAPS, gaps, strict=True)),
    }  # fmt: skip
