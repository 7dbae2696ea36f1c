"""Write campaigns: drafts of one person, a second person's yes, publication. PostgreSQL refuses one's own yes.

Only who began a draft changes it; anybody else agrees, returns it with a reason, or begins another.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from gis_data.models import Area
from gis_data.words import tidy
from incidents import access
from incidents.campaigns.notices import told_fields
from incidents.models import Answer, Authority, Campaign, CampaignVersion, Category, User
from incidents.versions import steps
from incidents.versions.steps import Content, NotPublished

V = CampaignVersion.State
TEXTS = tuple(name + end for name in ("title", "text", "unit", "done_source", "why_late") for end in ("", "_en"))
DAYS = ("starts_on", "due_on", "done_on")
LISTS = ("categories", "areas", "answers")
FIELDS = (*TEXTS, "words", "promised", "done_by_hand", *DAYS, "only_proven", *LISTS)


def content_of(campaign: Campaign) -> Content:
    values: dict[str, Any] = {name: getattr(campaign, name) for name in FIELDS if name not in LISTS}
    values |= {name: "\n".join(getattr(campaign, name).values_list(key, flat=True)) for name, key in KEYS.items()}
    values["only_proven"] = "yes" if campaign.only_proven else ""
    return {name: "" if value is None else str(value) for name, value in values.items()}


KEYS = {"categories": "code", "areas": "code", "answers": "slug"}


@transaction.atomic
def begin_version(*, by: User, authority: Authority, campaign: Campaign | None = None) -> CampaignVersion:
    """Store a draft, or return the open one of this campaign: two people never write two at once."""
    content = content_of(campaign) if campaign else dict.fromkeys(FIELDS, "")
    authority = campaign.authority if campaign else authority
    version, _is_new = steps.create_or_find_open(
        CampaignVersion.objects.all(), {"campaign": campaign}, content=content, by=by, authority=authority
    )
    return version


@transaction.atomic
def change_version(version: CampaignVersion, content: Content, *, by: User, edit: int) -> None:
    """Replace the text of one's own draft. `edit`: the number that was read. Raises ChangedMeanwhile."""
    if steps.lock_version(version, edit=edit, states=[V.DRAFT]).by_id != by.pk:
        raise steps.ChangedMeanwhile
    CampaignVersion.objects.filter(pk=version.pk).update(content=content, edit=edit + 1)


def offered_steps(user: User, version: CampaignVersion) -> list[str]:
    return steps.offered_steps(version.state, lambda right: may_do(user, right, version))


def may_do(user: User, right: str, version: CampaignVersion) -> bool:
    own = version.by_id == user.pk
    if version.state in CampaignVersion.OPEN and own != (right == "write"):
        return False
    return access.campaign_versions_for(user, right).filter(pk=version.pk).exists()


@transaction.atomic
def take_step(version: CampaignVersion, step_name: str, *, by: User, edit: int, note: str = "") -> CampaignVersion:
    """Take a step of `STEPS`. Raises NotPublished, ChangedMeanwhile."""
    step, note = steps.STEPS[step_name], tidy(note)
    locked = steps.begin_step(version, step, may_do=lambda row: may_do(by, step.right, row), edit=edit, note=note)
    if step.needs_whole_text and (fault := fault_of(locked.content)):
        raise NotPublished(fault)
    locked.note = note
    if step.target == V.PUBLISHED:
        before = told_fields(content_of(locked.campaign)) if locked.campaign else None
        steps.set_decision(locked, by=by)
        locked.campaign = store_campaign(locked)
        if before and before != told_fields(locked.content):
            task = app.configure_task("incidents.tell_campaign")
            task.defer(version_id=locked.pk, before=before)  # type: ignore[arg-type]  # a dict of these is JSON
    locked.save()
    if step.target == V.WITHDRAWN:
        Campaign.objects.filter(versions=locked).update(state=Campaign.State.DRAFT)
    return locked


def changes_of(version: CampaignVersion) -> list[tuple[str, str, str]]:
    """Return (field, text before, text now) of what an open version changes of its public campaign."""
    if version.campaign is None or not version.is_open:
        return []
    return steps.list_changes(FIELDS, content_of(version.campaign), version.content)


def fault_of(content: Content) -> str:
    """Why this is no campaign yet; "" where it is whole."""
    if not all(content.get(name) for name in ("title", "text", "unit", "promised", "starts_on", "due_on")):
        return _("Title, text, number, unit, first and last day are required.")
    if content["due_on"] < content["starts_on"]:
        return _("The last day is before the first.")
    by_hand = [bool(content.get(name)) for name in ("done_by_hand", "done_on", "done_source")]
    if any(by_hand) and not all(by_hand):
        return _("A number by hand has its day and its source.")
    if not any(by_hand) and not content.get("categories"):
        return _("Name categories to count, or a number done with its day and source.")
    return ""


def store_campaign(version: CampaignVersion) -> Campaign:
    """Write the text of a version to its campaign, new or changed, and return it."""
    content = version.content
    values: dict[str, Any] = {name: content.get(name, "") for name in (*TEXTS, "words")}
    values |= {name: date.fromisoformat(content[name]) if content.get(name) else None for name in DAYS}
    values |= {"promised": int(content["promised"]), "only_proven": bool(content.get("only_proven"))}
    values |= {"done_by_hand": int(content["done_by_hand"]) if content.get("done_by_hand") else None}
    values |= {"authority": version.authority, "state": Campaign.State.PUBLISHED}
    campaign = version.campaign or Campaign(
        slug=steps.free_slug(Campaign.objects.all(), content["title"], otherwise="campaign")
    )
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save()
    lists = {name: content.get(name, "").split() for name in LISTS}
    campaign.categories.set(Category.objects.filter(code__in=lists["categories"]))
    campaign.areas.set(Area.objects.on(localdate()).filter(code__in=lists["areas"]))
    campaign.answers.set(Answer.objects.filter(slug__in=lists["answers"]))
    return campaign
