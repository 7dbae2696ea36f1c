"""Areas in the words of MapIt, for programs written for it."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.http import require_safe

from gis_data import mapit


@login_not_required
@require_safe
def point(request, lon, lat):
    """`/mapit/point/4326/LON,LAT`: the areas that cover a point, as MapIt says them."""
    asked = {name: request.GET.get(key, "") for name, key in (("types", "type"), ("generation",) * 2, ("at",) * 2)}
    try:
        response = JsonResponse(mapit.areas_at(lon, lat, **asked))
    except mapit.BadQuestion as error:
        response = JsonResponse({"error": str(error), "code": 400}, status=400)
    response["Access-Control-Allow-Origin"] = "*"
    return response
