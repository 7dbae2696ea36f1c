"""Send letters to units without a desk here, with a signed link to the incident's page.

The link is bound to the incident as it came to the unit, and to the address it was sent to: it ends when the incident
goes elsewhere, when the address is no longer that desk's, and after 30 days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from incidents.partners import ARRIVAL_KINDS, arrival_event
from incidents.redaction import without_contacts
from incidents.routing import rules

LINK_LIFETIME = timedelta(days=30)
LETTER_DUE_AFTER = timedelta(minutes=5)
BY_LETTER = gettext_noop("By e-mail, with a link.")
BY_LINK = gettext_noop("By the link in the e-mail.")


class ForgedLink(Exception):
    """The signature of this link is invalid."""


@dataclass(frozen=True)
class OpenedLink:
    """What a link opens; `ended` says why it is invalid: "" · expired · done · moved."""

    incident: Incident
    event: Event  # of which its letter told
    contact: Contact
    ended: str = ""


def link_signer(contact):
    """Return a signer for one address: a changed address invalidates earlier links."""
    return signing.TimestampSigner(salt=f"incidents.outside {contact.email}", sep=".")


def sign_link(event, contact):
    return link_signer(contact).sign(f"{event.pk}-{contact.pk}")


def letter_link(event, contact):
    return settings.SITE_URL + reverse("outside", args=[sign_link(event, contact)])


def open_link(token: str) -> OpenedLink:
    """Return what the link opens. Raises ForgedLink."""
    try:
        event_id, contact_id = (int(number) for number in token.partition(".")[0].split("-"))
        contact = Contact.objects.select_related("authority").get(pk=contact_id)
        link_signer(contact).unsign(token)
        event = Event.objects.get(pk=event_id)
    except (ValueError, OverflowError, Contact.DoesNotExist, Event.DoesNotExist, signing.BadSignature):
        raise ForgedLink from None
    incident = Incident.objects.with_pages().get(pk=event.incident_id)
    return OpenedLink(incident, event, contact, end_reason(token, incident, event, contact))


def end_reason(token, incident, event, contact):
    unit = contact.authority
    left = incident.timeline.filter(kind__in=ARRIVAL_KINDS, pk__gt=event.pk).exists()
    if left or incident.authority_id != unit.pk or unit.works != Authority.Works.EMAIL:
        return "moved"
    try:
        link_signer(contact).unsign(token, max_age=LINK_LIFETIME)
    except signing.SignatureExpired:
        return "done" if incident.state in Incident.ENDED else "expired"
    return ""


def event_text(event):
    """Return the words of an event for a letter, without contacts: the link's page shows them after a code."""
    return "" if event.kind in ARRIVAL_KINDS else without_contacts(public_text.public_note_of(event))


@transaction.atomic
def write_letters(event_id: int) -> None:
    event = Event.objects.select_related("incident").get(pk=event_id)
    incident = Incident.objects.lock(event.incident_id)
    unit = incident.authority
    here = arrival_event(incident)
    if unit.works != Authority.Works.EMAIL or not incident.is_open or (here and event.pk < here.pk):
        return
    contacts = list(unit.contacts.exclude(email="").order_by("pk"))
    for contact in contacts:
        send_letter(event, contact, f"outside:{event.pk}")
    if contacts and incident.state in workflow.TRANSITIONS["pass_on"].origins:
        workflow.move(incident, "pass_on", reasons=(rules.in_both_languages(BY_LETTER),))


def events_without_letter(at: datetime) -> Iterable[int]:
    """Return keys of events by which open incidents came to such units some minutes ago without a letter.

    Their jobs were lost; or boundaries moved them in bulk, where only what reporters hear of is announced.
    """
    brought = Event.objects.filter(incident=OuterRef("pk"), kind__in=ARRIVAL_KINDS).order_by("-pk").values("pk")[:1]
    letter = Notice.objects.filter(cause=Concat(Value("outside:"), OuterRef("brought"), output_field=CharField()))
    theirs = Incident.objects.open().filter(authority__in=Contact.objects.exclude(email="").values("authority"))
    theirs = theirs.filter(authority__works=Authority.Works.EMAIL, changed_at__lt=at - LETTER_DUE_AFTER)
    theirs = theirs.annotate(brought=Subquery(brought)).exclude(Exists(letter))
    return theirs.order_by("pk").values_list("brought", flat=True)


def renew_letter(opened_link: OpenedLink) -> None:
    if opened_link.ended == "expired":
        send_letter(opened_link.event, opened_link.contact, f"outside:{opened_link.event.pk}:{localdate()}")


def send_letter(event, contact, cause):
    to = notify.Recipient(Medium.EMAIL, contact.email, settings.LANGUAGE_CODE)
    urgent = event.incident.category.emergency or event.incident.severity == Severity.DANGEROUS
    notify.create_notices("outside_work", cause, [to], letter_values(event, contact), event=event, urgent=urgent)


def letter_values(event, contact):
    incident, address = event.incident, letter_link(event, contact)
    with translation.override(settings.LANGUAGE_CODE):
        return {
            "reference": incident.reference,
            "category": incident.category.title,
            "where": incident.where,
            "unit": incident.authority.title,
            "due": notify.format_moment(incident.due_at),
            "words": event_text(event) or incident.text,
            "photos": "\n".join(f"{address}photo/{photo.pk}/" for photo in incident.photos.looked_at()),
            "link": address,
            "by": notify.format_moment(now() + LINK_LIFETIME),
        }
