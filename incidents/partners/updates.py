"""Apply the updates of a unit's own system as steps; a repeated update changes nothing."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_noop

from incidents import partners, timeline, workflow
from incidents.models import ApiKey, Authority, Event, Incident, PartnerUpdate
from incidents.photos import Picture, storing_photos
from incidents.redaction import without_contacts
from incidents.routing import rules

BY_SYSTEM = gettext_noop("By the unit's own system.")
PASSES_ON = gettext_noop("Written by a citizen in another system: %(name)s.")
SAYS = gettext_noop("Their system says: %(status)s.")
MAX_NOTE = 4000
# The words of the updates extension, and the steps that they mean, each taken where it can be.
STEPS_OF_STATUS = {
    "open": (),
    "unchanged": (),
    "for_triage": (),
    "internal_referral": (),  # inside their house
    "investigating": ("accept",),
    "planned": ("accept",),
    "action_scheduled": ("accept",),
    "in_progress": ("accept", "begin"),
    "fixed": ("resolve",),
    "closed": ("resolve",),
    "duplicate": ("hand_back",),  # of what is for the duty desk to find out
    "cancelled": ("hand_back",),
    "no_further_action": ("hand_back",),
    "not_councils_responsibility": ("hand_back",),
    "reopen": ("reopen",),
}
# The other way round: what a line of our history is called there.
STATUS_OF_KIND: dict[str, str] = {
    Event.Kind.ACCEPTED: "action_scheduled",
    Event.Kind.BEGUN: "in_progress",
    Event.Kind.ASKED: "investigating",
    Event.Kind.EXTENDED: "action_scheduled",
    Event.Kind.HANDED_OVER: "internal_referral",
    Event.Kind.HANDED_BACK: "internal_referral",
    Event.Kind.RESOLVED: "fixed",
    Event.Kind.REJECTED: "no_further_action",
    Event.Kind.CLOSED: "closed",
    Event.Kind.REOPENED: "reopen",
    Event.Kind.UPHELD: "reopen",
}


def update_status(event: Event) -> str:
    return STATUS_OF_KIND.get(event.kind, "unchanged")


@transaction.atomic
def apply_update(
    authority: Authority,
    incident: Incident,
    update_id: str,
    status: str,
    words: str = "",
    pictures: Iterable[Picture] = (),
) -> PartnerUpdate:
    """Take the steps of an update as far as possible; else its words become a note for the desk.

    `status`: a key of STEPS_OF_STATUS.
    """
    incident = Incident.objects.lock(incident.pk)
    if known := PartnerUpdate.objects.filter(authority=authority, update_id=update_id).first():
        return known
    note = words.strip()[:MAX_NOTE] or rules.in_city_language(SAYS, status=status)
    event = None
    for step in STEPS_OF_STATUS[status]:
        if incident.state in workflow.TRANSITIONS[step].origins and incident.authority_id == authority.pk:
            event = apply_step(incident, step, note, pictures) or event
    if event is None and words.strip():
        event = timeline.record(
            incident, Event.Kind.NOTE, authority=authority, note=note, public=False,
            reasons=(rules.in_both_languages(BY_SYSTEM),),
        )  # fmt: skip
    return PartnerUpdate.objects.create(authority=authority, update_id=update_id, incident=incident, event=event)


@transaction.atomic
def record_comment(
    key: ApiKey, incident: Incident, update_id: str, *, words: str, pictures: Iterable[Picture] = ()
) -> PartnerUpdate:
    """Write a citizen's words from another system as a note for the desk, without a step.

    Contacts are removed: nobody could find them again to erase them. A repeated `update_id` changes nothing.
    """
    incident = Incident.objects.lock(incident.pk)
    if known := PartnerUpdate.objects.filter(key=key, update_id=update_id).first():
        return known
    event = timeline.record(
        incident, Event.Kind.NOTE, note=without_contacts(words.strip()[:MAX_NOTE]), public=False,
        reasons=(rules.in_both_languages(PASSES_ON, name=key.name),),
    )  # fmt: skip
    with storing_photos(pictures, incident=incident, event=event, public=False, from_citizen=True):
        return PartnerUpdate.objects.create(key=key, update_id=update_id, incident=incident, event=event)


def apply_step(incident, step, note, pictures):
    """Return the event of the step, or None if it cannot be taken: another unit still works on a part."""
    transition = workflow.TRANSITIONS[step]
    needed_note = note if transition.needs_note else ""
    try:
        return partners.act_for_unit(
            incident, step, way=BY_SYSTEM, note=needed_note, pictures=pictures if transition.takes_photos else ()
        )
    except workflow.NotAllowed:
        return None
