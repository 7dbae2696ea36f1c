"""Words → places: what the search boxes ask as people type."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.utils.translation import gettext_lazy

from geoapp import limits
from geoapp.methods import require_safe
from geoapp.query_parameters import PointField, QueryError, QueryForm, TextField
from gis_data.addresses import suggest
from gis_data.addresses.parser import LONGEST


class AddressForm(QueryForm):
    """Words of an address, and where the person looks."""

    near = PointField(gettext_lazy("near must be a longitude and a latitude: 106.7,10.8."))
    q = TextField(gettext_lazy("An address has at most %(most)s characters."), at_most=LONGEST)


@limits.limit_requests("search")
@login_not_required
@require_safe
def search(request):
    """`/addresses/?q=…&near=lon,lat`: what a text may mean, the likeliest first. At most 200 characters."""
    try:
        asked = AddressForm(request.GET).read()
    except QueryError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    return JsonResponse({"candidates": [one.as_dict() for one in suggest.suggest(asked["q"], asked["near"])]})
