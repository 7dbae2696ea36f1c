"""Words → places: what the search boxes ask as people type."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.utils.translation import gettext as _

from geoapp.methods import require_safe
from gis_data.addresses import suggest
from gis_data.addresses.parser import LONGEST


@login_not_required
@require_safe
def search(request):
    """`/addresses/?q=…&near=lon,lat`: what a text may mean, the likeliest first. At most 200 characters."""
    text = request.GET.get("q", "")
    try:
        near = place(request.GET.get("near", ""))
    except ValueError:
        return JsonResponse({"error": _("near must be a longitude and a latitude: 106.7,10.8.")}, status=400)
    if len(text) > LONGEST:
        said = _("An address has at most %(most)s characters.") % {"most": LONGEST}
        return JsonResponse({"error": said}, status=400)
    return JsonResponse({"candidates": [one.as_dict() for one in suggest.suggest(text, near)]})


def place(written):
    """(lon, lat) of `106.7,10.8`, None of nothing; raises ValueError for anything else."""
    if not written:
        return None
    lon, lat = (float(number) for number in written.split(","))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(written)
    return lon, lat
