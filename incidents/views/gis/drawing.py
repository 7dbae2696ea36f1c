"""GeoJSON for the maps of the boundary pages."""

import json
from typing import Any

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import QuerySet
from django.http import HttpResponse

from gis_data.models import Area

DECIMAL_DIGITS = 5  # of degrees: about a metre


def area_features(rows: QuerySet[Area]) -> list[dict[str, Any]]:
    rows = rows.annotate(geojson=AsGeoJSON("outline", precision=DECIMAL_DIGITS)).order_by("code")
    return [
        {
            "type": "Feature",
            "id": pk,
            "properties": {"code": code, "name": name, "title": {"vi": full_name, "en": full_name_en or full_name}},
            "geometry": json.loads(outline),
        }
        for pk, code, name, full_name, full_name_en, outline in rows.values_list(
            "pk", "code", "name", "full_name", "full_name_en", "geojson"
        )
    ]


def finding_features(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the findings with a shape as GeoJSON features; the id is their number in the report."""
    return [
        {
            "type": "Feature",
            "id": number,
            "properties": {"grave": bool(finding.get("grave")), "areas": finding.get("areas", [])},
            "geometry": finding["shape"],
        }
        for number, finding in enumerate(report.get("findings", []))
        if finding.get("shape")
    ]


def json_response(parts: dict[str, Any]) -> HttpResponse:
    return HttpResponse(
        json.dumps(parts, separators=(",", ":"), ensure_ascii=False), content_type="application/json; charset=utf-8"
    )
