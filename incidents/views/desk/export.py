"""Export the filtered list of a desk as CSV or GeoJSON, without contacts."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.timezone import localtime, now
from django.utils.translation import gettext as _

from geoapp.http.http_methods import require_safe
from geoapp.web import sheets
from incidents.models import Incident
from incidents.page_access import SignedInRequest, require_work
from incidents.views.desk import listing
from incidents.wording import person_name

ROWS_MAX = 5000  # per file


@require_safe
@require_work("desk")
def list_file(request: SignedInRequest, ending: str) -> HttpResponse:
    """Returns `/desk/list.csv` or `/desk/list.geojson`: the unit's own incidents, then the watched ones if the list
    shows both.
    """
    lists = listing.read_lists(request)
    lists.list_query = replace(lists.list_query, limit=ROWS_MAX)
    rows = [*lists.rows()[:ROWS_MAX], *lists.watched_rows(ROWS_MAX)]
    name = f"desk-{lists.list_query.show}-{localtime(now()):%Y-%m-%d}"
    return FILES[ending](name, rows)


def as_csv(name: str, rows: list[Incident]) -> HttpResponse:
    heads = [
        _("Reference"), _("Field"), _("State"), _("Severity"), _("Ward"), _("Address"), _("Reported"), _("Due"),
        _("Late"), _("Unit"), _("Handled by"), _("Reports"), _("Longitude"), _("Latitude"), _("Text"),
    ]  # fmt: skip
    places = ({"lon": f"{row.lon:.6f}", "lat": f"{row.lat:.6f}"} for row in rows)  # type: ignore[attr-defined]
    lines = [(row_values(row) | place).values() for row, place in zip(rows, places, strict=True)]
    return sheets.csv_response(name, heads, lines)


def as_geojson(name: str, rows: list[Incident]) -> HttpResponse:
    features = [
        {
            "type": "Feature",
            "id": row.reference,
            "geometry": {"type": "Point", "coordinates": [row.lon, row.lat]},  # type: ignore[attr-defined]
            "properties": {key: value for key, value in row_values(row).items() if key not in ("lon", "lat")},
        }
        for row in rows
    ]
    response = JsonResponse({"type": "FeatureCollection", "features": features}, content_type="application/geo+json")
    response["Content-Disposition"] = f'attachment; filename="{name}.geojson"'
    return response


def row_values(row: Incident) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "field": row.category.title,
        "state": str(row.get_state_display()),
        "severity": str(row.get_severity_display()),
        "ward": row.area.title,
        "address": row.address_title,
        "reported": f"{localtime(row.received_at):%Y-%m-%d %H:%M}",
        "due": f"{localtime(row.due_at):%Y-%m-%d %H:%M}",
        "late": _("yes") if row.is_late else _("no"),
        "unit": row.authority.title,
        "who": person_name(row.handler) if row.handler else "",
        "reports": row.reports_count,
        "lon": row.lon,  # type: ignore[attr-defined]  # annotated by the list, as is `lat`
        "lat": row.lat,  # type: ignore[attr-defined]
        "text": row.text,
    }


FILES = {"csv": as_csv, "geojson": as_geojson}
