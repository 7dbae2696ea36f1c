"""What the maps of the boundary pages draw, as JSON."""

import json

from django.contrib.gis.db.models.functions import AsGeoJSON
from django.http import HttpResponse

DECIMAL_DIGITS = 5  # of degrees: a metre


def area_features(rows):
    """The areas of a queryset as GeoJSON features (EPSG:4326), coarse as for small scales."""
    told = rows.annotate(told=AsGeoJSON("outline", precision=DECIMAL_DIGITS)).order_by("code")
    return [
        {
            "type": "Feature",
            "id": pk,
            "properties": {"code": code, "name": name, "title": {"vi": full_name, "en": full_name_en or full_name}},
            "geometry": json.loads(outline),
        }
        for pk, code, name, full_name, full_name_en, outline in told.values_list(
            "pk", "code", "name", "full_name", "full_name_en", "told"
        )
    ]


def finding_features(report):
    """The findings of a check that have a place, by their number in the report."""
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


def json_response(parts):
    return HttpResponse(
        json.dumps(parts, separators=(",", ":"), ensure_ascii=False), content_type="application/json; charset=utf-8"
    )
