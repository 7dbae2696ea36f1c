"""Switch emergency mode, keep its places, and read afterwards what happened, at `/emergencies/`."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime, now
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from geoapp.web import sheets
from gis_data.alphabet import in_alphabet
from incidents import access
from incidents.announcements.notices import count_followers
from incidents.emergency import reviewing, switching
from incidents.emergency.places import flooded_streets
from incidents.models import Emergency, Shelter, WaterDepth
from incidents.models.emergencies import ADVICE_MAX, SOURCE_MAX, TITLE_MAX
from incidents.page_access import SignedInRequest, require_work
from incidents.views.staff.emergency_forms import (
    DepthForm,
    EmergencyForm,
    EmergencyWordsForm,
    ShelterForm,
    default_end,
    place_faults,
)

MAY, MAY_READ = require_work("emergency"), require_work("emergencies")
LIMITS = {"title_max": TITLE_MAX, "advice_max": ADVICE_MAX, "source_max": SOURCE_MAX}
OVER_SHOWN = 20


@require_safe
@MAY_READ
def emergency_list(request: SignedInRequest) -> HttpResponse:
    modes = Emergency.objects.without_shape().order_by("-starts_at", "-pk")
    on = list(Emergency.objects.on().without_shape().order_by("practice"))
    context = {"on": on, "over": modes.exclude(pk__in=[mode.pk for mode in on])[:OVER_SHOWN]}
    return render(request, "incidents/staff/emergencies/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@MAY
def new_emergency(request: SignedInRequest) -> HttpResponse:
    """Renders the form; a POST switches on where `sure` is ticked. `do=check` shows what would happen."""
    if request.method != "POST":
        return render_new(request, EmergencyForm(initial={"until": default_end(), "reaches": "city"}), {})
    form = EmergencyForm(request.POST)
    form.is_valid()
    checks = request.POST.get("do") == "check"
    faults = {name: fault for name, fault in form.faults.items() if not (checks and name == "sure")}
    order = form.new_order()
    try:
        if faults or checks:
            raise switching.NotSwitched(switching.check(order, by=request.user) | faults)
        switching.switch_on(order, by=request.user)
    except switching.NotSwitched as refused:
        status = 200 if checks else 400
        return render_new(request, form, refused.faults, status=status, order=order if checks else None)
    except switching.AlreadySwitched as refused:
        return render_new(request, form, {}, status=409, refusal=str(refused))
    messages.success(request, _("Practice is on.") if order.practice else _("Emergency mode is on."))
    return redirect("emergencies")


def render_new(
    request: SignedInRequest, form: EmergencyForm, faults: dict[str, str], *, status: int = 200, refusal: str = "",
    order: switching.Order | None = None,
) -> HttpResponse:  # fmt: skip
    chosen = form.ward_codes() if form.is_bound else []
    context = {
        "held": {name: form[name].value() or "" for name in form.fields},
        "kinds": Emergency.Kind.choices,
        "wards": access.emergency_wards(request.user).order_by(in_alphabet("name")).defer("shape", "outline"),
        "chosen": chosen,
        "may_city": access.switches_city(request.user),
        "shown_faults": as_lists(faults),
        "refusal": refusal,
        "outlook": outlook_of(order) if order and not faults else None,
        "checked": order is not None and not faults,
        **LIMITS,
    }
    return render(request, "incidents/staff/emergencies/new.html", context, status=status)


def outlook_of(order: switching.Order) -> dict[str, Any]:
    """Returns where it would hold, and how many follow a place there, by medium."""
    wards = list(switching.wards_of(order.area_codes))
    followers = [] if order.practice else count_followers(switching.reach_of(wards))
    return {"place": switching.name_in_language(wards), "followers": followers, "total": sum(n for _m, n in followers)}


def as_lists(faults: dict[str, str]) -> dict[str, list[str]]:
    return {name: [message] for name, message in faults.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@MAY_READ
def emergency_state(request: SignedInRequest, pk: int) -> HttpResponse:
    """Renders one emergency mode; changes it, or with `do=off` ends it. 409 if it was changed meanwhile or is over."""
    emergency = get_object_or_404(Emergency, pk=pk)
    if request.method != "POST":
        return render_state(request, emergency)
    emergency = get_object_or_404(access.emergencies_for(request.user), pk=pk)
    seen = read_key(request.POST.get("seen", ""))
    try:
        if request.POST.get("do") == "off":
            if request.POST.get("sure") != "on":
                fault = {"off": _("Confirm that it is to be switched off now.")}
                return render_state(request, emergency, faults=fault, status=400)
            switching.switch_off(emergency, by=request.user, seen=seen)
            messages.success(request, _("Emergency mode is off."))
        else:
            form = EmergencyWordsForm(request.POST)
            form.is_valid()
            order = form.order(kind=emergency.kind)
            if form.faults:
                raise switching.NotSwitched(switching.find_faults(order, now()) | form.faults)
            switching.change(emergency, order, by=request.user, seen=seen)
            messages.success(request, _("Emergency mode is changed."))
    except switching.NotSwitched as refused:
        return render_state(request, emergency, faults=refused.faults, posted=request.POST, status=400)
    except switching.AlreadySwitched as refused:
        emergency.refresh_from_db()
        return render_state(request, emergency, refusal=str(refused), status=409)
    return redirect("emergency-state", pk=pk)


def read_key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0


def render_state(
    request: SignedInRequest, emergency: Emergency, *, faults: dict[str, str] | None = None, posted: Any = None,
    refusal: str = "", status: int = 200, places: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    names = EmergencyWordsForm.base_fields
    lines = list(emergency.lines.select_related("by"))
    context = {
        "mode": emergency,
        "is_on": emergency.is_on(),
        "may_change": emergency.is_on() and access.emergencies_for(request.user).filter(pk=emergency.pk).exists(),
        "lines": lines,
        "seen": lines[-1].pk,
        "held": {name: posted.get(name, "") if posted else getattr(emergency, name) for name in names},
        "shown_faults": as_lists(faults or {}),
        "refusal": refusal,
        "shelters": Shelter.objects.filter(place__intersects=emergency.reach),
        "streets": flooded_streets(emergency) if emergency.is_on() else [],
        "sources": WaterDepth.Source.choices,
        "place_held": {},
        "place_faults": {},
        "bulletins": emergency.bulletins.order_by("-number"),
        "own_language": settings.LANGUAGE_CODE,
        **LIMITS,
    }
    return render(request, "incidents/staff/emergencies/state.html", context | (places or {}), status=status)


@require_POST
@MAY
def add_shelter(request: SignedInRequest, pk: int) -> HttpResponse:
    emergency = find_own(request, pk)
    form = ShelterForm(request.POST)
    if not form.is_valid():
        return render_place_faults(request, emergency, "shelter", form)
    data = form.cleaned_data
    Shelter.objects.create(
        name=data["name"], name_en=data["name_en"], address=data["where"], place=data["place"],
        capacity=data["capacity"], open=True, changed_by=request.user,
    )  # fmt: skip
    messages.success(request, _("The shelter is open and shown."))
    return redirect("emergency-state", pk=pk)


@require_POST
@MAY
def turn_shelter(request: SignedInRequest, pk: int, shelter: int) -> HttpResponse:
    """Opens or closes a shelter, as `open` says."""
    emergency = find_own(request, pk)
    row = get_object_or_404(Shelter, pk=shelter, place__intersects=emergency.reach)
    row.open, row.changed_at, row.changed_by = request.POST.get("open") == "yes", now(), request.user
    row.save(update_fields=["open", "changed_at", "changed_by"])
    messages.success(request, _("The shelter is open and shown.") if row.open else _("The shelter is closed."))
    return redirect("emergency-state", pk=pk)


@require_POST
@MAY
def add_depth(request: SignedInRequest, pk: int) -> HttpResponse:
    emergency = find_own(request, pk)
    form = DepthForm(request.POST)
    if not form.is_valid():
        return render_place_faults(request, emergency, "depth", form)
    data = form.cleaned_data
    WaterDepth.objects.create(
        street=data["where"], place=data["place"], depth_cm=data["depth_cm"], measured_at=data["measured_at"],
        source=data["source"], by=request.user,
    )  # fmt: skip
    messages.success(request, _("The depth is shown."))
    return redirect("emergency-state", pk=pk)


def find_own(request: SignedInRequest, pk: int) -> Emergency:
    return get_object_or_404(access.emergencies_for(request.user).on(), pk=pk)


def render_place_faults(request: SignedInRequest, emergency: Emergency, what: str, form: Any) -> HttpResponse:
    places = {
        "place_of": what,
        "place_held": {name: form[name].value() or "" for name in form.fields},
        "place_faults": as_lists(place_faults(form)),
        "spots": form.candidates,
    }
    return render_state(request, emergency, places=places, status=400)


# ---- afterwards ----


@require_safe
@MAY_READ
def emergency_review(request: SignedInRequest, pk: int, *, as_file: bool = False) -> HttpResponse:
    """Renders what happened, also while it goes on; `as_file`: as CSV."""
    emergency = get_object_or_404(Emergency, pk=pk)
    readable = access.incidents_for(request.user)
    figures = reviewing.review(emergency, readable)
    if as_file:
        return sheets.csv_response(f"emergency-{emergency.pk}", review_heads(), review_rows(figures))
    context = {
        "mode": emergency,
        "is_on": emergency.is_on(),
        "figures": figures,
        "tables": [
            (_("By kind"), _("Kind"), [(name_of_row(row), row) for row in figures.kinds]),
            (_("By ward"), _("Ward"), [(name_of_row(row), row) for row in figures.wards]),
            (_("By hour"), _("Hour"), [(hour_in_words(row), row) for row in figures.hours]),
        ],
        "open_ones": reviewing.open_incidents(emergency, readable),
    }
    return render(request, "incidents/staff/emergencies/review.html", context)


def name_of_row(row: reviewing.Row) -> str:
    vietnamese, english = row.name
    return (english if (get_language() or "").startswith("en") else "") or vietnamese


def hour_in_words(row: reviewing.Row) -> str:
    return f"{localtime(row.name):%d/%m %H:00}"


def review_heads() -> list[str]:
    return [
        _("Table"), _("Name"), _("Number of reports"), _("Incidents"), _("Open"), _("Done"), _("Answered"),
        _("Median minutes to the first answer"),
    ]  # fmt: skip


def review_rows(figures: reviewing.Review) -> list[list[Any]]:
    rows = [(_("Total"), "", figures.total)]
    rows += [(_("Kind"), name_of_row(row), row) for row in figures.kinds]
    rows += [(_("Ward"), name_of_row(row), row) for row in figures.wards]
    rows += [(_("Hour"), hour_in_words(row), row) for row in figures.hours]
    return [
        [table, name, row.reports, row.incidents, row.open, row.done, row.answered, minutes_of(row.first_answer)]
        for table, name, row in rows
    ]


def minutes_of(wait: timedelta | None) -> int | None:
    return None if wait is None else round(wait.total_seconds() / 60)
