"""Set caching headers, and remove page headers from data, by middleware."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[[HttpRequest], HttpResponseBase]


def forbid_caching_of_sessions(get_response):
    """Middleware: forbid storing responses to requests with a session, whatever the view says.

    Otherwise the next person at the same browser could read them. A session is recognised by its cookie, without a
    query; responses that set or delete the cookie count, too, and those to requests that were marked `is_personal`.
    """

    def answer(request):
        response = get_response(request)
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session or settings.SESSION_COOKIE_NAME in response.cookies or getattr(request, "is_personal", False):
            response["Cache-Control"] = "private, no-store"
        return response

    return answer


PAGE_RULES = ("Content-Security-Policy", "Permissions-Policy", "X-Frame-Options")
DATA_TYPES = ("application/json", "application/geo+json", "application/vnd.mapbox-vector-tile")


def send_data_without_page_rules(get_response: View) -> View:
    """Middleware: remove headers that only rule pages (CSP and the like) from data that scripts read.

    No browser makes a page of it (`nosniff`); they were half a kilobyte with each of a dozen tiles.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.get("Content-Type", "").startswith(DATA_TYPES):
            for name in PAGE_RULES:
                response.headers.pop(name, None)
        return response

    return answer
