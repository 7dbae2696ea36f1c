"""Pages of directives: leaders issue and settle them, units acknowledge and report."""

from datetime import timedelta

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import is_naive, localtime, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.http.http_methods import require_safe
from gis_data.alphabet import in_alphabet
from incidents import access
from incidents.escalation import directives
from incidents.models import Authority
from incidents.views.lead.lead_pages import annotate_desk_access

ROWS = 50
STEP_DONE = {
    "acknowledge": lambda: _("The leader can see that you have read it."),
    "report": lambda: _("The report was sent."),
    "settle": lambda: _("The directive is completed."),
}


@require_safe
def directive_list(request):
    if not any(access.does_work(request.user, work) for work in ("lead", "desk", "watch", "control")):
        raise Http404
    rows = access.directives_for(request.user).select_related("to", "by", "post__authority")
    rows = rows.order_by("-given_at", "-pk") if "all" in request.GET else rows.filter(settled_at=None)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    show_all = "all" in request.GET
    context = {"page": page, "all": show_all, "query": "all" if show_all else ""}
    return render(request, "incidents/lead/directives/list.html", context)


@require_safe
def directive_page(request, pk):
    return render_directive(request, find_directive(request.user, pk))


def find_directive(user, pk, action="read"):
    rows = access.directives_for(user, action).select_related(
        "to", "by", "post__authority", "acknowledged_by", "reported_by"
    )
    return get_object_or_404(rows, pk=pk)


def render_directive(request, directive, status=200, **more):
    reached = access.incidents_for(request.user).filter(directives=directive)
    context = {
        "directive": directive,
        "incidents": list(annotate_desk_access(reached, request.user).with_pages().order_by("pk")),
        "answers": access.directives_for(request.user, "answer").filter(pk=directive.pk).exists(),
        "settles": access.directives_for(request.user, "settle").filter(pk=directive.pk).exists(),
    }
    return render(request, "incidents/lead/directives/directive.html", context | more, status=status)


@require_POST
def take_step(request, pk, step):
    """Acknowledges, reports or settles; 409 with the present state if the step is no longer possible."""
    directive = find_directive(request.user, pk)
    if step not in STEP_DONE:
        raise Http404
    find_directive(request.user, pk, "settle" if step == "settle" else "answer")
    try:
        if step == "report":
            directives.report_back(directive, request.user, request.POST.get("report", ""))
        elif step == "settle":
            directives.settle_directive(directive, request.user)
        else:
            directives.acknowledge_directive(directive, request.user)
    except directives.InvalidDirective as unfit:
        return render_directive(request, directive, 400, faults=unfit.faults, written=request.POST.get("report", ""))
    except directives.DirectiveNotAllowed as refusal:
        return render_directive(request, find_directive(request.user, pk), 409, refusal=str(refusal))
    messages.success(request, STEP_DONE[step]())
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        return redirect(back)
    return redirect("directive", directive.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def new_directive(request):
    """Renders or takes the form of a directive; `?to=CODE&incident=REFERENCE&…&post=KEY` preselect its fields."""
    if not access.does_work(request.user, "lead"):
        raise Http404
    params = request.POST if request.method == "POST" else request.GET
    posts = list(directives.leader_posts(request.user).select_related("authority", "area", "category", "user"))
    post = next(
        (candidate for candidate in posts if str(candidate.pk) == params.get("post")), posts[0] if posts else None
    )
    units = directives.directable_units(request.user, post).order_by(in_alphabet("name"))
    chosen = find_led_incidents(request.user, params.getlist("incident"))
    context = {"posts": posts, "post": post, "units": units, "incidents": chosen, "written": params}
    if request.method != "POST":
        shared = {incident.authority.code for incident in chosen}
        to = params.get("to") or (shared.pop() if len(shared) == 1 else "")
        return render_directive_form(request, context | {"to": to, "until": default_deadline()})
    to = Authority.objects.filter(code=params.get("to", "")).first()
    try:
        directive = directives.give_directive(
            request.user, post, to, params.get("what", ""), parse_local_time(params.get("until", "")), chosen
        )
    except directives.InvalidDirective as unfit:
        more = {"to": params.get("to"), "until": params.get("until"), "faults": unfit.faults}
        return render_directive_form(request, context | more, 400)
    messages.success(request, _("The directive was given to %(unit)s.") % {"unit": directive.to.title})
    return redirect("directive", directive.pk)


def render_directive_form(request, context, status=200):
    return render(request, "incidents/lead/directives/new.html", context, status=status)


def find_led_incidents(user, references):
    references = references[: directives.INCIDENTS_MAX + 1]
    if not references:
        return []
    led = access.incidents_for(user, "direct").filter(reference__in=references)
    return list(led.with_pages().order_by("due_at", "pk"))


def parse_local_time(text):
    """Parses the local time of a datetime-local field; None for anything else, or of another century."""
    try:
        time = parse_datetime(text)
    except ValueError:
        return None
    if time is None or not 2000 <= time.year < 2100:
        return None
    return make_aware(time) if is_naive(time) else time


def default_deadline():
    return f"{localtime() + timedelta(days=1):%Y-%m-%d}T17:00"
