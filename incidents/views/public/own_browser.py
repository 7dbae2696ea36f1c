"""The cookie that identifies a browser to list its own reports."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse

from incidents.casework import own_reports
from incidents.models import Browser, Enquiry, HeldReport, KeptReport, Report

COOKIE = "mine"
COOKIE_S = int(own_reports.KEEP_BROWSER.total_seconds())


def browser_of(request: HttpRequest) -> Browser | None:
    return own_reports.find_browser(request.COOKIES.get(COOKIE, ""))


def known_browser(request: HttpRequest) -> tuple[Browser, str]:
    """Returns (browser, key for its cookie); creates the browser if it is unknown."""
    browser = browser_of(request)
    return (browser, request.COOKIES[COOKIE]) if browser else own_reports.new_browser()


def remember_browser(request: HttpRequest, response: HttpResponse, key: str) -> HttpResponse:
    more: dict[str, Any] = {"secure": request.is_secure(), "httponly": True, "samesite": "Lax"}
    response.set_cookie(COOKIE, key, max_age=COOKIE_S, **more)
    return response


def keep_reports(
    request: HttpRequest, reports: Sequence[Report | HeldReport], response: HttpResponse, *, how: str
) -> HttpResponse:
    """Adds the reports to the own reports of this browser. Returns the response with its cookie."""
    if not reports:
        return response
    browser, key = known_browser(request)
    for report in reports:
        own_reports.keep_report(browser, report, how=how)
    return remember_browser(request, response, key)


def keep_enquiry(request: HttpRequest, enquiry: Enquiry, response: HttpResponse) -> HttpResponse:
    if request.user.is_authenticated:
        return response
    browser, key = known_browser(request)
    own_reports.keep_enquiry(browser, enquiry)
    return remember_browser(request, response, key)


def keep_sent(request: HttpRequest, reports: Sequence[Report | HeldReport], response: HttpResponse) -> HttpResponse:
    """Adds what was just sent to the own reports of this browser. Returns the response with its cookie.

    Does nothing for signed-in staff, who enter reports of other people.
    """
    if request.user.is_authenticated:
        return response
    return keep_reports(request, reports, response, how=KeptReport.How.SENT)
