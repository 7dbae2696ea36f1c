"""Campaigns at `/campaigns/`: what is promised by when, how much is done, where, and the questions about it."""

import json
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from geoapp.db.connections import on_replica
from geoapp.http import rate_limits
from geoapp.http.http_methods import require_safe
from geoapp.web.figures import format_number
from gis_data import city
from incidents.answers.wording import title_of
from incidents.campaigns.linked_data import linked_data
from incidents.campaigns.progress import (
    MAPPED,
    CampaignProgress,
    Standing,
    done_incidents,
    mapped_incidents,
    open_incidents,
    read_progress,
)  # fmt: skip
from incidents.models import Campaign, Category
from incidents.views.public.sharing import json_in_page
from incidents.views.public.wards import pin_of

CACHE_SECONDS = 60
LISTED = 8  # incidents of a list
# The shapes of states that standings have.
GLYPHS = {
    Standing.AHEAD: "received", Standing.RUNNING: "assigned", Standing.KEPT: "resolved",
    Standing.KEPT_LATE: "resolved", Standing.LATE: "late",
}  # fmt: skip


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@cache_control(private=True, max_age=CACHE_SECONDS)
@on_replica()
def campaigns_page(request: HttpRequest) -> HttpResponse:
    campaigns = Campaign.objects.public().select_related("authority")
    context = {
        "rows": [describe(campaign) for campaign in campaigns],
        "address": settings.SITE_URL + reverse("campaigns"),
    }
    return render(request, "incidents/public/campaigns/list.html", context)


@rate_limits.limit_requests("search")
@login_not_required
@require_safe
@cache_control(private=True, max_age=CACHE_SECONDS)
@on_replica()
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.public().select_related("authority"), slug=slug)
    kinds, address = list(campaign.categories.all()), settings.SITE_URL + reverse("campaign", args=[slug])
    data = linked_data(campaign, address, city=city.current(), language=get_language() or settings.LANGUAGE_CODE)
    row = describe(campaign)
    context = {
        "campaign": campaign,
        "row": row,
        "counts": campaign.done_by_hand is None,
        "areas": campaign.areas.all(),
        "pins": json.dumps([pin_of(incident, now()) for incident in mapped_incidents(campaign)], ensure_ascii=False),
        "mapped": MAPPED if max(row["progress"].open, row["progress"].done) > MAPPED else None,
        "maps": [(kind, reverse("map") + "?" + map_query(campaign, kind)) for kind in kinds],
        "done_rows": done_incidents(campaign).with_pages().order_by("-closed_at", "-pk")[:LISTED] if kinds else [],
        "open_rows": open_incidents(campaign).with_pages().order_by("due_at", "pk")[:LISTED] if kinds else [],
        "questions": [(answer.slug, *title_of(answer)) for answer in campaign.answers.public()],
        "address": address,
        "linked_data": json_in_page(data),
    }
    return render(request, "incidents/public/campaigns/campaign.html", context)


def describe(campaign: Campaign) -> dict[str, Any]:
    """Returns the campaign with its progress, and both in words."""
    progress = read_progress(campaign)
    return {
        "campaign": campaign,
        "progress": progress,
        "is_late": progress.standing == Standing.LATE,
        "glyph": GLYPHS[progress.standing],
        "share": f"{progress.percentage:.1f}",
        "promise": promise_in_words(campaign),
        "done": done_in_words(progress),
        "standing": standing_in_words(progress),
    }


def promise_in_words(campaign: Campaign) -> SafeString:
    return format_html(
        _("{unit} promises <b>{n}</b> {things} from {first} to {last}."),
        unit=campaign.authority.title, n=format_number(campaign.promised, grouped=True), things=campaign.promised_unit,
        first=day_in_figures(campaign.starts_on), last=day_in_figures(campaign.due_on),
    )  # fmt: skip


def done_in_words(progress: CampaignProgress) -> SafeString:
    if progress.standing == Standing.AHEAD:
        return format_html("{}", _("It has not begun yet."))
    return format_html(_("Done so far: <b>{n}</b>."), n=format_number(progress.done, grouped=True))


def standing_in_words(progress: CampaignProgress) -> str:
    missing = format_number(progress.missing, grouped=True)
    words = {
        Standing.AHEAD: _("Not begun"),
        Standing.RUNNING: _("Under way, %(missing)s to do") % {"missing": missing},
        Standing.KEPT: _("Promise kept on time"),
        Standing.KEPT_LATE: _("Promise kept, but late"),
        Standing.LATE: ngettext("%(n)s day late, %(missing)s missing", "%(n)s days late, %(missing)s missing",
                                progress.days_late) % {"n": format_number(progress.days_late), "missing": missing},
    }  # fmt: skip
    return words[progress.standing]


def day_in_figures(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def map_query(campaign: Campaign, kind: Category) -> str:
    """Returns the filter of the public map that shows the incidents of a kind since the campaign's first day."""
    areas = list(campaign.areas.values_list("code", flat=True)[:2])
    area = {"area": areas[0]} if len(areas) == 1 else {}
    return urlencode({"state": "all", "category": kind.code, "from": campaign.starts_on.isoformat()} | area)
