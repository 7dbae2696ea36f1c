"""Pages at `/lead/`: figures of the units that a person leads, the incidents behind them, and both as files."""

from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlencode

import shapely
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from geoapp.db.connections import as_reader
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import read_number
from geoapp.web import sheets
from geoapp.web.figures import format_number, format_percentage
from geoapp.web.paging import KeyPaginator
from gis_data import policies
from gis_data.models import Area
from incidents import access, proofs, workflow
from incidents.analytics import asked, overview
from incidents.casework import extensions, undoing
from incidents.escalation import prompts
from incidents.models import Authority, Category, Incident, Prompt, User
from incidents.models.incident import IncidentQuerySet
from incidents.views.lead import charts
from incidents.wording import duration_in_words

ROWS = 100
WAITING_ROWS = 8  # of directives, and of extensions to decide
NEEDY_UNITS = 10
SHOWN_FIELDS = 12
ASKED_UNITS = 10
PERIODS = {
    "day": gettext_lazy("Today"),
    "week": gettext_lazy("This week"),
    "month": gettext_lazy("Month"),
    "year": gettext_lazy("Year"),
}
# Parts of the bar of open incidents, in order; late ones are a part of their own.
STATES_IN_ORDER = (*Incident.UNACCEPTED, *Incident.IN_HAND, Incident.State.WAITING, Incident.State.DISPUTED)
SIMPLIFY_DEGREES = 0.0007  # tolerance of the map's borders
DARKEST_FROM = 10  # % late: from here on an area has the darkest shade


def find_scopes(request):
    """Returns (all scopes of this person, the one that `?post=` names); raises Http404 for a person who leads none."""
    scopes = overview.scopes_of(request.user)
    if not scopes:
        raise Http404
    return scopes, next((scope for scope in scopes if scope.key == request.GET.get("post")), scopes[0])


@require_safe
def lead_page(request):
    scopes, scope = find_scopes(request)
    period = overview.Period.from_name(request.GET.get("period", "week"))
    figures = overview.count_scope(scope, period)
    units, groups = overview.units_and_groups(figures)
    params = {"post": scope.key, "period": period.name}
    urged = prompts.count_prompts(list(scope.units), period.first, now())
    proven = count_proven(scope, period)
    context = {
        "scopes": [(led.key, scope_title(led)) for led in scopes],
        "scope": scope,
        "title": scope_title(scope),
        "period": period,
        "heading": period_heading(period),
        "periods": [(name, words, urlencode(params | {"period": name})) for name, words in PERIODS.items()],
        "query": urlencode(params),
        "figures": figures,
        "measures": top_measures(figures, sum(proven.values())),
        "worst": units_with_most_late(figures, units),
        "line": weekly_chart(figures),
        "goal": policies.current().on_time_goal,
        "states": open_by_state(figures),
        "needy": units_needing_help(figures, units, urged=urged, proven=proven),
        "urged": sum(number for number, _latest in urged.values()),
        "fields": received_by_field(figures, groups),
        "map": map_of_late_share(scope, figures),
        "orders": unsettled_directives(request.user, scope),
        "asking": extensions.extensions_to_decide(request.user).filter(incident__in=scope.incidents)[:WAITING_ROWS],
        "asked": asked_of(scope, period),
        "small": overview.SMALL_SAMPLE,
        "fresh": fresh_prompt(request),
    }
    return render(request, "incidents/lead/figures.html", context)


def scope_title(scope):
    if scope.post is None:
        return _("All units")
    post = scope.post
    return ", ".join(part.title for part in (post.authority, post.area, post.category) if part)


def period_heading(period):
    first, last = localtime(period.first), localtime(period.last)
    names = {
        "day": lambda: _("Today"),
        "week": lambda: _("Week %(n)d") % {"n": first.isocalendar().week},
        "month": lambda: date_format(first, "YEAR_MONTH_FORMAT"),
        "year": lambda: str(first.year),
    }
    days = f"{last:%d/%m/%Y}" if period.name == "day" else f"{first:%d/%m} – {last:%d/%m/%Y}"
    return {"name": names[period.name](), "days": days, "clock": f"{last:%H:%M}"}


def format_share(figure, places=1):
    return "–" if figure is None else format_percentage(figure, places)


def format_count(figure):
    return format_number(figure, grouped=True)


def format_change(figure, places=0):
    sign = "+" if figure > 0 else "−"
    return (sign if figure else "±") + format_number(abs(figure), places)


def count_proven(scope, period):
    """Returns how many of those done in the period are proven, by key of their unit."""
    ended = scope.incidents.counted().filter(closed_at__gte=period.first, closed_at__lte=period.last)
    return proofs.count_by_unit(ended, period.first)


def top_measures(figures, proven):
    total, rated = figures.total, figures.rated
    before = _("before: %(figure)s")
    return [
        {
            "name": _("Intake"),
            "figure": format_count(total.received),
            "more": before % {"figure": format_count(total.received_before)},
        },
        on_time_measure(total),
        proven_measure(total, proven),
        {
            "name": _("Half done within"),
            "figure": "–" if total.median is None else duration_in_words(timedelta(seconds=total.median)),
            "more": before % {"figure": duration_in_words(timedelta(seconds=total.median_before))}
            if total.median_before
            else "",
        },
        {
            "name": _("Overdue now"),
            "figure": format_count(total.late),
            "more": _("%(change)s compared with then") % {"change": format_change(total.late - total.late_before)},
            "tone": tone_of_change(total.late_before - total.late),
        },
        {
            "name": _("Citizens' rating"),
            "figure": "–" if rated.stars is None else format_number(rated.stars, 1),
            "more": ngettext("of 5, %(n)s rating", "of 5, %(n)s ratings", rated.number)
            % {"n": format_count(rated.number)},
            "then": before % {"figure": format_number(rated.stars_before, 1)} if rated.stars_before else "",
        },
    ]


def on_time_measure(total):
    """Compares the on-time share with the period before; for a small sample shows the numbers instead."""
    measure = {"name": _("On time"), "figure": format_share(total.share)}
    if total.done and total.is_small:
        measure["figure"] = _("%(part)s of %(whole)s") % {
            "part": format_count(total.in_time),
            "whole": format_count(total.done),
        }
        measure["more"] = _("small sample")
    elif total.done and total.done_before >= overview.SMALL_SAMPLE:
        change = round(total.share - total.share_before, 1)
        measure |= {"more": format_change(change, 1), "tone": tone_of_change(change)}
    if total.in_time_first != total.in_time:
        first = format_share(total.share_first) if not total.is_small else format_count(total.in_time_first)
        measure["then"] = _("%(figure)s by the first deadlines") % {"figure": first}
    return measure


def proven_measure(total, proven):
    """Returns the share of what is done that is proven, by the table of `models.Proof`."""
    words = _("%(part)s of %(whole)s done") % {"part": format_count(proven), "whole": format_count(total.done)}
    return {"name": _("Proven"), "figure": format_share(proven_share(total, proven)), "more": words}


def proven_share(row, proven):
    """Returns the percentage proven of what is done; None for a small sample."""
    return None if row.is_small else overview.percentage(proven, row.done)


def tone_of_change(change):
    if change == 0:
        return "quiet"
    return "good" if change > 0 else "warn"


def units_with_most_late(figures, units):
    """Returns up to three units with the most late incidents; None for a single unit or without a late one."""
    late = figures.late[:3]
    if len(figures.units) < 2 or not late:
        return None
    return {
        "number": sum(row.late for _key, row in late),
        "units": [(units[key], format_count(row.late)) for key, row in late],
        "all": len(figures.late) <= 3,
    }


def weekly_chart(figures):
    """Returns the on-time share by week, with gaps for weeks with fewer than five resolved; None without a figure."""
    enough = [
        (week.share if week.done >= 5 else None, week.share_then if week.done_then >= 5 else None)
        for week in figures.weeks
    ]
    ticks, month = [], None
    for index, week in enumerate(figures.weeks):
        day = monday_of_week(figures, week)
        if day.month != month and (not ticks or index - ticks[-1][0] >= 3):
            ticks.append((index, f"{day:%m/%Y}" if not ticks or day.month == 1 else f"{day:%m}"))
        month = day.month
    known = [pair[0] for pair in enough if pair[0] is not None]
    if not known:
        return None
    chart = charts.line_chart(enough, policies.current().on_time_goal, ticks)
    description = _("Share done on time by week, from %(first)s to %(last)s; the goal is %(goal)s.") % {
        "first": format_share(known[0]), "last": format_share(known[-1]),
        "goal": format_share(policies.current().on_time_goal),
    }  # fmt: skip
    return {
        "chart": chart,
        "grid": [(y, format_share(value, 0)) for y, value in chart.grid],
        "end": chart.end and (*chart.end[:2], format_share(chart.end[2])),
        "end_then": chart.end_then and (*chart.end_then[:2], format_share(chart.end_then[2])),
        "said": description,
        "rows": [
            (
                monday_of_week(figures, week), format_count(week.done),
                format_share(week.share), format_share(week.share_then),
            )
            for week in reversed(figures.weeks)
            if week.done or week.done_then
        ],
    }  # fmt: skip


def monday_of_week(figures, week):
    return localtime(figures.period.week - timedelta(weeks=week.ago))


def open_by_state(figures):
    numbers: dict[str, int] = {state: figures.states[state] for state in STATES_IN_ORDER if figures.states.get(state)}
    return {
        "parts": charts.stacked_bar(numbers),
        "keys": [(state, format_count(count)) for state, count in numbers.items()],
        "said": ", ".join(f"{Incident.State(state).label} {format_count(count)}" for state, count in numbers.items()),
    }


def units_needing_help(figures, units, *, urged, proven):
    nothing = [0] * overview.UNIT_WEEKS
    return [
        {
            "unit": units[key],
            "late": format_count(row.late),
            "open": format_count(row.open),
            "share": format_share(row.late_share) if row.late_share is not None else "",
            "proven": "" if row.is_small else format_share(proven_share(row, proven.get(key, 0))),
            "urged": urged.get(key),
            "missed": figures.missed.get(key, nothing),
            "spark": charts.sparkline(figures.missed.get(key, nothing)),
        }
        for key, row in figures.late[:NEEDY_UNITS]
    ]


def received_by_field(figures, groups):
    rows = [(groups[key], row) for key, row in figures.groups.items() if row.received or row.done]
    rows.sort(key=lambda pair: (-pair[1].received, pair[0].position))
    most = max([row.received for _group, row in rows], default=0) or 1
    return [
        {
            "group": group,
            "received": format_count(row.received),
            "width": round(100 * row.received / most, 1),
            "median": "–" if row.median is None else duration_in_words(timedelta(seconds=row.median)),
            "late": format_share(100 - row.share) if not row.is_small else "",
        }
        for group, row in rows[:SHOWN_FIELDS]
    ]


def asked_of(scope, period):
    """Returns what was asked of the units of a scope, and ideas; None where only an area or a field is led."""
    if scope.post and (scope.post.area_id or scope.post.category_id):
        return None
    units = set(scope.units)
    rows = asked.read_rows(period.first, period.last, at=period.last, units=units)
    whole = asked.leads_city(scope.post and scope.post.authority, units)
    figures, titles = rows.figures(units), Authority.objects.in_bulk(rows.by_unit)
    ranked = sorted(
        rows.by_unit.items(), key=lambda item: (-item[1].enquiries_late, -item[1].owed_late, -item[1].enquiries)
    )
    return {
        "figures": figures,
        "late": late_answers_in_words(figures),
        "units": [(titles[key], row) for key, row in ranked[:ASKED_UNITS]] if len(units) > 1 else [],
        "questions": rows.most_asked(units),
        "pages": [
            (page, format_share(page.share, 0) if page.share is not None else "")
            for page in rows.least_helpful(units, whole=whole)
        ],
        "fewest": asked.FEWEST,
    }


def late_answers_in_words(figures):
    parts = {"late": format_count(figures.answered_late), "all": format_count(figures.answered)}
    if figures.late_share is None:
        return _("late: %(late)s of %(all)s") % parts
    return _("late: %(late)s of %(all)s (%(share)s)") % (parts | {"share": format_share(figures.late_share, 0)})


def map_of_late_share(scope, figures):
    """Returns the map of late shares by area; None for fewer than two units with areas of their own."""
    own = Area.objects.filter(own_authority__in=scope.units).values_list("pk", flat=True)
    areas = list(Area.objects.within(own).defer("shape", "outline").order_by("code"))
    deepest = max((area.level for area in areas), default=None)
    areas = [area for area in areas if area.level == deepest]
    if len(areas) < 2:
        return None
    paths, height, labels = draw_outlines(tuple(area.pk for area in areas), f"{now():%Y%m%d%H}")
    late = {area.pk: figures.areas.get(area.pk) for area in areas}
    named = sorted(
        (area.pk for area in areas if late[area.pk] and late[area.pk].late_share),
        key=lambda pk: -late[pk].late_share,
    )[:3]
    shapes, words = [], []
    for area, path, label in zip(areas, paths, labels, strict=True):
        row = late[area.pk]
        shapes.append(
            {
                "path": path,
                "shade": charts.shade_of_share(100 * row.late / row.open, DARKEST_FROM) if row and row.open else 0,
                "outlined": area.pk in named,
                "said": f"{area.title}: {late_in_words(row)}",
            }
        )
        if area.pk in named:
            words.append((*label, area.name))
    return {"shapes": shapes, "words": words, "height": height, "top": format_share(DARKEST_FROM, 0)}


@lru_cache(maxsize=16)
def draw_outlines(areas, _hour):
    """Returns (paths, height of the map, label points); cached for an hour per process."""
    rows = dict(Area.objects.filter(pk__in=areas).values_list("pk", "outline"))
    shapes = shapely.from_wkb([bytes(rows[pk].wkb) for pk in areas])
    # Simplifies shared borders alike, so that no gaps appear.
    return charts.svg_map(shapely.coverage_simplify(shapes, SIMPLIFY_DEGREES))


def late_in_words(row):
    if not row or not row.open:
        return _("nothing open")
    return _("%(late)s of %(open)s overdue") % {"late": format_count(row.late), "open": format_count(row.open)}


def unsettled_directives(user, scope):
    rows = access.directives_for(user).filter(settled_at=None, to__in=scope.units)
    return list(rows.select_related("to", "by", "post__authority").order_by("until", "pk")[:WAITING_ROWS])


def annotate_desk_access(incidents: IncidentQuerySet, user: User) -> IncidentQuerySet:
    work, decide = (access.incidents_for(user, action).filter(pk=OuterRef("pk")) for action in ("work", "decide"))
    return incidents.annotate(ours=Exists(work) | Exists(decide))


@require_safe
def open_incidents(request):
    """Renders `/lead/open/`: open or late incidents of a unit or a field, selectable for a directive."""
    _scopes, scope = find_scopes(request)
    params = {key: request.GET[key] for key in ("unit", "field", "late") if request.GET.get(key)}
    incidents = scope.incidents.overdue() if "late" in params else scope.incidents.open()
    unit = Authority.objects.filter(code=params.get("unit", ""), pk__in=scope.units).first()
    group = Category.objects.filter(code=params.get("field", ""), parent=None).first()
    if unit:
        incidents = incidents.filter(authority=unit)
    if group:
        incidents = incidents.filter(category__parent=group)
    order = ("due_at", "pk")
    shown = annotate_desk_access(Incident.objects.order_by(*order), request.user).with_pages()
    # Repeats that they are open, so that PostgreSQL reads the partial index of open incidents in order.
    chosen = incidents.filter(closed_at=None).order_by(*order)
    context = {
        "title": scope_title(scope),
        "scope": scope,
        "unit": unit,
        "group": group,
        "late": "late" in params,
        "page": KeyPaginator(chosen, ROWS, shown=shown).get_page(request.GET.get("page")),
        "query": urlencode(params | {"post": scope.key}),
        "back": urlencode({"post": scope.key}),
        "at": now(),
    }
    return render(request, "incidents/lead/open_incidents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def remind_unit(request):
    """Previews the reminder about a unit's late incidents and its recipients; a POST sends it."""
    params = request.POST if request.method == "POST" else request.GET
    unit = get_object_or_404(access.units_led(request.user), code=params.get("unit", ""))
    back = {key: params[key] for key in ("post", "period") if params.get(key)}
    if request.method != "POST":
        context = {"preview": prompts.preview_prompt(unit, request.user), "back": urlencode(back), "asked": back}
        return render(request, "incidents/lead/remind.html", context)
    try:
        prompt = prompts.urge_unit(unit, request.user)
    except workflow.NotAllowed as refusal:
        messages.warning(request, str(refusal))
        return redirect(f"{reverse('lead')}?{urlencode(back)}")
    return redirect(f"{reverse('lead')}?{urlencode(back | {'reminded': prompt.pk})}")


@require_POST
def take_back_prompt(request, pk):
    """Cancels a reminder of this person within its delay; nothing was sent yet."""
    prompt = get_object_or_404(Prompt, pk=pk, by=request.user.pk)
    try:
        prompts.take_back(prompt.pk, request.user)
        messages.success(request, _("Undone: %(what)s") % {"what": prompt.authority.title})
    except undoing.TooLate as late:
        messages.warning(request, str(late))
    back = {key: request.POST[key] for key in ("post", "period") if request.POST.get(key)}
    return redirect(f"{reverse('lead')}?{urlencode(back)}")


def fresh_prompt(request):
    key = read_number(request.GET.get("reminded"))
    mine = Prompt.objects.filter(pk=key or 0, by=request.user.pk, undone_at=None, sent_at=None)
    return mine.filter(at__gt=now() - undoing.WITHIN).select_related("authority").first()


@require_safe
@as_reader()
def units_csv(request):
    _scopes, scope = find_scopes(request)
    period = overview.Period.from_name(request.GET.get("period", "week"))
    figures = overview.count_scope(scope, period, medians_of_units=True)
    units, _groups = overview.units_and_groups(figures)
    proven = count_proven(scope, period)
    heads = [
        _("Unit"), _("Code"), _("Intake"), _("Done"), _("Done on time"), _("Done by the first deadline"),
        _("Share on time"), _("Done and confirmed"), _("Share confirmed"), _("Open"), _("Overdue now"),
        _("Median hours"),
    ]  # fmt: skip
    rows = [(units[key].title, units[key].code, row, proven.get(key, 0)) for key, row in figures.units.items()]
    rows.sort(key=lambda row: row[0])
    return sheets.csv_response(
        f"units-{period.name}-{localtime(period.last):%Y-%m-%d}",
        heads,
        [
            [
                name, code, row.received, row.done, row.in_time, row.in_time_first, row.share,
                confirmed, overview.percentage(confirmed, row.done), row.open, row.late,
                None if row.median is None else row.median / 3600,
            ]
            for name, code, row, confirmed in [*rows, (_("Total"), "", figures.total, sum(proven.values()))]
        ],
    )  # fmt: skip
