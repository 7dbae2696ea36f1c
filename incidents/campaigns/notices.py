"""Tell followers of a campaign what a published version has changed of its promise."""

from collections.abc import Mapping
from datetime import date

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from geoapp.web.figures import format_number
from incidents.announcements import following
from incidents.models import Campaign, CampaignVersion, Follow, Notice
from incidents.notify.outbox import Recipient, create_notices

# Of a version's content; what else it changes is told to nobody.
TOLD = ("due_on", "promised", "done_by_hand", "why_late")


def told_fields(content: Mapping[str, str]) -> dict[str, str]:
    return {name: content.get(name, "") for name in TOLD}


def tell_followers(version_id: int, before: Mapping[str, str]) -> list[Notice]:
    """Notify followers of what the version changed since `before`; idempotent. Returns the new notices."""
    version = CampaignVersion.objects.select_related("campaign").get(pk=version_id)
    campaign = Campaign.objects.public().filter(versions=version).first()
    if campaign is None:
        return []
    follows = Follow.objects.active().filter(campaign=campaign).order_by("-pk").select_related("campaign")
    of_address = {Recipient(follow.medium, follow.address, follow.language): follow for follow in follows}
    link = settings.SITE_URL + reverse("campaign", args=[campaign.slug])

    def values(to: Recipient) -> dict[str, str]:
        with translation.override(to.language):
            sentence = " ".join(describe_changes(campaign, before, version.content))
            return following.news_in_words(of_address[to], sentence, link)

    return create_notices(following.NEWS, f"campaign-followed:{version.pk}", of_address, values)


def describe_changes(campaign: Campaign, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return sentences in the active language, one for each field of TOLD that differs and says something."""
    changed = {name: after.get(name, "") for name in TOLD if after.get(name, "") != before.get(name, "")}
    unit = campaign.promised_unit
    sentences = {
        "due_on": _("The last day is %(day)s now."),
        "promised": _("The promise is %(n)s %(unit)s now."),
        "done_by_hand": _("Done so far: %(n)s %(unit)s."),
        "why_late": "%(words)s",
    }
    return [
        sentences[name] % {"day": day_in_figures(text), "n": number_in_figures(text), "unit": unit,
                           "words": campaign.reason[:160]}
        for name, text in changed.items() if text
    ]  # fmt: skip


def day_in_figures(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}" if "-" in text else ""


def number_in_figures(text: str) -> str:
    return format_number(int(text), grouped=True) if text.isdecimal() else ""
