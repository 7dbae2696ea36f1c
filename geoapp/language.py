"""The city's own language first; another one only by the person's own switch."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.views.i18n import JavaScriptCatalog


class ChosenLanguageMiddleware(LocaleMiddleware):
    """Speaks the language of the cookie, else the city's: a browser's Accept-Language is not a choice people made."""

    def process_request(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(language)
        request.LANGUAGE_CODE = language


def script_words(request: HttpRequest) -> HttpResponseBase:
    """`/words.js?vi`: the words of scripts in the language of the address, else in the one that is spoken."""
    asked = request.META["QUERY_STRING"]
    with translation.override(asked if asked in dict(settings.LANGUAGES) else translation.get_language()):
        return JavaScriptCatalog.as_view()(request)
