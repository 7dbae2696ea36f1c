"""An authority's desk: what is to do, one incident with its steps, and each look at a reporter's contact."""

from collections import Counter
from functools import reduce
from itertools import groupby
from operator import or_
from urllib.parse import urlencode

import phonenumbers
from django.contrib import messages
from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, Value, When
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.timezone import localtime, now, timedelta
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents import access, intake, timeline, workflow
from incidents.models import Authority, Event, Incident
from incidents.templatetags.incident_words import span
from incidents.views import clock, pages, steps

S = Incident.State
ROWS = 100  # shown at first; "more" shows as many again
w = gettext_lazy
SORTS = {
    "due": (w("Nearest deadline"), ("stopped", "-closed_at", "due_at", "pk")),
    "newest": (w("Newest first"), ("-received_at", "-pk")),
    "changed": (w("Latest change"), ("-changed_at", "-pk")),
    "reports": (w("Most reports"), ("-reports_count", "due_at", "pk")),
}
STOPPED = Case(
    When(state__in=Incident.RUNNING, then=Value(0)),
    When(state=S.WAITING, then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
GROUPS = {
    "late": w("Late"),
    "today": w("Today"),
    "later": w("Tomorrow and later"),
    "waiting": w("Waiting for the reporter"),
    "closed": w("Closed"),
}
# Signs of the events that are no change of state.
SIGNS = {
    Event.Kind.JOINED: "i-merge",
    Event.Kind.EVIDENCE: "i-camera",
    Event.Kind.NOTE: "i-edit",
    Event.Kind.VIEWED: "i-eye",
    Event.Kind.REDRAWN: "i-map",
    Event.Kind.RESTORED: "i-map",
    Event.Kind.CLAIMED: "i-handover",
}
TABS = {
    "open": (w("Open"), ""),
    "late": (w("Overdue"), "late"),
    "new": (w("New"), "received"),
    "working": (w("In progress"), "working"),
    "waiting": (w("Waiting for reporter"), "waiting"),
    "resolved": (w("Resolved this week"), "resolved"),
}
# Only where there are any: a neighbour's incidents whose place is vague.
MAYBE = {"maybe": (w("May be ours"), "")}


def shown(at):
    """What each tab shows at this moment, as conditions on an incident; `all` is the whole history."""
    today = localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "open": Q(state__in=Incident.OPEN),
        "late": Q(state__in=Incident.RUNNING, due_at__lt=at),
        "new": Q(state__in=Incident.UNACCEPTED),
        "working": Q(state__in=Incident.IN_HAND),
        "waiting": Q(state=S.WAITING),
        "resolved": Q(state__in=Incident.DONE, closed_at__gte=today - timedelta(days=today.weekday())),
        "maybe": Q(),
        "all": Q(),
    }


def units_of(user):
    """The units whose desk this person sees."""
    units = Authority.objects.all() if user.is_superuser else access.authorities_of(user)
    return units.select_related("area").defer("area__shape", "area__outline").order_by("name")


def queue(request):
    """The list of a desk as the address asks for it: unit, tab, words, order; with the numbers of the tabs."""
    at, asked = now(), request.GET
    # Before the rows are read, so that the stream resumes with whatever is missing in them.
    last_event = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    units = list(units_of(request.user))
    unit = next((unit for unit in units if unit.code == asked.get("unit")), None)
    theirs, maybe = access.incidents_for(request.user, "work"), access.incidents_for(request.user, "claim")
    if unit:
        theirs, maybe = theirs.filter(authority=unit), access.claimable(Authority.objects.filter(pk=unit.pk))
    conditions, words = shown(at), asked.get("q", "").strip()
    show = asked.get("show") if asked.get("show") in conditions else ("all" if words else "open")
    sort = asked.get("sort") if asked.get("sort") in SORTS else "due"
    limit = int(asked["rows"]) if asked.get("rows", "").isascii() and asked.get("rows", "").isdigit() else ROWS
    limit = min(max(limit, ROWS), 20 * ROWS)
    numbers = theirs.filter(conditions["open"] | conditions["resolved"]).aggregate(
        **{name: Count("pk", filter=conditions[name]) for name in TABS}
    )
    numbers["maybe"] = maybe.count()
    rows = with_ours(maybe if show == "maybe" else theirs.filter(conditions[show]), request.user)
    rows = rows.matching(words).alias(stopped=STOPPED).with_pages()
    rows = list(rows.order_by(*SORTS[sort][1])[: limit + 1])
    kept = kept_of(request)
    return {
        "units": units,
        "unit": unit or (units[0] if len(units) == 1 else None),
        "owns": "" if request.user.is_superuser else ",".join(str(one.pk) for one in units),
        "tabs": [
            {"name": name, "label": label, "state": state, "number": numbers[name], "query": query(kept, show=name)}
            for name, (label, state) in (TABS | MAYBE).items()
            if name in TABS or numbers[name] or name == show
        ],
        "show": show,
        "words": words,
        "sort": sort,
        "sorts": [(name, label) for name, (label, _order) in SORTS.items()],
        "kept": kept,
        "all_query": query({}, show="all", sort="newest"),
        "clear_query": query({"unit": kept.get("unit", "")}),
        "groups": grouped(rows[:limit], at) if sort == "due" else [("", rows[:limit])] if rows else [],
        "more_query": query(kept, rows=limit + ROWS) if len(rows) > limit else "",
        "last_event": last_event,
        "at": at,
    }


def kept_of(request):
    """What the address says of the list, to be said again in the next address."""
    return {key: request.GET[key] for key in ("unit", "show", "q", "sort", "rows") if request.GET.get(key)}


def query(kept, **change):
    """The query string of a desk with a change, or "" where nothing differs from the plain desk."""
    wanted = {key: value for key, value in (kept | change).items() if value}
    if change and "rows" not in change:
        wanted.pop("rows", None)
    if change.get("show"):
        wanted.pop("q", None)
    return f"?{urlencode(wanted)}" if wanted else ""


def grouped(rows, at):
    """Rows in the order of their deadlines, in groups with their names."""
    return [(GROUPS[name], list(members)) for name, members in groupby(rows, lambda row: group_of(row, at))]


def group_of(incident, at):
    if incident.closed_at:
        return "closed"
    if incident.state == S.WAITING:
        return "waiting"
    if incident.due_at < at:
        return "late"
    return "today" if localtime(incident.due_at).date() == localtime(at).date() else "later"


def detail(incident, ours=True):
    """One incident as its desk sees it: everything. A neighbour whose it may be sees what concerns nobody's person."""
    at = now()
    late = incident.is_open and incident.is_late
    events = incident.timeline.select_related("by", "authority").prefetch_related("photos")
    events = list(events if ours else events.filter(public=True))
    reports = list(incident.reports.prefetch_related("photos").order_by("pk"))
    if not ours:
        for report in reports:
            report.text = intake.without_contacts(report.text)
    channels = Counter(report.get_channel_display() for report in reports)
    return {
        "incident": incident,
        "clock": clock.clock(incident, events, at),
        "late_by": _("%(span)s late") % {"span": span(at - incident.due_at)} if late else "",
        "ours": ours,
        "vague": pages.shares_of(incident),
        "neighbours": access.neighbours(incident),
        "history": [history_line(event, ours) for event in reversed(events)],
        "reports": reports,
        "channels": ", ".join(f"{number} {channel}" for channel, number in channels.items()),
        "photos": [photo for report in reports for photo in report.photos.all() if ours or photo.public],
        "contacts": [
            {"report": report, "phone": masked_phone(report.phone), "email": masked_email(report.email)}
            for report in reports
            if ours and (report.phone or report.email)
        ],
        "offered": steps.offered(incident.state) if ours else steps.Offered("claim"),
        "steps": steps.STEPS,
    }


def history_line(event, ours=True):
    """What the desk reads of an event: its sign where it is no change of state, its words, who of its own it was."""
    quoted = event.kind in (Event.Kind.ANSWERED, Event.Kind.JOINED) and bool(event.note)
    said = [name for name in (ours and event.by and (event.by.get_full_name() or event.by.username),) if name]
    if event.authority and event.kind != Event.Kind.ASSIGNED:
        said.append(event.authority.title)
    return {
        "event": event,
        "icon": SIGNS.get(event.kind, ""),
        # A report is assigned in the moment in which it is received.
        "state": S.RECEIVED if event.kind == Event.Kind.RECEIVED else event.state,
        "quoted": quoted,
        # What the reporter wrote stands above in full.
        "note": "" if quoted or event.kind == Event.Kind.RECEIVED else event.note,
        "who": ", ".join(said),
        "photos": event.photos.all(),
    }


def national(number):
    """A phone number as people of its country write it."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.NATIONAL)
    except phonenumbers.NumberParseException:
        return number


def masked_phone(number):
    """`0937 ••• 216`: enough to know one's own number again."""
    digits = "".join(c for c in national(number) if c.isdigit())
    return f"{digits[:4]} ••• {digits[-3:]}" if len(digits) > 7 else "•••" if number else ""


def masked_email(address):
    name, at, domain = address.partition("@")
    return f"{name[0]}•••@{domain}" if at and name else ""


def found(user, reference, *actions):
    """The incident, if this person may take one of these actions on it; a stranger's guess finds nothing."""
    first, *others = (access.incidents_for(user, action) for action in actions or ("work",))
    allowed = reduce(or_, others, first)
    return get_object_or_404(with_ours(allowed, user).with_pages(), reference=reference)


def with_ours(incidents, user):
    """Each with `ours`: whether this person works it, or only reads what may be theirs."""
    return incidents.annotate(ours=Exists(access.incidents_for(user, "work").filter(pk=OuterRef("pk"))))


PARTS = {
    "queue": "incidents/desk.html#live",
    "detail": "incidents/desk_detail.html",
    "contact": "incidents/desk_detail.html#contact",
    "form": "incidents/desk_step.html",
}


def page(request, incident=None, status=200, **more):
    """The desk with its list and this incident opened, or the one part of it that the script asks for."""
    part = request.GET.get("part")
    if part not in PARTS or (part == "form" and "form" not in more):
        part = None
    context = {"query": query(kept_of(request)), "alone": incident is not None}
    if part not in ("detail", "contact", "form"):
        context |= queue(request)
        incident = incident or next((row for _name, rows in context["groups"] for row in rows), None)
    if incident and part in ("detail", "contact", None):
        context |= detail(incident, incident.ours)
    return render(
        request, PARTS.get(part, "incidents/desk.html"), context | {"incident": incident} | more, status=status
    )


@require_safe
def desk(request):
    """What is to do; beside it the first incident, where there is room."""
    if not access.does(request.user, "desk"):
        raise Http404
    return page(request)


@require_safe
def incident(request, reference):
    return page(request, found(request.user, reference, "work", "claim"))


@require_POST
def contact(request, reference):
    """Show the reporters' phone numbers and addresses; the look is written into the history."""
    one = found(request.user, reference, "contact")
    timeline.record(one, Event.Kind.VIEWED, by=request.user, public=False)
    context = detail(one)
    for line in context["contacts"]:
        line |= {"phone": national(line["report"].phone), "email": line["report"].email}
    return page(request, one, contacts=context["contacts"], contact_shown=True)


@require_http_methods(["GET", "HEAD", "POST"])
def take_step(request, reference, step):
    """The form of a step, or the step itself; who comes too late is told what the incident is by now."""
    one = found(request.user, reference, "claim" if step == "claim" else "work")
    if step not in steps.STEPS:
        raise Http404
    units = access.claims_for(request.user, one) if step == "claim" else None
    if request.method != "POST":
        return page(request, one, form=steps.StepForm(step, one, units))
    form = steps.StepForm(step, one, units, request.POST, request.FILES)
    if not form.is_valid():
        return page(request, one, 400, form=form)
    given = form.cleaned_data
    try:
        workflow.move(
            one, step, by=request.user,
            note=given.get("note", ""), to=given.get("to"), pictures=given["pictures"],
        )  # fmt: skip
    except workflow.NotAllowed as refusal:
        return too_late(request, reference, str(refusal))
    return done(request, one, form)


def too_late(request, reference, said):
    if request.GET.get("part"):
        return JsonResponse({"error": said}, status=409)
    return page(request, found(request.user, reference, "work", "claim"), 409, refusal=said)


def done(request, incident, form):
    to = form.cleaned_data.get("to")
    said = form.words.done % {"what": what(incident), "to": to.title if to else ""}
    ours = access.incidents_for(request.user, "work").filter(pk=incident.pk).exists()
    if request.GET.get("part"):
        return JsonResponse({"said": said, "ours": ours})
    messages.success(request, said)
    return redirect("desk-incident", incident.reference) if ours else redirect(reverse("desk"))


def what(incident):
    """`Pothole, Harbour Road`"""
    return ", ".join(part for part in (incident.category.title, incident.address) if part)
