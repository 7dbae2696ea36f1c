"""Compare the areas of cameras between two editions of boundaries."""

from collections import defaultdict

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from cameras.models import Camera
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import Area, AreaPiece, Edition
from incidents.page_access import require_work
from incidents.reform.comparing import choose_older


def area_in(edition):
    """Return the area of an edition in which a camera stands; on a border, that of the smaller code."""
    pieces = AreaPiece.objects.filter(area__edition=edition, shape__intersects=OuterRef("place"))
    return Subquery(pieces.order_by("area__code").values("area")[:1])


def moved_cameras(old, new):
    """Return [(old area, new area or None, cameras)] of the cameras whose area changes by name."""
    cameras = Camera.objects.annotate(was=area_in(old), will_be=area_in(new)).exclude(was=None).order_by("code")
    keys = {key for camera in cameras for key in (camera.was, camera.will_be)}
    areas = Area.objects.defer("shape", "outline").in_bulk(keys - {None})
    moved = defaultdict(list)
    for camera in cameras:
        was, will_be = areas[camera.was], areas.get(camera.will_be)
        if will_be is None or (was.code, was.full_name) != (will_be.code, will_be.full_name):
            moved[was, will_be].append(camera)
    pairs = sorted(moved.items(), key=lambda pair: (pair[0][0].code, pair[0][1].code if pair[0][1] else ""))
    return [(was, will_be, some) for (was, will_be), some in pairs]


@require_safe
@require_work("boundaries")
def moved_cameras_page(request: HttpRequest, code: str) -> HttpResponse:
    edition = get_object_or_404(Edition, city=city.current(), code=code)
    try:
        old, _olds = choose_older(edition, request.GET.get("against"))
    except Edition.DoesNotExist:
        raise Http404 from None
    rows = moved_cameras(old, edition) if old else []
    part = "#rows" if request.GET.get("part") == "rows" else ""
    context = {"one": edition, "old": old, "rows": rows, "total": sum(len(some) for *_areas, some in rows)}
    return render(request, f"cameras/technician/edition_changes.html{part}", context)
