"""The cookie by which a browser finds its own reports again."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from incidents.casework import own_reports
from incidents.models import Browser, Enquiry, HeldReport, KeptReport, Report

COOKIE = "mine"
COOKIE_S = int(own_reports.KEEP_BROWSER.total_seconds())


def browser_of(request: HttpRequest) -> Browser | None:
    """The browser that asks, if it is known."""
    return own_reports.find_browser(request.COOKIES.get(COOKIE, ""))


def known_browser(request: HttpRequest) -> tuple[Browser, str]:
    """The browser that asks, known from now on, and the key that its cookie is to have."""
    browser = browser_of(request)
    return (browser, request.COOKIES[COOKIE]) if browser else own_reports.new_browser()


def remember_browser(request: HttpRequest, response: HttpResponse, key: str) -> HttpResponse:
    """The response, by which the browser is known by this key."""
    more: dict[str, Any] = {"secure": request.is_secure(), "httponly": True, "samesite": "Lax"}
    response.set_cookie(COOKIE, key, max_age=COOKIE_S, **more)
    return response


def keep_reports(
    request: HttpRequest, reports: Sequence[Report | HeldReport], response: HttpResponse, *, how: str
) -> HttpResponse:
    """The response, after which these reports are found among the own ones of this browser."""
    if not reports:
        return response
    browser, key = known_browser(request)
    for report in reports:
        own_reports.keep_report(browser, report, how=how)
    return remember_browser(request, response, key)


def keep_enquiry(request: HttpRequest, enquiry: Enquiry, response: HttpResponse) -> HttpResponse:
    """The response, after which an enquiry is found among the own ones of this browser; see `keep_sent`."""
    if request.user.is_authenticated:
        return response
    browser, key = known_browser(request)
    own_reports.keep_enquiry(browser, enquiry)
    return remember_browser(request, response, key)


def keep_sent(request: HttpRequest, reports: Sequence[Report | HeldReport], response: HttpResponse) -> HttpResponse:
    """The response, after which what was just sent is found among the own reports of this browser.

    Not where somebody is signed in: who works here writes down what others say.
    """
    if request.user.is_authenticated:
        return response
    return keep_reports(request, reports, response, how=KeptReport.How.SENT)
