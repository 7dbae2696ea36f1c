"""Issue, correct, end and withdraw announcements at `/announcing/`."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from incidents import access
from incidents.announcements import acts as announcement_acts
from incidents.announcements import works
from incidents.forms import AnnouncementForm, AnnouncementTimeForm, announcing_context, first_announcement
from incidents.models import Announcement, AnnouncementLine, OfferedWorks
from incidents.models.announcements import WORDS_MAX
from incidents.page_access import SignedInRequest, require_work

MAY = require_work("announce")
MAY_PLAN = require_work("works")  # officers as well, whose lists hold planned works alone
OVER_SHOWN = 20  # ended announcements on the page


@require_safe
@MAY_PLAN
def announcement_list(request: SignedInRequest) -> HttpResponse:
    own = AnnouncementLine.objects.filter(announcement__in=access.announcements_for(request.user))
    shown = list(own.shown())
    over = own.standing().exclude(pk__in=[line.pk for line in shown]).with_pages().order_by("-until", "-pk")
    return render(
        request,
        "incidents/staff/announcements/list.html",
        {
            "shown": shown,
            "over": list(over.select_related("by")[:OVER_SHOWN]),
            "may_undo": may_take_back(request, own),
            "waiting": works.waiting_for(request.user),
            "offers": OfferedWorks.objects.waiting() if access.may_decide_offers(request.user) else (),
        },
    )


def may_take_back(request, own):
    newest = own.standing().filter(by=request.user, at__gt=now() - announcement_acts.WITHIN).order_by("-pk")
    return newest.select_related("announcement").first()


@require_http_methods(["GET", "HEAD", "POST"])
@MAY
def new_announcement(request: SignedInRequest) -> HttpResponse:
    """Renders the form with a preview; without `do=preview` a POST issues the announcement."""
    incidents = access.incidents_for(request.user, "publish")
    if request.method != "POST":
        about = incidents.with_pages().filter(reference=request.GET.get("incident", "")[:20]).first()
        form = AnnouncementForm(first_announcement(request.GET, about), incidents=incidents)
        return render_new(request, form, faults_of_asked_place(form, request.GET))
    form = AnnouncementForm(request.POST, incidents=incidents)
    if request.POST.get("do") == "preview":
        return render_new(request, form, form.faults)
    if not form.is_valid():
        return render_new(request, form, form.faults, status=400)
    data = form.cleaned_data
    try:
        announcement_acts.issue(data["kind"], data["reach"], data["wording"], by=request.user, incident=data["about"])
    except announcement_acts.NotAnnounced as refused:
        return render_new(request, form, refused.faults, status=400)
    messages.success(request, _("The announcement is published."))
    return redirect("announcing")


def faults_of_asked_place(form: AnnouncementForm, params: QueryDict) -> dict[str, str]:
    """Returns the faults of the ward or place; {} while none was entered."""
    names = ("area",) if params.get("reaches") == "ward" else ("where", "lon", "spot")
    if not any(params.get(name) for name in names):
        return {}
    return {name: message for name, message in form.faults.items() if name in ("area", "where")}


def render_new(request, form: AnnouncementForm, faults: dict[str, str], status: int = 200) -> HttpResponse:
    context = announcing_context(form, request.user) | {"shown_faults": faults_as_lists(faults)}
    return render(request, "incidents/staff/announcements/new.html", context, status=status)


def faults_as_lists(faults: dict[str, str]) -> dict[str, list[str]]:
    return {name: [message] for name, message in faults.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@MAY_PLAN
def change_announcement(request: SignedInRequest, pk: int) -> HttpResponse:
    """Corrects an announcement, or with `do=end` ends it. 409 if it was changed meanwhile or is over."""
    announcement = get_object_or_404(access.announcements_for(request.user).select_related("unit"), pk=pk)
    if announcement.planned:
        return redirect("announcing-planned", pk)
    standing = get_object_or_404(AnnouncementLine.objects.standing(), announcement=announcement)
    if request.method != "POST":
        return render_change(request, announcement, standing, form_values_of(standing), {})
    seen = read_key(request.POST.get("seen", ""))
    form = AnnouncementTimeForm(request.POST)
    try:
        if request.POST.get("do") == "end":
            announcement_acts.end(announcement, by=request.user, seen=seen)
            messages.success(request, _("The announcement has ended."))
        elif form.is_valid():
            announcement_acts.correct(announcement, form.cleaned_data["wording"], by=request.user, seen=seen)
            messages.success(request, _("The announcement is corrected."))
        else:
            faults = {name: " ".join(map(str, field_messages)) for name, field_messages in form.errors.items()}
            return render_change(request, announcement, standing, request.POST, faults, status=400)
    except announcement_acts.NotAnnounced as refused:
        return render_change(request, announcement, standing, request.POST, refused.faults, status=400)
    except announcement_acts.TooLate as refused:
        more: dict[str, Any] = {"refusal": str(refused)}
        return render_change(request, announcement, standing, form_values_of(standing), {}, status=409, **more)
    return redirect("announcing")


def read_key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else 0


def form_values_of(line: AnnouncementLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in AnnouncementTimeForm.base_fields}


def render_change(
    request,
    announcement: Announcement,
    standing: AnnouncementLine,
    form_values: Any,
    faults: dict[str, str],
    *,
    status=200,
    **more,
) -> HttpResponse:
    context = {
        "announcement": announcement,
        "line": standing,
        "held": {name: form_values.get(name, "") for name in AnnouncementTimeForm.base_fields},
        "shown_faults": faults_as_lists(faults),
        "over": standing.is_over(),
        "lines": announcement.lines.select_related("by").order_by("pk"),
        "words_max": WORDS_MAX,
    }
    return render(request, "incidents/staff/announcements/change.html", context | more, status=status)


@require_POST
@MAY_PLAN
def take_back_announcement(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraws this person's last line; answers JSON to the scripts of the control room."""
    own = AnnouncementLine.objects.filter(announcement__in=access.announcements_for(request.user), by=request.user)
    line = get_object_or_404(own.select_related("announcement__unit", "announcement__incident"), pk=pk)
    wants_data = "application/json" in request.headers.get("Accept", "")
    try:
        announcement_acts.take_back(line, by=request.user)
    except announcement_acts.TooLate as refused:
        if wants_data:
            return JsonResponse({"error": str(refused), "faults": {}}, status=409)
        messages.error(request, str(refused))
        return redirect("announcing")
    message = _("Undone: nobody is notified.")
    if wants_data:
        return JsonResponse({"said": message})
    messages.success(request, message)
    return redirect("announcing")
