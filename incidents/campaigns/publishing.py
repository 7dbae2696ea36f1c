"""Write campaigns: drafts of one person, a second person's yes, publication. PostgreSQL refuses one's own yes.

Only who began a draft changes it; anybody else agrees, returns it with a reason, or begins another.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as w

from gis_data.models import Area
from gis_data.words import plain, tidy
from incidents import access
from incidents.models import Answer, Authority, Campaign, CampaignVersion, Category, User

V = CampaignVersion.State
NOTE_MAX, LONGEST_SLUG = 1000, 50
TEXTS = tuple(name + end for name in ("title", "text", "unit", "done_source", "why_late") for end in ("", "_en"))
DAYS = ("starts_on", "due_on", "done_on")
LISTS = ("categories", "areas", "answers")
FIELDS = (*TEXTS, "words", "promised", "done_by_hand", *DAYS, "only_proven", *LISTS)

Content = dict[str, str]


class NotPublished(ValueError):
    """The act is refused; the message says what to do."""


class ChangedMeanwhile(Exception):
    """Somebody else has changed the draft since it was read; nothing was stored."""


@dataclass(frozen=True)
class CampaignStep:
    """A step of a version: the right it needs (a key of `access.CAMPAIGN_VERSIONS`), its origins, target and words."""

    right: str
    sources: tuple[str, ...]
    target: str
    button: Promise
    missing: Promise | str = ""  # where a reason is required


STEPS = {
    "propose": CampaignStep("write", (V.DRAFT,), V.PROPOSED, w("Hand it in")),
    "publish": CampaignStep("approve", (V.PROPOSED,), V.PUBLISHED, w("Publish")),
    "return": CampaignStep("approve", (V.PROPOSED,), V.DRAFT, w("Return it"), w("Say what should be changed.")),
    "drop": CampaignStep("write", (V.DRAFT, V.PROPOSED), V.DROPPED, w("Discard it")),
    "withdraw": CampaignStep(
        "approve", (V.PUBLISHED,), V.WITHDRAWN, w("Withdraw the page"), w("Say why it is withdrawn.")
    ),
}


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
    try:
        with transaction.atomic():
            return CampaignVersion.objects.create(
                content=content, by=by, authority=campaign.authority if campaign else authority, campaign=campaign
            )
    except IntegrityError:
        return CampaignVersion.objects.open().get(campaign=campaign)


@transaction.atomic
def change_version(version: CampaignVersion, content: Content, *, by: User, edit: int) -> None:
    """Replace the text of one's own draft. `edit`: the number that was read. Raises ChangedMeanwhile."""
    locked = CampaignVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.edit != edit or locked.state != V.DRAFT or locked.by_id != by.pk:
        raise ChangedMeanwhile
    CampaignVersion.objects.filter(pk=version.pk).update(content=content, edit=edit + 1)


def offered_steps(user: User, version: CampaignVersion) -> list[str]:
    return [name for name, step in STEPS.items() if version.state in step.sources and may_do(user, step.right, version)]


def may_do(user: User, right: str, version: CampaignVersion) -> bool:
    own = version.by_id == user.pk
    if version.state in CampaignVersion.OPEN and own != (right == "write"):
        return False
    return access.campaign_versions_for(user, right).filter(pk=version.pk).exists()


@transaction.atomic
def take_step(version: CampaignVersion, step_name: str, *, by: User, edit: int, note: str = "") -> CampaignVersion:
    """Take a step of `STEPS`. Raises NotPublished, ChangedMeanwhile."""
    step, note = STEPS[step_name], tidy(note)[:NOTE_MAX]
    locked = CampaignVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if locked.edit != edit or locked.state not in step.sources:
        raise ChangedMeanwhile
    if not may_do(by, step.right, locked):
        raise NotPublished(_("A second person agrees: nobody publishes what they wrote."))
    if step.missing and not note:
        raise NotPublished(str(step.missing))
    if step.target in (V.PROPOSED, V.PUBLISHED) and (fault := fault_of(locked.content)):
        raise NotPublished(fault)
    locked.state, locked.note, locked.edit = step.target, note, edit + 1
    if step.target == V.PUBLISHED:
        locked.decided_by, locked.decided_at, locked.campaign = by, now(), store_campaign(locked)
    locked.save()
    if step.target == V.WITHDRAWN:
        Campaign.objects.filter(versions=locked).update(state=Campaign.State.DRAFT)
    return locked


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
    campaign = version.campaign or Campaign(slug=free_slug(content["title"]))
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.save()
    lists = {name: content.get(name, "").split() for name in LISTS}
    campaign.categories.set(Category.objects.filter(code__in=lists["categories"]))
    campaign.areas.set(Area.objects.on(localdate()).filter(code__in=lists["areas"]))
    campaign.answers.set(Answer.objects.filter(slug__in=lists["answers"]))
    return campaign


def free_slug(title: str) -> str:
    first = slugify(plain(title))[:LONGEST_SLUG].strip("-") or "campaign"
    slugs = set(Campaign.objects.filter(slug__startswith=first).values_list("slug", flat=True))
    return next(slug for n in range(len(slugs) + 1) if (slug := f"{first}-{n + 1}" if n else first) not in slugs)
