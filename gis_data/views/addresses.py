"""Search places by words, for the search boxes."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.utils.translation import gettext_lazy

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.http.query_parameters import PointField, QueryError, QueryForm, TextField
from gis_data.addresses import map_links, suggest
from gis_data.addresses.parser import LONGEST


class AddressField(TextField):
    """Words of an address, or a map link, replaced by its place."""

    def parse(self, text: str) -> str:
        return super().parse(map_links.shorten_link(text, self.at_most))


class AddressForm(QueryForm):
    """Words of an address, and where the person looks."""

    near = PointField(gettext_lazy("near must be a longitude and a latitude: 106.7,10.8."))
    q = AddressField(gettext_lazy("An address has at most %(most)s characters."), at_most=LONGEST)


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
def search(request):
    try:
        query = AddressForm(request.GET).read()
    except QueryError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    note = str(suggest.SHORT_LINK) if map_links.names_short_link(query["q"]) else ""
    candidates = suggest.suggest(query["q"], query["near"])
    return JsonResponse({"candidates": [candidate.as_dict() for candidate in candidates], "note": note})
