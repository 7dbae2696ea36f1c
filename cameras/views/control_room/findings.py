"""Show and decide findings of cameras: `/control/findings/`."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from cameras import access
from cameras.detection import findings, making
from cameras.masking import strip
from cameras.models import Finding
from cameras.viewlog import ledger
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from incidents import access as posts
from incidents import reporting
from incidents.models import Category
from incidents.page_access import SignedInRequest, require_work
from incidents.wording import person_name

ROWS, DECIDED = 60, 30
NEAR, NEAR_M = 3, 150.0
PICTURES, BEFORE = 4, timedelta(minutes=20)
# The score is shown in words from these thresholds on, never as a figure alone.
SURE = ((0.8, gettext_lazy("very sure")), (0.6, gettext_lazy("fairly sure")), (0, gettext_lazy("not sure")))


@require_safe
@require_work("control")
def proposals(request: HttpRequest, fault: str = "", at: int | None = None, status: int = 200) -> HttpResponse:
    """Show the open findings, newest first, the chosen one (`?at=KEY`) in detail, and those decided lately."""
    moment = now()
    rows = access.findings_for(request.user).events()
    shown = list(rows.to_decide(moment).select_related("camera")[:ROWS])
    for finding in shown:
        finding.sure = next(
            (words for least, words in SURE if finding.score is not None and finding.score >= least), ""
        )
    choices, mostly = findings.reportable_categories(), findings.mostly_dismissed()
    at = at or read_number(request.GET.get("at"))
    chosen = next((finding for finding in shown if finding.pk == at), shown[0] if shown else None)
    if chosen:
        describe_chosen(request.user, chosen, choices)
        chosen.mostly = mostly.get(chosen.kind)
        chosen.fault = fault
    decided = rows.exclude(state=Finding.State.OPEN).select_related("camera", "by", "incident")
    decided = list(decided.order_by("-decided_at")[:DECIDED])
    for finding in decided:
        finding.who = person_name(finding.by)
    ledger.record_viewing(request.user, "finding", [finding.camera_id for finding in shown if finding.picture])
    undo = [key for text in request.GET.get("undo", "").split(",") if (key := read_number(text))][:ROWS]
    context = {
        "shown": shown,
        "chosen": chosen,
        "undo": undo,
        "decided": decided,
        "categories": choices,
        "making": making.making_now(),
        "later": rows.filter(state=Finding.State.OPEN, later_until__gt=moment).count(),
    }
    return render(request, "cameras/control_room/findings.html", context, status=status)


def describe_chosen(user, finding, choices):
    finding.suggested = findings.suggest_category(finding.kind, choices)
    around = reporting.open_incidents_around(posts.incidents_for(user, "read"), finding.camera.place, metres=NEAR_M)
    finding.near = list(findings.same_kind_first(around, finding.suggested).with_pages()[:NEAR])
    finding.same = next((incident for incident in finding.near if incident.category == finding.suggested), None)
    before = access.frames_for(user).filter(
        camera=finding.camera, taken_at__range=(finding.since - BEFORE, finding.seen_at)
    )
    moments = list(before.order_by("taken_at").values_list("taken_at", flat=True))
    finding.frames = list(before.filter(taken_at__in=strip.spread_evenly(moments, PICTURES)).order_by("taken_at"))
    judged = Finding.objects.filter(camera=finding.camera, kind=finding.kind, state__in=findings.DECIDED)
    finding.judged, finding.right = judged.count(), judged.filter(state=Finding.State.MADE).count()


def decided_text(finding):
    values = {
        "who": person_name(finding.by),
        "what": finding.get_state_display(),
        "when": f"{localtime(finding.decided_at):%H:%M}",
    }
    if finding.by:
        return _("%(who)s was faster, at %(when)s: %(what)s.") % values
    return _("It ended in the meantime, at %(when)s.") % values


@require_POST
@require_work("control")
def decide_several(request: SignedInRequest) -> HttpResponse:
    """Decide the marked findings (`key`), or the chosen one (`at`) if none is marked: `act` is merge (into the incident
    `join`), make (one new incident of `category`), dismiss (for a `reason`), later, or undo.
    """
    keys = [key for text in request.POST.getlist("key")[:ROWS] if (key := read_number(text))]
    at, act = read_number(request.POST.get("at")), request.POST.get("act", "")
    keys = keys or ([at] if at else [])
    known = access.findings_for(request.user).events().filter(pk__in=keys)
    keys = [key for key in keys if key in set(known.values_list("pk", flat=True))]
    if not keys or act not in ("merge", "make", "dismiss", "later", "undo"):
        raise Http404
    if act == "undo":
        back = sum(findings.undo_decision(request.user, key) for key in keys)
        messages.success(request, ngettext("%(n)s alert restored.", "%(n)s alerts restored.", back) % {"n": back})
        return redirect(f"{reverse('findings')}?at={keys[0]}")
    join = posts.incidents_for(request.user, "read").open().filter(reference=request.POST.get("join", "")).first()
    category = Category.objects.leaves().filter(code=request.POST.get("category", "")).first()
    if act == "merge" and join is None:
        return show_fault(request, _("Choose the incident to add it to."), keys[0])
    if act == "make" and category is None:
        return show_fault(request, _("Choose the type."), keys[0])
    following = next_after(request.user, keys)
    decided = findings.decide_several(
        request.user, keys, "make" if act == "merge" else act, reason=request.POST.get("reason", ""),
        category=category, join=join if act == "merge" else None, text=request.POST.get("text", ""),
    )  # fmt: skip
    for quicker in decided.quicker:
        messages.error(request, decided_text(quicker))
    if decided.fault:
        return show_fault(request, decided.fault, keys[0])
    if decided.done:
        messages.success(request, several_text(decided, act))
    query = {"at": following} if following else {}
    if act in ("dismiss", "later") and decided.done:
        query["undo"] = ",".join(map(str, decided.done))
    return redirect(f"{reverse('findings')}?{urlencode(query)}")


def next_after(user, keys):
    shown = list(access.findings_for(user).events().to_decide(now()).values_list("pk", flat=True)[:ROWS])
    first = min((shown.index(key) for key in keys if key in shown), default=0)
    rest = [key for key in shown[first:] + shown[:first] if key not in keys]
    return rest[0] if rest else None


def several_text(decided, act):
    count = len(decided.done)
    values = {"n": count, "reference": decided.incident.reference if decided.incident else ""}
    if act == "dismiss":
        return ngettext("%(n)s alert dismissed.", "%(n)s alerts dismissed.", count) % values
    if act == "later":
        return (
            ngettext("%(n)s alert appears again in half an hour.", "%(n)s alerts appear again in half an hour.", count)
            % values
        )
    if act == "merge":
        return _("Added to %(reference)s.") % values
    return _("Incident %(reference)s was created.") % values


def show_fault(request, fault, key):
    request.method = "GET"
    return proposals(request, fault=fault, at=key, status=400)
