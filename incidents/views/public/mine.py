"""The own reports of a browser at `/mine/`, with unread messages from the city; and forgetting them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from incidents import access, public_text
from incidents.announcements import following
from incidents.casework import own_reports
from incidents.channels import web
from incidents.models import Browser, Event, HeldReport, Incident, KeptReport, Medium, Report
from incidents.notify import own_codes
from incidents.notify.transports import TRANSPORTS
from incidents.views.public import own_browser, talk, web_chat
from incidents.views.public.installing import allow_offline_copy
from incidents.views.public.private_addresses import hide_address

S = Incident.State
# Filters by their value in the address: name, and states of incidents; no states: all.
SHOWS = {
    "": (gettext_lazy("All"), ()),
    "waiting": (gettext_lazy("Waiting for you"), (S.WAITING,)),
    "open": (gettext_lazy("Open"), Incident.OPEN),
    "ended": (gettext_lazy("Finished"), Incident.ENDED),
}
ORDERS = {
    "": gettext_lazy("Needs attention first"),
    "newest": gettext_lazy("Newest first"),
    "due": gettext_lazy("Due first"),
}


@dataclass
class OwnCard:
    """A report in the list, with unread messages from the city and the last one in words."""

    report: Report
    unread: int = 0
    words: str = ""
    told_at: datetime | None = None  # time of the city's last message
    is_kept: bool = False  # else a code opened it, and each look is registered
    link_ended: bool = False

    @property
    def incident(self) -> Incident:
        return self.report.incident

    @property
    def wants_look(self) -> bool:
        return bool(self.unread) or self.incident.state == S.WAITING


@dataclass
class OwnList:
    """The cards shown, the count of each filter, and held reports."""

    cards: list[OwnCard] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    held_reports: list[HeldReport] = field(default_factory=list)
    unread: int = 0

    @property
    def total(self) -> int:
        return self.counts.get("", 0)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@allow_offline_copy
@require_safe
def own_reports_page(request: HttpRequest) -> HttpResponse:
    browser = own_browser.browser_of(request)
    if browser:
        own_reports.note_use(browser)
    return render_own_page(request, browser)


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_safe
def own_report_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Leads a browser to the private page of a report that is among its own."""
    browser = own_browser.browser_of(request)
    report = access.own_reports(browser).filter(incident__reference=reference).order_by("-pk").first()
    if browser is None or report is None:
        raise Http404
    if not own_reports.is_kept(browser, report):
        own_codes.record_look(browser, report)
    return hide_address(HttpResponseRedirect(reverse("follow", args=[report.token])))


def render_own_page(request, browser):
    show, order = request.GET.get("show", ""), request.GET.get("sort", "")
    show, order = show if show in SHOWS else "", order if order in ORDERS else ""
    listed = list_own(browser, show=show, order=order)
    context = {
        "listed": listed,
        "shows": [(key, name, listed.counts.get(key, 0)) for key, (name, _states) in SHOWS.items()],
        "orders": ORDERS.items(),
        "show": show,
        "order": order,
        "enquiries": access.own_enquiries(browser).select_related("authority").order_by("-pk"),
        "ideas": access.own_ideas(browser).select_related("authority").order_by("-pk"),
        "follows": followed_rows(browser),
        "browser": browser,
        "forgotten": "forgotten" in request.GET,
        "kept_days": own_reports.KEEP_BROWSER.days,
        "found": "found" in request.GET,
        "opened": own_codes.opened_addresses(browser),
        "sms_on": TRANSPORTS[Medium.SMS].is_configured(),
    }
    response = render(request, "incidents/public/mine.html", context)
    response["X-Robots-Tag"] = "noindex, nofollow"
    if browser:
        own_browser.remember_browser(request, response, request.COOKIES[own_browser.COOKIE])
    return response


def followed_rows(browser: Browser | None) -> list[dict[str, Any]]:
    if browser is None:
        return []
    followed = browser.follows.filter(ended_at=None, until__gt=now()).order_by("-pk")
    followed = followed.select_related("area", "idea", "campaign", "incident__category").defer(*following.SHAPES)
    followed = followed.prefetch_related("categories")
    return [
        {
            "follow": follow,
            "title": following.title_of(follow),
            "address": TRANSPORTS[follow.medium].hint(follow.address),
            "groups": ", ".join(group.title for group in follow.categories.all()),
        }
        for follow in followed
    ]


def list_own(browser: Browser | None, *, show: str = "", order: str = "") -> OwnList:
    """Returns the own reports of a browser: each incident once, with the newest report to it."""
    if browser is None:
        return OwnList()
    newest: dict[int, Report] = {}
    for report in access.own_reports(browser).prefetch_related("photos").order_by("-pk"):
        newest.setdefault(report.incident_id, report)
    incidents = Incident.objects.with_pages().in_bulk(list(newest))
    for report in newest.values():
        report.incident = incidents[report.incident_id]
    cards = cards_of(list(newest.values()), read_moments(browser))
    states = {name: of for name, (_title, of) in SHOWS.items()}
    counts = {name: sum(not of or card.incident.state in of for card in cards) for name, of in states.items()}
    waiting = KeptReport.objects.filter(browser=browser, held__report=None, held__erased_at=None)
    held_reports = (
        HeldReport.objects.filter(pk__in=waiting.exclude(held=None).values("held")).with_pages().order_by("-pk")
    )
    shown = [card for card in cards if not states[show] or card.incident.state in states[show]]
    return OwnList(sort_cards(shown, order), counts, list(held_reports), sum(card.unread for card in cards))


def sort_cards(cards: list[OwnCard], order: str) -> list[OwnCard]:
    match order:
        case "newest":
            return cards
        case "due":
            return sorted(cards, key=lambda card: (not card.incident.is_open, card.incident.due_at))
    return sorted(cards, key=lambda card: not card.wants_look)


def read_moments(browser: Browser) -> dict[int, datetime]:
    """Returns {key of the report: time up to which this browser has read messages}."""
    kept_reports = KeptReport.objects.filter(browser=browser).filter(Q(held=None) | Q(held__report__isnull=False))
    rows = kept_reports.values_list("report", "held__report", "read_at")
    return {report or through: read_at for report, through, read_at in rows}


def cards_of(reports: list[Report], read: Mapping[int, datetime]) -> list[OwnCard]:
    """Returns a card per report, in a fixed number of queries."""
    by_incident: dict[int, list[Event]] = {}
    for line in talk.city_lines([report.incident for report in reports]):
        by_incident.setdefault(line.incident_id, []).append(line)
    last = {lines[-1].pk for lines in by_incident.values()}
    words = dict(Event.objects.filter(pk__in=last).values_list("pk", public_text.public_note()))
    lasting = set(
        Report.objects.with_lasting_link()
        .filter(pk__in=[own_report.pk for own_report in reports])
        .values_list("pk", flat=True)
    )
    cards = []
    for report in reports:
        lines = [line for line in by_incident.get(report.incident_id, ()) if line.at >= report.received_at]
        read_at = read.get(report.pk)
        unread = sum(read_at is not None and line.at > read_at for line in lines)
        card = OwnCard(report, unread, is_kept=report.pk in read, link_ended=report.pk not in lasting)
        if lines:
            card.told_at, card.words = lines[-1].at, words[lines[-1].pk]
        cards.append(card)
    return cards


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def keep_report(request: HttpRequest, token: str) -> HttpResponse:
    """Adds the report of a private link to the own reports of this browser; `drop` removes it."""
    report = (
        Report.objects.with_link(token).filter(erased_at=None).first() or HeldReport.objects.with_link(token).first()
    )
    if report is None:
        raise Http404
    response = HttpResponseRedirect(reverse("follow", args=[token]), status=303)
    if "drop" not in request.POST:
        return own_browser.keep_reports(request, [report], response, how=KeptReport.How.KEPT)
    if browser := own_browser.browser_of(request):
        own_reports.drop_report(browser, report)
    return response


@rate_limits.limit_requests("link")
@login_not_required
@never_cache
@require_POST
def forget_browser(request: HttpRequest) -> HttpResponse:
    """Deletes what is stored about this browser: its own reports, its chat, its confirmed addresses."""
    if browser := own_browser.browser_of(request):
        following.end_in_browser(browser)
        own_reports.forget_browser(browser)
    response = HttpResponseRedirect(reverse("mine") + "?forgotten=1", status=303)
    response.delete_cookie(own_browser.COOKIE)
    response.delete_cookie(web.KNOWN)
    response.delete_cookie(web_chat.COOKIE, path=reverse("chat"))
    return response
