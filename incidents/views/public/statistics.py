"""Statistics of a period at `/stats/` as a table, a map and a file."""

from datetime import timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from geoapp.db.connections import as_reader
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import QueryError
from incidents import access
from incidents.analytics import statistics
from incidents.analytics.statistics import Kept, StatisticsQuery, StatisticsTable
from incidents.analytics.tables import aria_sort, next_sort
from incidents.map import public_map
from incidents.models import Category, Incident, User
from incidents.models.incident import IncidentQuerySet
from incidents.wording import duration_in_words

CACHE_SECONDS = 60
LONGEST_BAR = 85  # % of the width: the figure stands behind it
COLUMN_HELP = {
    "done": lambda: _("Done and confirmed with a result"),
    "in_time": lambda: _("Done by its deadline"),
    "share": lambda: _("Done on time, of those done or overdue"),
    "share_proven": lambda: _("Confirmed by people, or by a photo of the place and time, of those done"),
    "late": lambda: _("Open and past the deadline, or done after it"),
    "days": lambda: _("Half of those done took less time from report to result"),
}


def countable_incidents(user: User | AnonymousUser) -> IncidentQuerySet:
    return public_map.published_incidents() if user.is_anonymous else access.incidents_for(user)


def count_for(user: User | AnonymousUser, question: StatisticsQuery) -> StatisticsTable:
    """Returns the figures for this person: from aggregates for the public and for those who read everything, else
    counted row by row.
    """
    return statistics.count_incidents(countable_incidents(user), question, packed=packed_for(user))


def packed_for(user: User | AnonymousUser) -> Kept | None:
    """Returns whose aggregates count for a person; None where each incident has to be looked at."""
    return Kept.PUBLIC if user.is_anonymous else Kept.EVERYTHING if access.reads_everything(user) else None


@login_not_required
@require_safe
def statistics_page(request):
    try:
        question, faults = StatisticsQuery.from_parameters(request.GET), []
    except QueryError as error:
        question, faults = StatisticsQuery.usual(), list(error.faults)
    with as_reader():
        table = count_for(request.user, question)
    response = render(
        request,
        "incidents/public/stats.html",
        {
            "table": table,
            "question": question,
            "faults": faults,
            "columns": table_heads(question),
            "periods": usual_periods(question),
            "bars": field_bars(table),
            "half_within": duration_in_words(table.total.half_within) if table.total.half_within is not None else "",
            "groups": Category.objects.filter(parent=None, children__restricted=False).distinct(),
            "states": [("", _("Every state")), ("open", _("Open")), *Incident.shown_states()],
            "query": urlencode(question.parameters()),
            "several": len(table.editions) > 1,
            "shown": statistics.COLUMNS[table.shown_column],
            "legend": [
                (
                    shade,
                    statistics.format_figure(table.shown_column, least),
                    statistics.format_figure(table.shown_column, most),
                )
                for shade, least, most in table.scale.legend
            ],
        },
        status=400 if faults else 200,
    )
    response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}" if not faults else "no-store"
    return response


def usual_periods(question):
    today = localdate()
    firsts = {
        _("7 days"): today - timedelta(days=6),
        _("30 days"): today - timedelta(days=29),
        _("Year %(year)s") % {"year": today.year}: today.replace(month=1, day=1),
    }
    shown = question.first, question.last
    return [
        (words, urlencode(question.parameters(first=first, last=today)), (first, today) == shown)
        for words, first in firsts.items()
    ]


def field_bars(table):
    """Returns a bar per group of fields, longest first; lengths are percentages of the width."""
    most = max((row.received for row in table.groups), default=0)
    least = table.least_in_time
    return [
        {
            "row": row,
            "length": f"{LONGEST_BAR * row.received / most:.2f}%",
            "late_from": f"{LONGEST_BAR * (row.received - row.late) / most:.2f}%",
            "late": f"{LONGEST_BAR * row.late / most:.2f}%",
            "share": "" if row.is_small else statistics.format_figure("share", row.share),
            "is_least": row is least,
        }
        for row in table.groups
    ]


def table_heads(question):
    heads = {"name": _("Area"), **statistics.COLUMNS}
    return [
        {
            "name": name,
            "words": words,
            "help": COLUMN_HELP[name]() if name in COLUMN_HELP else "",
            "query": urlencode(question.parameters(sort=next_sort(name, question.sort))),
            "sorted": aria_sort(name, question.sort),
        }
        for name, words in heads.items()
    ]


def explain_invalid_query(view):
    @login_not_required
    @require_safe
    @as_reader()
    def answer(request):
        try:
            content, kind = view(request, StatisticsQuery.from_parameters(request.GET))
        except QueryError as error:
            return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
        response = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
        response["Cache-Control"] = f"private, max-age={CACHE_SECONDS}"
        return response

    return answer


@explain_invalid_query
def map_script(request, question):
    table = count_for(request.user, question)
    return statistics.map_script(table), "text/javascript"


@rate_limits.limit_requests("export")
@explain_invalid_query
def areas_csv(request, question):
    table = count_for(request.user, question)
    return statistics.table_to_csv(table), "text/csv"
