"""Choose the language of a page: that which the person switched to, else the browser's, else the city's."""

import re
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from django.views.i18n import JavaScriptCatalog

from geoapp.http.modules import words_of_module


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Middleware: use the language of the cookie, else of Accept-Language, else the city's.

    Whether Accept-Language counts is the city's rule, which needs the database: `gis_data.browser_language`.
    """

    def process_request(self, request):
        chosen = chosen_language(request)
        use_language(request, chosen or preferred_language(request.headers.get("Accept-Language", "")))


def chosen_language(request: HttpRequest) -> str:
    """Return the language to which somebody has switched in this browser; "" where nobody has."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def use_language(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = language


def preferred_language(accepted: str, otherwise: str = "") -> str:
    """Return the offered language that Accept-Language prefers; `otherwise`, else the city's, where it names none."""
    for wanted, weight in parse_accept_lang_header(accepted[:200].lower()):
        language = wanted.partition("-")[0]
        if weight and language in dict(settings.LANGUAGES):
            return language
    return otherwise or settings.LANGUAGE_CODE


SCRIPT = re.compile(r"\w[\w/-]*\.js")  # in an address


def script_words(request: HttpRequest) -> HttpResponseBase:
    """Serve gettext catalogues for scripts: `/words.js?vi` in that language, else in the active one.

    `/words.js?vi&incidents/public/public-map.js`: only those that this script, or what it imports, says.
    """
    language, _sign, script = request.META["QUERY_STRING"].partition("&")
    with translation.override(language if language in dict(settings.LANGUAGES) else translation.get_language()):
        return ScriptWords.as_view()(request, script=script)


class ScriptWords(JavaScriptCatalog):
    """JavaScript catalogue: all texts, or those of one script and its imports (a third for the map)."""

    def get_catalog(self) -> dict[str, Any]:
        catalog = super().get_catalog()
        if not SCRIPT.fullmatch(self.kwargs["script"]):
            return catalog
        with suppress(FileNotFoundError):
            words = words_of_module(self.kwargs["script"])
            catalog = {english: other for english, other in catalog.items() if english in words}
        return catalog


class AdministrationWords(JavaScriptCatalog):
    """JavaScript catalogue of Django's admin, with plural forms from our catalogue."""

    def get_catalog(self) -> dict[str, Any]:
        return super().get_catalog() | {"%(sel)s of %(cnt)s selected": _("%(sel)s of %(cnt)s selected")}
