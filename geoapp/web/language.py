"""The city's own language first; another one only by the person's own switch."""

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
    """Speaks the language of the cookie, else the city's: a browser's Accept-Language is not a choice people made."""

    def process_request(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language


def preferred_language(accepted: str, otherwise: str = settings.LANGUAGE_CODE) -> str:
    """The language of ours that an Accept-Language header likes best; `otherwise` where it names none.

    For programs: they say nothing there, or what somebody has chosen.
    """
    for wanted, _weight in parse_accept_lang_header(accepted[:200].lower()):
        language = wanted.partition("-")[0]
        if language in dict(settings.LANGUAGES):
            return language
    return otherwise


SCRIPT = re.compile(r"\w[\w/-]*\.js")  # in an address


def script_words(request: HttpRequest) -> HttpResponseBase:
    """`/words.js?vi`: the words of scripts in the language of the address, else in the one that is spoken.

    `/words.js?vi&incidents/public/public-map.js`: only those that this script, or what it imports, says.
    """
    language, _sign, script = request.META["QUERY_STRING"].partition("&")
    with translation.override(language if language in dict(settings.LANGUAGES) else translation.get_language()):
        return ScriptWords.as_view()(request, script=script)


class ScriptWords(JavaScriptCatalog):
    """All words of scripts, or those of one script and what it imports: for the map a third."""

    def get_catalog(self) -> dict[str, Any]:
        catalog = super().get_catalog()
        if not SCRIPT.fullmatch(self.kwargs["script"]):
            return catalog
        with suppress(FileNotFoundError):
            words = words_of_module(self.kwargs["script"])
            catalog = {english: other for english, other in catalog.items() if english in words}
        return catalog


class AdministrationWords(JavaScriptCatalog):
    """What Django's own scripts say in the administration; how many rows are ticked as our catalogue says it."""

    def get_catalog(self) -> dict[str, Any]:
        return super().get_catalog() | {"%(sel)s of %(cnt)s selected": _("%(sel)s of %(cnt)s selected")}
