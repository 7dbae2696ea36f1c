"""Questions, reminders, comments and takeover offers between a watching unit and the unit in charge.

A ward watches all incidents in its area (`access`, "watch"). The unit in charge replies; on an offer it decides, or the
duty desk does (`access`, "cede"). Both sides read it in the history, nobody else does.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext as _

from gis_data.words import tidy
from incidents import access, timeline, workflow
from incidents.models import Authority, Event, Incident, TakeoverOffer, User
from incidents.wording import duration_in_words

K = Event.Kind
REMIND_AGAIN = timedelta(hours=4)  # until the same unit may remind of the same incident again
WORDS_MAX = 2000
CONTACT_DIGITS = 9  # of a phone number, from its end, by which it is known again however it is written
TAKEN_BACK = Q(undoable__undone_at__isnull=False)  # a line of a minute ago, which counts as not said
MESSAGE_KINDS = {"inquire": K.INQUIRED, "urge": K.URGED, "remark": K.REMARKED}


class MessageRefused(ValueError):
    """The message is refused; the exception says why."""


@transaction.atomic
def say_to_unit(incident: Incident, step: str, *, by: User, words: str = "", seen: int | None = None) -> Event:
    """Send a question, reminder or comment (`step`: a key of MESSAGE_KINDS) to the unit in charge. Returns the event.

    `seen`: as in `workflow.move`. Raises MessageRefused, workflow.NotAllowed.
    """
    locked, unit = lock_watched(incident, by, seen)
    words = tidy(words)
    if step != "urge":
        refuse_faulty_words(words)
    else:
        refuse_early_reminder(locked, unit)
    return timeline.record(locked, MESSAGE_KINDS[step], by=by, authority=unit, note=words, public=False)


@transaction.atomic
def reply_to_units(incident: Incident, *, by: User, words: str, seen: int | None = None) -> Event:
    """Reply to watching units. Raises MessageRefused where the words name a contact of the reporter."""
    locked = workflow.lock_incident(incident, seen)
    words = tidy(words)
    refuse_faulty_words(words)
    if names_contact(locked, words):
        raise MessageRefused(
            _("This contains the reporter's phone number or e-mail address, which stays with your unit.")
        )
    return timeline.record(locked, K.REPLIED, by=by, authority=locked.authority, note=words, public=False)


@transaction.atomic
def offer_to_take_over(incident: Incident, *, by: User, reason: str, seen: int | None = None) -> Event:
    """Offer to take over an incident. Returns the event, which notifies those who decide.

    Raises MessageRefused, also where an offer is open; workflow.NotAllowed.
    """
    locked, unit = lock_watched(incident, by, seen)
    reason = tidy(reason)
    refuse_faulty_words(reason)
    if offer := open_offer(locked):
        raise MessageRefused(_("%(unit)s has already asked to take it over.") % {"unit": offer.authority.title})
    moment = now()
    TakeoverOffer.objects.create(incident=locked, authority=unit, reason=reason, offered_by=by, offered_at=moment)
    return timeline.record(locked, K.OFFERED, by=by, authority=unit, note=reason, public=False, at=moment)


@transaction.atomic
def accept_offer(incident: Incident, *, by: User, words: str = "", seen: int | None = None) -> Event:
    """Hand the incident to the unit that offered; its deadlines start now. Returns the event; both units are notified.

    Raises workflow.NotAllowed where there is no such offer.
    """
    locked = workflow.lock_incident(incident, seen)
    offer = lock_offer(locked)
    receipt = {"from_unit": locked.authority.code, "offer": offer.pk}
    note = "\n".join(filter(None, [offer.reason, tidy(words)[:WORDS_MAX]]))
    return workflow.move(incident, "cede", by=by, to=offer.authority, note=note, seen=seen, receipt=receipt)


@transaction.atomic
def decline_offer(incident: Incident, *, by: User, words: str, seen: int | None = None) -> Event:
    """Decline an offer with a reason. Raises MessageRefused, workflow.NotAllowed."""
    locked = workflow.lock_incident(incident, seen)
    offer, words, moment = lock_offer(locked), tidy(words), now()
    refuse_faulty_words(words)
    offer.state, offer.decided_by, offer.decided_at = TakeoverOffer.State.DECLINED, by, moment
    offer.save(update_fields=["state", "decided_by", "decided_at"])
    return timeline.record(
        locked, K.DECLINED, by=by, authority=locked.authority, note=words, public=False, at=moment,
        receipt={"offer": offer.pk},
    )  # fmt: skip


def open_offer(incident: Incident) -> TakeoverOffer | None:
    offers = incident.offers.filter(state=TakeoverOffer.State.OPEN).exclude(authority=incident.authority_id)
    return offers.select_related("authority", "offered_by").first()


def has_unanswered_message(incident: Incident) -> bool:
    remarks = incident.timeline.filter(kind__in=[*MESSAGE_KINDS.values(), K.REPLIED]).exclude(TAKEN_BACK)
    last = remarks.order_by("-pk").first()
    return last is not None and last.kind != K.REPLIED


def lock_watched(incident: Incident, by: User, seen: int | None) -> tuple[Incident, Authority]:
    """The incident, locked, and the unit for which this user watches it or works in the control room."""
    locked = workflow.lock_incident(incident, seen)
    unit = access.watching_units(by, locked).first() or access.room_unit(by, locked)
    if unit is None:
        raise workflow.NotAllowed(_("Your unit does not follow this incident."))
    return locked, unit


def lock_offer(incident: Incident) -> TakeoverOffer:
    offers = TakeoverOffer.objects.select_for_update(of=["self"]).select_related("authority")
    offer = offers.filter(incident=incident, state=TakeoverOffer.State.OPEN).first()
    if offer is None or offer.authority_id == incident.authority_id:
        raise workflow.NotAllowed(_("No unit asks to take it over any more."))
    return offer


def refuse_faulty_words(words: str) -> None:
    if not words:
        raise MessageRefused(_("Write a few words."))
    if len(words) > WORDS_MAX:
        raise MessageRefused(_("Too long: at most %(most)s characters.") % {"most": WORDS_MAX})


def refuse_early_reminder(incident: Incident, unit: Authority) -> None:
    urged = incident.timeline.filter(kind=K.URGED, authority=unit, at__gt=now() - REMIND_AGAIN)
    last = urged.exclude(TAKEN_BACK).last()
    if last:
        left = duration_in_words(last.at + REMIND_AGAIN - now())
        raise MessageRefused(
            _("Your unit has just sent a reminder. You can remind again in %(left)s.") % {"left": left}
        )


def names_contact(incident: Incident, words: str) -> bool:
    digits, lower = "".join(character for character in words if character.isdigit()), words.lower()
    return any(
        (report.phone and report.phone[-CONTACT_DIGITS:] in digits) or (report.email and report.email.lower() in lower)
        for report in incident.reports.all()
    )
