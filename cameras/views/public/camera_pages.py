"""Show the public page of cameras, with their covered, delayed pictures."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.cache import cache_control

from cameras import access
from cameras.masking import stills
from geoapp.http.http_methods import require_safe
from gis_data import policies


@login_not_required
@require_safe
def public_cameras(request: HttpRequest) -> HttpResponse:
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
    rows = stills.public_cameras().order_by("code").values_list("code", "name", "place")
    return JsonResponse({"cameras": [[code, name, round(at.x, 6), round(at.y, 6)] for code, name, at in rows]})
