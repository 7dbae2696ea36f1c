"""Validate numeric query parameters of public pages; answer 400 with all faults."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from geoapp.http.query_parameters import FloatField, NumberField, QueryError, QueryForm

MOST_METRES = 100_000


class PlaceNumbers(QueryForm):
    """A place and the radius meant. Degrees beyond the valid range mean a place outside the city."""

    faults_name_fields = True
    lon = FloatField(gettext_lazy("A longitude is a number of degrees, like 106.7."))
    lat = FloatField(gettext_lazy("A latitude is a number of degrees, like 10.8."))
    accuracy = FloatField(gettext_lazy("Metres must be a number, 0 or more."), at_least=0, at_most=MOST_METRES)
    radius = FloatField(gettext_lazy("Metres must be a number, 0 or more."), at_least=0, at_most=MOST_METRES)

    def clean(self) -> dict[str, Any]:
        coordinates = {name for name in ("lon", "lat") if self.data.get(name)}
        for missing in {"lon", "lat"} - coordinates if coordinates else ():
            self.add_error(missing, _("A place needs both, lon and lat."))
        return self.cleaned_data


class OlderThan(QueryForm):
    """The key of the last row of the page before."""

    faults_name_fields = True
    older = NumberField(gettext_lazy("This list has no such page."))


class PageNumber(QueryForm):
    faults_name_fields = True
    page = NumberField(gettext_lazy("This list has no such page."), at_least=1)


def refuse_faulty_numbers(
    form: type[QueryForm], *, as_data: bool = False
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Decorate a view with a form of numeric parameters: 400 with all faults as HTML or JSON.

    Other methods are validated by the view itself.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, **parts: Any) -> HttpResponse:
            try:
                if request.method in ("GET", "HEAD"):
                    form(request.GET).read()
            except QueryError as error:
                if as_data:
                    error_body = {"error": str(error), "faults": error.faults}
                    return JsonResponse(error_body, status=400, json_dumps_params={"ensure_ascii": False})
                return render(request, "query_faults.html", {"faults": error.faults}, status=400)
            return view(request, **parts)

        return answer

    return decorate
