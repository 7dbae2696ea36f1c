"""Publish announcements as Atom with GeoRSS, Common Alerting Protocol 1.2 messages (OASIS) and iCalendar (RFC 5545).

`/feeds/announcements.atom` is the feed; each entry links to its message at `/feeds/announcements/NUMBER.cap`.
`/news.cap` is an Atom feed that holds all messages; `/news.ics` a calendar, of a ward by `ward`.
"""

from collections.abc import Iterable
from typing import Any, cast
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Polygon
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from gis_data import city
from gis_data.models import Area, Level
from incidents.announcements import acts as announcement_acts
from incidents.announcements import calendar_file, periods
from incidents.models import AnnouncementLine
from incidents.views.api.feeds import NEAR, SECONDS, answer_feed, plain_text
from incidents.wards import figures

ATOM = "http://www.w3.org/2005/Atom"
CAP = "urn:oasis:names:tc:emergency:cap:1.2"
LineKind = AnnouncementLine.Kind
MESSAGE_TYPES: dict[str, str] = {LineKind.ISSUED: "Alert", LineKind.CORRECTED: "Update", LineKind.ENDED: "Cancel"}


@answer_feed
def announcement_feed(params):
    entries = [entry_of(line) for line in AnnouncementLine.objects.shown().defer(None)]
    return _("Announcements"), reverse("announcements"), entries, ""


def entry_of(line: AnnouncementLine) -> dict[str, Any]:
    announcement = line.announcement
    page = settings.SITE_URL + reverse("announcement", args=[announcement.pk])
    return {
        "title": f"{line.headline} · {announcement.place_title}",
        "link": page,
        "unique_id": page,
        "description": f"{line.words}\n{announcement_acts.until_in_words(line)} · {announcement.unit.title}",
        "pubdate": line.at,
        "updateddate": line.at,
        "categories": [str(announcement.get_kind_display())],
        "place": announcement.middle,
        "reach": announcement.reach if announcement.planned else None,
        "alert": settings.SITE_URL + reverse("announcement-cap", args=[announcement.pk]),
    }


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def announcement_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns `/feeds/announcements/NUMBER.cap`: one announcement in each language; Cancel if it ended early."""
    line = get_object_or_404(AnnouncementLine.objects.standing().with_pages().defer(None), announcement__pk=pk)
    return HttpResponse(alert_of(line), content_type="application/cap+xml; charset=utf-8")


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def all_alerts(request: HttpRequest) -> HttpResponse:
    """Returns `/news.cap`: an Atom feed whose entries hold the CAP messages of all that is announced."""
    lines, here = list(AnnouncementLine.objects.shown().defer(None)), settings.SITE_URL + request.path
    feed = ET.Element("feed", xmlns=ATOM)
    newest = max((line.at for line in lines), default=now())
    add_texts(feed, id=here, title=_("Announcements"), updated=moment_of(newest))
    ET.SubElement(feed, "link", rel="self", href=here)
    add_texts(ET.SubElement(feed, "author"), name=city.current().brand)
    for line in lines:
        page = settings.SITE_URL + reverse("announcement", args=[line.announcement_id])
        entry = ET.SubElement(feed, "entry")
        add_texts(
            entry, id=page, title=f"{line.headline} · {line.announcement.place_title}", updated=moment_of(line.at)
        )
        ET.SubElement(entry, "link", rel="alternate", href=page)
        ET.SubElement(entry, "content", type="application/cap+xml").append(alert_element(line))
    content = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return HttpResponse(content, content_type="application/atom+xml; charset=utf-8")


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def announcements_calendar(request: HttpRequest) -> HttpResponse:
    """Returns `/news.ics`: what is announced as a calendar to subscribe to; with `ward` that ward's."""
    lines = AnnouncementLine.objects.shown()
    name = f"{_('Announcements')} · {city.current().brand}"
    if code := request.GET.get("ward"):
        ward = get_object_or_404(Area.objects.on(localdate()), level=Level.WARD, code=code[:20])
        lines, name = figures.announcements_in(ward), f"{_('Announcements')} · {ward.title}"
    return calendar_response(lines, name)


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def announcement_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns `/news/NUMBER/event.ics`: one announcement for a calendar; cancelled if it ended early."""
    line = get_object_or_404(AnnouncementLine.objects.standing().with_pages(), announcement__pk=pk)
    return calendar_response([line], line.headline)


def calendar_response(lines: Iterable[AnnouncementLine], name: str) -> HttpResponse:
    response = HttpResponse(calendar_file.calendar_of(lines, name=name), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="news.ics"'
    return response


def alert_of(line: AnnouncementLine) -> bytes:
    return ET.tostring(alert_element(line), encoding="utf-8", xml_declaration=True)


def alert_element(line: AnnouncementLine) -> ET.Element:
    """Returns the CAP message, its elements in the order that the schema requires."""
    alert = ET.Element("alert", xmlns=CAP)
    add_texts(
        alert, identifier=identifier_of(line), sender=sender(), sent=moment_of(line.at), status="Actual",
        msgType=MESSAGE_TYPES[line.kind], scope="Public",
    )  # fmt: skip
    before = line.announcement.lines.counting().filter(pk__lt=line.pk).order_by("pk")
    if references := " ".join(
        f"{sender()},{identifier_of(earlier_line)},{moment_of(earlier_line.at)}" for earlier_line in before
    ):
        add_texts(alert, references=references)
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            add_info(ET.SubElement(alert, "info"), line, language)
    return alert


def add_info(info: ET.Element, line: AnnouncementLine, language: str) -> None:
    announcement, row = line.announcement, announcement_acts.KINDS[line.announcement.kind]
    add_texts(
        info, language=language, category=row.category, event=str(announcement.get_kind_display()), urgency=row.urgency,
        severity=row.severity, certainty=row.certainty, effective=moment_of(line.at), onset=moment_of(line.starts_at),
        expires=moment_of(line.until), senderName=announcement.unit.title,
        headline=f"{line.headline} · {announcement.place_title}", description=line.words,
        web=settings.SITE_URL + reverse("announcement", args=[announcement.pk]),
    )  # fmt: skip
    if line.planned:
        add_texts(ET.SubElement(info, "parameter"), valueName="period", value=periods.period_in_words(line))
    area = ET.SubElement(info, "area")
    add_texts(area, areaDesc=announcement.place_title)
    if announcement.middle:
        add_texts(
            area,
            circle=f"{announcement.middle.y:.5f},{announcement.middle.x:.5f} {(announcement.radius_m or 0) / 1000:.3f}",
        )
        return
    for polygon in announcement.reach:
        ring = cast("Polygon", polygon.simplify(NEAR, preserve_topology=True)).exterior_ring
        add_texts(area, polygon=" ".join(f"{y:.5f},{x:.5f}" for x, y in ring.coords))


def add_texts(parent: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = plain_text(text)


def sender() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def identifier_of(line: AnnouncementLine) -> str:
    return f"{sender()}.{line.announcement_id}.{line.pk}"


def moment_of(moment: Any) -> str:
    """Returns the time as CAP 1.2 wants it: with the city's UTC offset, without fractions."""
    return localtime(moment).isoformat(timespec="seconds")
