"""Let a first visit be answered in the browser's language only where the city's pack allows it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from geoapp.web import language
from gis_data import policies

View = Callable[[HttpRequest], HttpResponseBase]


def apply_city_policy(get_response: View) -> View:
    """Middleware: use the city's language for whoever has not switched, where `browser_language` is false.

    It asks the database only for browsers that prefer another language than the city's.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        if (
            request.LANGUAGE_CODE != settings.LANGUAGE_CODE
            and not language.chosen_language(request)
            and not policies.allows_browser_language()
        ):
            language.use_language(request, settings.LANGUAGE_CODE)
        return get_response(request)

    return answer
