"""Keep secret addresses secret, and speak the language of who was sent one."""

from contextlib import AbstractContextManager
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from geoapp.web.language import chosen_language
from incidents.casework.neighbours import Witness
from incidents.models import Report

Response = TypeVar("Response", bound=HttpResponseBase)


def hide_address(response: Response) -> Response:
    """Tells search engines to pass over the page, and browsers to name its address to no other site."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "same-origin"  # not no-referrer: forms would be sent without their origin
    return response


def speak_language_of(request: HttpRequest, report: Report | Witness) -> AbstractContextManager[None]:
    """Activates the language chosen on these pages, else that of the report."""
    return translation.override(chosen_language(request) or report.language)
