"""Keep secret addresses secret, and speak the language of who was sent one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from geoapp.web.language import chosen_language
from incidents.casework.neighbours import Witness
from incidents.models import Report

Response = TypeVar("Response", bound=HttpResponseBase)


def hide_address(response: Response) -> Response:
    """Tells search engines to pass over the page, and browsers to name none but its site in what they ask next."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "strict-origin"  # not no-referrer: forms would be sent without their origin
    return response


def speak_language_of(request: HttpRequest, report: Report | Witness) -> AbstractContextManager[None]:
    """Activates the language chosen on these pages, else that of the report."""
    return translation.override(chosen_language(request) or report.language)


def speak_to_sender(view: Callable) -> Callable:
    """Decorate a view of a private link: it speaks the language of the report where nobody has chosen one."""

    @wraps(view)
    def answer(request, token):
        report = None if chosen_language(request) else Report.objects.with_link(token).first()
        if report is None:
            return view(request, token=token)
        with speak_language_of(request, report):
            return view(request, token=token)

    return answer
