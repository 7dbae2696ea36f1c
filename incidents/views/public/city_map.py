"""The public map: its page, its list, its tiles."""

import hashlib
from collections.abc import Callable
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import condition

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import OneOfField, QueryError, read_together
from gis_data.alphabet import in_alphabet
from gis_data.models import Area
from gis_data.services.tiles import NoSuchTile
from incidents.analytics.statistics import ColourScale, format_figure
from incidents.map import density, public_map, shared_cache
from incidents.map.area_counts import SMALL_SAMPLE, AreaCount, count_areas
from incidents.map.public_map import MapFilters
from incidents.map.state_groups import GROUPS
from incidents.models import AnnouncementLine, Authority, Category, Event, Incident
from incidents.views.public import box
from incidents.views.public.box_groups import groups_context
from incidents.views.public.installing import allow_offline_copy

TOLD = 3  # announcements above the list
CACHE_SECONDS = 10  # of a tile, for clients without the event stream; an open page reloads tiles on news


def explain_invalid_query(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Wraps a public GET view; QueryError is answered 400 with the reason as JSON."""

    @login_not_required
    @require_safe
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except QueryError as error:
            return JsonResponse({"error": str(error)}, status=error.status, json_dumps_params={"ensure_ascii": False})

    return answer


@login_not_required
@allow_offline_copy
@require_safe
def map_page(request):
    """Shows the live map; 400 with the reasons for invalid parameters."""
    try:
        return show_map(request)
    except QueryError as error:
        return render(request, "incidents/public/map_faults.html", {"faults": error.faults}, status=error.status)


def show_map(request):
    """Renders the page; without scripts it lists the newest incidents by the same parameters."""
    filters, look = read_filters_and(PAGE_LOOK, "look", request)
    card = box.card_context(request.GET)
    view = public_map.section_in_view(None, filters)
    return render(
        request,
        "incidents/public/map.html",
        list_context(view, filters, None)
        | map_context()
        | {
            "may_embed": bool(settings.EMBED_SITES),
            "reading": bool(card),
            "examples": list_examples(view.rows),
            "groups": Category.objects.filter(parent=None, children__restricted=False).distinct(),
            "units": sorted(Authority.objects.order_by(in_alphabet("name")), key=lambda unit: unit.area_id is not None),
            "days": public_map.DAYS,
            "chosen_days": None if filters.first or filters.last else filters.days,
            "chips": [(chip, sign, words, view.counts[chip]) for chip, sign, words in filter_chips()],
            "group_chips": [(chip, sign, words, view.counts[chip]) for chip, sign, words in group_chips()],
            "looks": page_looks(),
            "look": look,
            "areas": areas_context(filters, look) if look in LOOKS else None,
            "area": Area.objects.defer("shape", "outline").filter(code=filters.area).first() if filters.area else None,
            "after": Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0,
        }
        | card
        | (groups_context(request.GET["q"]) if card else {}),
    )


def list_examples(rows: list[Incident]) -> list[tuple[str, str]]:
    """Returns three sentences for the box, each with its icon; their place and number are those of newest incidents."""
    addressed = next((incident for incident in rows if incident.address), None)
    examples = [
        (
            addressed.category.icon,
            _("%(kind)s at %(address)s") % {"kind": addressed.category.title, "address": addressed.address},
        )
        if addressed
        else ("c-light", _("the street light is out")),
        ("i-building", _("where can I renew my identity card")),
    ]
    if rows:
        examples.append(("i-history", _("what has happened to %(reference)s") % {"reference": rows[0].reference}))
    return [(icon, words[:1].lower() + words[1:]) for icon, words in examples]


def read_filters_and(field, name, request):
    """Returns the filters of the address and one more parameter. Raises QueryError with all faults."""
    return read_together(lambda: MapFilters.from_parameters(request.GET), lambda: field.read(request.GET.get(name)))


def map_context():
    return {
        "incident_tiles": reverse("incident-tile", args=[1, 2, 3]).replace("1/2/3", "{z}/{x}/{y}"),
        "density_tiles": reverse("density-tile", args=[1, 2, 3]).replace("1/2/3", "{z}/{x}/{y}"),
        "announcement_page": reverse("announcement", args=[0]).replace("0", "KEY"),
        "incident_page": reverse("incident", args=["REFERENCE"]).replace("REFERENCE", "{reference}"),
        "legend": [(group.sign, group.title) for group in GROUPS],
    }


@xframe_options_exempt
@explain_invalid_query
def embed_page(request):
    """Renders `/embed/`: the map alone for the sites in `EMBED_SITES`; same filters and looks, no session.

    The language is in the address (`lang`), because an embedded page gets no cookies.
    """
    if not settings.EMBED_SITES:
        raise Http404
    _filters, _look, language = read_together(
        lambda: MapFilters.from_parameters(request.GET),
        lambda: PAGE_LOOK.read(request.GET.get("look")),
        lambda: EMBED_LANGUAGE.read(request.GET.get("lang")),
    )
    query = request.GET.copy()
    query.pop("lang", None)
    with translation.override(language or translation.get_language()):
        response = render(request, "incidents/public/embed.html", map_context() | {"query": query.urlencode()})
    return csp_replace({"frame-ancestors": settings.EMBED_SITES})(lambda _request: response)(request)


def page_looks():
    return [
        ("", _("Incidents")),
        ("density", _("Density")),
        ("time", _("Over time")),
        ("count", _("Number in each area")),
        ("share", _("Overdue share in each area")),
    ]


def filter_chips():
    return [
        ("open", "", _("Open")),
        ("late", "", _("Overdue")),
        ("resolved", "", _("Done")),
    ]


def group_chips():
    """Returns the chips in the panel: the groups that have none in the row, and all."""
    row = {chip for chip, _sign, _words in filter_chips()}
    return [(group.code, group.sign, group.title) for group in GROUPS if group.code not in row] + [
        ("all", "", _("All of them"))
    ]


@rate_limits.limit_requests("search")
@explain_invalid_query
def list_incidents(request):
    """Returns `/list/`: rows for a map view as HTML; with `reference` the row of that incident."""
    if reference := request.GET.get("reference"):
        rows = public_map.rows_with_reference(reference)
        if not rows:
            raise Http404(_("There is no such incident."))
        return render(request, "incidents/public/map_rows.html", {"rows": rows})
    filters, box = read_filters_and(public_map.BBOX, "bbox", request)
    view = public_map.section_in_view(box, filters)
    response = render(request, "incidents/public/map_rows.html", list_context(view, filters, box))
    response["Cache-Control"] = "no-store"
    return response


def list_context(view, filters, box):
    announcements = AnnouncementLine.objects.shown()
    announcements = list(announcements.meeting(box) if box else announcements)
    return {
        "rows": view.rows,
        "counts": view.counts,
        "total": view.total,
        "filters": filters,
        "limit": public_map.ROWS,
        "told": announcements[:TOLD],
        "told_more": max(len(announcements) - TOLD, 0),
        "told_marks": " ".join(str(line.pk) for line in announcements),
    }


@rate_limits.limit_requests("search")
@explain_invalid_query
@on_replica()
def list_areas(request):
    filters, look = read_filters_and(LOOK, "look", request)
    response = render(request, "incidents/public/map_areas.html", areas_context(filters, look))
    response["Cache-Control"] = "no-store"
    return response


# The figures that colour an area: the column of the table, and its value in an AreaCount.
LOOKS: dict[str, Callable[[AreaCount], float | None]] = {"count": lambda row: row.n, "share": lambda row: row.share}
LOOK = OneOfField(LOOKS, gettext_lazy("look: must be one of %(these)s."), default="count")
PAGE_LOOK = OneOfField(("", "density", "time", *LOOKS), gettext_lazy("look: must be one of %(these)s."), default="")

EMBED_LANGUAGE = OneOfField(
    ("", *dict(settings.LANGUAGES)), gettext_lazy("lang: must be one of %(these)s."), default=""
)


SOFT_SHADES = 4  # classes of a coloured map: more cannot be told apart under its names


def areas_context(filters, look):
    counts, figure = count_areas(filters), LOOKS[look]
    scale = ColourScale.from_values(
        sorted(value for row in counts if row.area and row.is_telling and (value := figure(row)) is not None),
        shades=SOFT_SHADES,
    )
    column = "share" if look == "share" else "received"
    return {
        "look": look,
        "small": SMALL_SAMPLE,
        "rows": [
            {
                "area": row.area,
                "n": format_figure("received", row.n),
                "late": format_figure("late", row.late),
                "share": format_figure("share", row.share),
                "shade": scale.shade(figure(row)) if row.is_telling else 0,
                "few": not row.is_telling,
            }
            for row in sorted(counts, key=lambda row: (row.area is None, -(figure(row) or 0), -row.n))
        ],
        "legend": [
            (shade, format_figure(column, least), format_figure(column, most)) for shade, least, most in scale.legend
        ],
    }


@explain_invalid_query
@on_replica()
def incident_tile(request, z, x, y):
    """Returns `/tiles/incidents/{z}/{x}/{y}.json`: points and clusters of published incidents."""
    filters = MapFilters.from_parameters(request.GET)
    answer = tile_response(request, lambda: public_map.incident_tile(z, x, y, filters))
    return shared_cache.label_tile(answer, (z, x, y), filters)


@explain_invalid_query
@on_replica()
def density_tile(request, z, x, y):
    """Returns `/tiles/density/{z}/{x}/{y}.json`: counts per grid cell; with `step` also per time step."""
    filters, step = read_filters_and(density.STEP, "step", request)
    answer = tile_response(request, lambda: density.density_tile(z, x, y, filters, step))
    return shared_cache.label_tile(answer, (z, x, y), filters)


def tile_response(request, make):
    try:
        content = make()
    except NoSuchTile:
        raise Http404 from None
    etag = quote_etag(hashlib.sha256(content.encode()).hexdigest()[:20])
    answer = condition(etag_func=lambda request: etag)(
        lambda request: HttpResponse(content, content_type="application/json")
    )(request)
    answer["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    return answer
