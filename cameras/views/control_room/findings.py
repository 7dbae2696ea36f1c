"""`/control/findings/`: what cameras report; a person makes it an incident or dismisses it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cameras import access
from cameras.detection import crowds, findings
from cameras.models import Finding
from cameras.viewlog import ledger
from geoapp.methods import require_safe
from incidents import intake
from incidents.models import Category
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

ROWS, DECIDED = 60, 30


@require_safe
@require_work("control")
def proposals(request: HttpRequest, fault: str = "", at: int | None = None, status: int = 200) -> HttpResponse:
    """What is open, the newest first, each with its picture, and what was decided lately."""
    shown = list(access.findings_for(request.user).filter(state=Finding.State.OPEN).select_related("camera")[:ROWS])
    choices, mostly = findings.reportable_categories(), findings.mostly_dismissed()
    for one in shown:
        one.suggested = findings.suggest_category(one.kind, choices)  # type: ignore[attr-defined]  # for the page
        one.mostly = mostly.get(one.kind)  # type: ignore[attr-defined]  # for the page
        one.fault = fault if one.pk == at else ""  # type: ignore[attr-defined]  # for the page
    decided = Finding.objects.exclude(state=Finding.State.OPEN).select_related("camera", "by", "incident")
    decided = list(decided.order_by("-decided_at")[:DECIDED])
    for one in decided:
        one.who = person_name(one.by)  # type: ignore[attr-defined]  # for the page
    ledger.record_viewing(request.user, "finding", [one.camera_id for one in shown if one.picture])
    context = {"shown": shown, "decided": decided, "categories": choices, "counts": crowds.has_model()}
    return render(request, "cameras/control_room/findings.html", context, status=status)


def decision_view(view):
    """A view that decides a finding; where somebody else did already, it says who and what."""

    @require_POST
    @require_work("control")
    def answer(request, key):
        get_object_or_404(Finding, pk=key)
        try:
            return view(request, key)
        except findings.AlreadyDecided as taken:
            messages.error(request, decided_text(taken.finding))
            return redirect("findings")

    return answer


def decided_text(finding):
    said = {
        "who": person_name(finding.by),
        "what": finding.get_state_display(),
        "when": f"{localtime(finding.decided_at):%H:%M}",
    }
    if finding.by:
        return _("%(who)s was quicker, at %(when)s: %(what)s.") % said
    return _("It has passed meanwhile, at %(when)s.") % said


@decision_view
def make_incident(request: SignedInRequest, key: int) -> HttpResponse:
    category = get_object_or_404(Category.objects.leaves(), code=request.POST.get("category", ""))
    try:
        incident = findings.make_incident(request.user, key, category, request.POST.get("text", ""))
    except intake.ReportRefused as refused:
        return show_fault(request, str(refused), key)
    messages.success(request, _("Incident %(reference)s was made.") % {"reference": incident.reference})
    return redirect("findings")


@decision_view
def dismiss_finding(request: SignedInRequest, key: int) -> HttpResponse:
    try:
        findings.dismiss_finding(request.user, key, request.POST.get("reason", ""))
    except findings.NotPossible as why:
        return show_fault(request, str(why), key)
    messages.success(request, _("Dismissed."))
    return redirect("findings")


def show_fault(request, fault, key):
    """The page once more, with what was wrong."""
    request.method = "GET"
    return proposals(request, fault=fault, at=key, status=400)
