"""A letter to a unit without a desk here, and the signed link in it that stands for one.

The link is bound to the incident as it came to the unit, and to the address it went to: it ends when the incident goes
elsewhere, when the address is no longer that desk's, and after 30 days.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Subquery, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_noop

from incidents import notify, public_text, workflow
from incidents.models import Authority, Contact, Event, Incident, Medium, Notice, Severity
from incidents.partners import COMES, came
from incidents.redaction import without_contacts
from incidents.routing import rules

LASTS = timedelta(days=30)
ANNOUNCED_BY_NOW = timedelta(minutes=5)
BY_LETTER = gettext_noop("By letter, with a link.")
BY_LINK = gettext_noop("By the link in the letter.")


class Forged(Exception):
    """Nobody here made this link."""


@dataclass(frozen=True)
class Opened:
    """What a link opens; `ended` says why it no longer does: "" · expired · moved."""

    incident: Incident
    event: Event  # of which its letter told
    contact: Contact
    ended: str = ""


def signer(contact):
    """Signs for one address: a desk that has another one by now does not answer for the old one's links."""
    return signing.TimestampSigner(salt=f"incidents.outside {contact.email}", sep=".")


def token(event, contact):
    return signer(contact).sign(f"{event.pk}-{contact.pk}")


def link(event, contact):
    return settings.SITE_URL + reverse("outside", args=[token(event, contact)])


def opened(token) -> Opened:
    """What the link opens. Raises Forged."""
    try:
        event_id, contact_id = (int(number) for number in token.partition(".")[0].split("-"))
        contact = Contact.objects.select_related("authority").get(pk=contact_id)
        signer(contact).unsign(token)
        event = Event.objects.get(pk=event_id)
    except (ValueError, OverflowError, Contact.DoesNotExist, Event.DoesNotExist, signing.BadSignature):
        raise Forged from None
    incident = Incident.objects.with_pages().get(pk=event.incident_id)
    return Opened(incident, event, contact, ended(token, incident, event, contact))


def ended(token, incident, event, contact):
    unit = contact.authority
    left = incident.timeline.filter(kind__in=COMES, pk__gt=event.pk).exists()
    if left or incident.authority_id != unit.pk or unit.works != Authority.Works.EMAIL:
        return "moved"
    try:
        signer(contact).unsign(token, max_age=LASTS)
    except signing.SignatureExpired:
        return "expired"
    return ""


def words_of(event):
    """What is said of what happened, without contacts: that is for who opens the letter's link and asks for it."""
    return "" if event.kind in COMES else without_contacts(public_text.public_note_of(event))


@transaction.atomic
def write(event_id):
    """A letter to each address of the unit that has the incident; with the first one it is passed on."""
    event = Event.objects.select_related("incident").get(pk=event_id)
    incident = Incident.objects.locked(event.incident_id)
    unit = incident.authority
    here = came(incident)
    if unit.works != Authority.Works.EMAIL or not incident.is_open or (here and event.pk < here.pk):
        return
    contacts = list(unit.contacts.exclude(email="").order_by("pk"))
    for contact in contacts:
        tell(event, contact, f"outside:{event.pk}")
    if contacts and incident.state in workflow.TRANSITIONS["pass_on"].origins:
        workflow.move(incident, "pass_on", reasons=(rules.in_both_languages(BY_LETTER),))


def unwritten(at):
    """The lines with which open incidents came to such units some minutes ago, and of which no letter tells.

    Their jobs were lost; or boundaries moved them in bulk, where only what a reporter hears of is announced.
    """
    brought = Event.objects.filter(incident=OuterRef("pk"), kind__in=COMES).order_by("-pk").values("pk")[:1]
    letter = Notice.objects.filter(cause=Concat(Value("outside:"), OuterRef("brought"), output_field=CharField()))
    theirs = Incident.objects.open().filter(authority__in=Contact.objects.exclude(email="").values("authority"))
    theirs = theirs.filter(authority__works=Authority.Works.EMAIL, changed_at__lt=at - ANNOUNCED_BY_NOW)
    theirs = theirs.annotate(brought=Subquery(brought)).exclude(Exists(letter))
    return theirs.order_by("pk").values_list("brought", flat=True)


def write_again(one: Opened):
    """A fresh link for one that has expired, to the same address; once a day."""
    if one.ended == "expired":
        tell(one.event, one.contact, f"outside:{one.event.pk}:{localdate()}")


def tell(event, contact, cause):
    to = notify.Recipient(Medium.EMAIL, contact.email, settings.LANGUAGE_CODE)
    urgent = event.incident.category.emergency or event.incident.severity == Severity.DANGEROUS
    notify.tell("outside_work", cause, [to], values(event, contact), event=event, urgent=urgent)


def values(event, contact):
    """What the letter says: what is to be done, where, until when; nothing of who reported it."""
    incident, address = event.incident, link(event, contact)
    with translation.override(settings.LANGUAGE_CODE):
        return {
            "reference": incident.reference,
            "category": incident.category.title,
            "where": incident.where,
            "unit": incident.authority.title,
            "due": notify.moment(incident.due_at),
            "words": words_of(event) or incident.text,
            "photos": "\n".join(f"{address}photo/{photo.pk}/" for photo in incident.photos.all()),
            "link": address,
            "by": notify.moment(now() + LASTS),
        }
