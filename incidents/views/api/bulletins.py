"""Publish the bulletins of emergency modes as Atom, and each as a Common Alerting Protocol 1.2 message (OASIS).

`/feeds/emergency.atom` is the feed; each entry links to its message at `/feeds/emergency/NUMBER.cap`. Practice is in
neither.
"""

from typing import Any, cast
from xml.etree import ElementTree as ET

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.gis.geos import Polygon
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from incidents.announcements import acts as announcement_acts
from incidents.emergency.bulletins import sentences_of
from incidents.emergency.switching import ANNOUNCED_AS
from incidents.models import EmergencyBulletin
from incidents.views.api.alerts import CAP, NEAR, add_texts, moment_of, sender
from incidents.views.api.feeds import SECONDS, answer_feed
from incidents.wording import day_and_time

ENTRIES = 50


def public_bulletins() -> QuerySet[EmergencyBulletin]:
    return EmergencyBulletin.objects.filter(emergency__practice=False).select_related("emergency__unit")


@answer_feed
def bulletin_feed(params):
    entries = [entry_of(bulletin) for bulletin in public_bulletins().order_by("-pk")[:ENTRIES]]
    return _("Emergency bulletins"), reverse("emergency"), entries, ""


def entry_of(bulletin: EmergencyBulletin) -> dict[str, Any]:
    page = settings.SITE_URL + reverse("emergency-bulletin", args=[bulletin.pk])
    return {
        "title": title_of(bulletin),
        "link": page,
        "unique_id": page,
        "description": "\n".join(sentences_of(bulletin.figures)),
        "pubdate": bulletin.at,
        "updateddate": bulletin.at,
        "categories": [str(bulletin.emergency.get_kind_display())],
        "alert": settings.SITE_URL + reverse("emergency-cap", args=[bulletin.pk]),
    }


def title_of(bulletin: EmergencyBulletin) -> str:
    return _("Bulletin %(number)s at %(time)s: %(title)s") % {
        "number": bulletin.number, "time": day_and_time(bulletin.at), "title": bulletin.emergency.words,
    }  # fmt: skip


@rate_limits.limit_requests("api")
@login_not_required
@cache_control(public=True, max_age=SECONDS)
@require_safe
def bulletin_alert(request: HttpRequest, pk: int) -> HttpResponse:
    """Returns `/feeds/emergency/NUMBER.cap`: one bulletin in each language, as an update of those before."""
    bulletin = get_object_or_404(public_bulletins(), pk=pk)
    return HttpResponse(alert_of(bulletin), content_type="application/cap+xml; charset=utf-8")


def alert_of(bulletin: EmergencyBulletin) -> bytes:
    alert = ET.Element("alert", xmlns=CAP)
    earlier = list(bulletin.emergency.bulletins.filter(number__lt=bulletin.number))
    add_texts(
        alert, identifier=identifier_of(bulletin), sender=sender(), sent=moment_of(bulletin.at), status="Actual",
        msgType="Update" if earlier else "Alert", scope="Public",
    )  # fmt: skip
    if earlier:
        add_texts(alert, references=" ".join(f"{sender()},{identifier_of(row)},{moment_of(row.at)}" for row in earlier))
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            add_info(ET.SubElement(alert, "info"), bulletin, language)
    return ET.tostring(alert, encoding="utf-8", xml_declaration=True)


def add_info(info: ET.Element, bulletin: EmergencyBulletin, language: str) -> None:
    emergency = bulletin.emergency
    row = announcement_acts.KINDS[ANNOUNCED_AS[emergency.kind]]
    texts = {
        "language": language, "category": row.category, "event": str(emergency.get_kind_display()),
        "urgency": "Immediate", "severity": "Severe", "certainty": "Observed", "effective": moment_of(bulletin.at),
        "onset": moment_of(emergency.starts_at), "expires": moment_of(emergency.ended_at or emergency.until),
        "senderName": emergency.unit.title, "headline": emergency.words,
        "description": " ".join(sentences_of(bulletin.figures)),
    }  # fmt: skip
    if emergency.advice_words:
        texts["instruction"] = emergency.advice_words
    add_texts(info, **texts, web=settings.SITE_URL + reverse("emergency-bulletin", args=[bulletin.pk]))
    area = ET.SubElement(info, "area")
    add_texts(area, areaDesc=emergency.place_title)
    for polygon in emergency.reach:
        ring = cast("Polygon", polygon.simplify(NEAR, preserve_topology=True)).exterior_ring
        add_texts(area, polygon=" ".join(f"{y:.5f},{x:.5f}" for x, y in ring.coords))


def identifier_of(bulletin: EmergencyBulletin) -> str:
    return f"{sender()}.emergency.{bulletin.emergency_id}.{bulletin.number}"
