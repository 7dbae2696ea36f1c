"""What everybody sees of the cameras: a page with the covered, delayed pictures of those that the city shows."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import cache_control

from cameras import access
from cameras.masking import stills
from geoapp.http.methods import require_safe
from gis_data import policies


@login_not_required
@require_safe
def public_cameras(request: HttpRequest) -> HttpResponse:
    """The public cameras by name, each with its picture, or with the reason why none is shown now."""
    at = now()
    rows = stills.cameras_with_stills(at, access.stills_for(request.user))
    return render(
        request,
        "cameras/public/cameras.html",
        {
            "rows": rows,
            "minutes": policies.current().camera_still_minutes,
            "at": at,
            "works_here": stills.can_make_stills(),
        },
    )


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def camera_places(request: HttpRequest) -> HttpResponse:
    """Where the public cameras stand, for the map: code, name, longitude, latitude of each."""
    rows = stills.public_cameras().order_by("code").values_list("code", "name", "place")
    return JsonResponse({"cameras": [[code, name, round(at.x, 6), round(at.y, 6)] for code, name, at in rows]})
