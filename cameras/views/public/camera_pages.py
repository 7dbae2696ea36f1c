"""Show the public page of cameras, with their covered, delayed pictures."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate, now
from django.views.decorators.cache import cache_control

from cameras import access
from cameras.masking import stills
from geoapp.http.http_methods import require_safe
from gis_data import policies
from gis_data.models import Area, Level


@login_not_required
@require_safe
def public_cameras(request: HttpRequest) -> HttpResponse:
    """Shows the pictures of all public cameras, or with `area` (a code) of those in that ward."""
    at, area = now(), None
    if code := request.GET.get("area", "")[:20]:
        area = get_object_or_404(Area.objects.on(localdate()).filter(level=Level.WARD, code=code))
    which = {"place__intersects": area.shape} if area else {}
    rows = stills.cameras_with_stills(at, access.stills_for(request.user, **which), **which)
    return render(
        request,
        "cameras/public/cameras.html",
        {
            "rows": rows,
            "area": area,
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
