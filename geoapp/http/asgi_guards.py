"""Apply the middleware of the settings to ASGI views that answer without Django's full chain.

The chain costs milliseconds, a thread and a database connection because it loads the user. Responses that are equal for
everybody skip that part, and pass the rest of the middleware, so that hosts, headers, log and metrics are as on other
pages.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from geoapp.http import text_validation

View = Callable[[HttpRequest], HttpResponseBase]

# Of settings.MIDDLEWARE, what knows or asks who it is, and what has nothing to do with such an answer. None of the
# others asks the database: they are called on the event loop.
LEFT_OUT = frozenset({
    "geoapp.http.costs.CostMiddleware",  # streams are limited by how many a network has open
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "geoapp.http.compression.CompressionMiddleware",  # streams pass as they are
    "django.contrib.sessions.middleware.SessionMiddleware",
    "geoapp.web.language.ChosenLanguageMiddleware",  # no words
    "gis_data.browser_language.apply_city_policy",  # the same
    "geoapp.http.rate_limits.LimitMiddleware",  # of a view's own limits
    "geoapp.http.text_validation.RefuseNonTextMiddleware",  # is asked before, see `is_acceptable`
    "django.middleware.csrf.CsrfViewMiddleware",  # nothing is changed
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gis_data.city.read_city_once",
    "incidents.access.read_posts_once",
    "incidents.accounts.middleware.SessionsThatHoldMiddleware",
    "incidents.disclosure.register.know_request",  # nothing is shown that leaves a line
    "geoapp.db.admission.AdmissionMiddleware",  # no connection is used
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "incidents.disclosure.shown.record_what_is_shown",
    "geoapp.http.threads.in_one_thread",
})  # fmt: skip


def is_acceptable(request: HttpRequest) -> bool:
    """Whether the head of a request has nothing to refuse; if not, Django's chain answers."""
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return not text_validation.head_faults(request)


def guard(view: View) -> View:
    """Wrap the view in the middleware of the settings except LEFT_OUT."""
    handler: Any = convert_exception_to_response(view)
    for name in reversed(settings.MIDDLEWARE):
        if name not in LEFT_OUT:
            handler = convert_exception_to_response(import_string(name)(handler))
    return handler
