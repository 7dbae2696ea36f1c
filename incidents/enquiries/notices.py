"""Notify senders of enquiries by the channel they used, and units that got one."""

from collections.abc import Callable

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime

from incidents.enquiries.retention import cause_of
from incidents.models import Enquiry, EnquiryLine, Medium, Notice
from incidents.models.notices import medium_of_chat
from incidents.notify.outbox import Recipient, create_notices, unit_recipients
from incidents.notify.transports import TRANSPORTS

L = EnquiryLine.Kind


def announce_line(line_id: int) -> list[Notice]:
    """Notify those concerned by a line; idempotent. Returns the new notices."""
    line = EnquiryLine.objects.select_related("enquiry__authority", "enquiry__incident", "authority").get(pk=line_id)
    if line.enquiry.erased_at or line.kind not in ANNOUNCED:
        return []
    return ANNOUNCED[line.kind](line)


def tell_sender(key: str) -> Callable[[EnquiryLine], list[Notice]]:
    def tell(line: EnquiryLine) -> list[Notice]:
        note = getattr(line, "note", None)

        def values(to: Recipient) -> dict[str, str]:
            return enquiry_values(line.enquiry, to) | {
                "words": note.text if note else "",
                "incident": line.enquiry.incident.reference if line.enquiry.incident else "",
            }

        return create_notices(key, cause_of(line), sender_recipients(line.enquiry), values)

    return tell


def tell_unit(line: EnquiryLine) -> list[Notice]:
    def values(to: Recipient) -> dict[str, str]:
        return enquiry_values(line.enquiry, to) | {"link": desk_link(line.enquiry)}

    return create_notices("enquiry_here", cause_of(line), unit_recipients(line.authority), values)


def tell_closed(line: EnquiryLine) -> list[Notice]:
    return tell_sender("enquiry_closed")(line) if hasattr(line, "note") else []


ANNOUNCED: dict[str, Callable[[EnquiryLine], list[Notice]]] = {
    L.ANSWERED: tell_sender("enquiry_answered"),
    L.CLOSED: tell_closed,
    L.REFUSED: tell_closed,
    L.INCIDENT: tell_sender("enquiry_incident"),
    L.PASSED_ON: tell_unit,
}


def sender_recipients(enquiry: Enquiry) -> list[Recipient]:
    """The sender's chat, else e-mail, else phone as recipients; [] without contact."""
    if enquiry.chat and TRANSPORTS[medium_of_chat(enquiry.chat)].is_configured():
        return [Recipient(medium_of_chat(enquiry.chat), enquiry.chat, enquiry.language)]
    if enquiry.email:
        return [Recipient(Medium.EMAIL, enquiry.email, enquiry.language)]
    if enquiry.phone and TRANSPORTS[Medium.SMS].can_send_to(enquiry.phone):
        return [Recipient(Medium.SMS, enquiry.phone, enquiry.language)]
    return []


def enquiry_values(enquiry: Enquiry, to: Recipient) -> dict[str, str]:
    """Template values of an enquiry.

    The private link is sent to confirmed addresses only; others get the link of the own reports.
    """
    with translation.override(to.language):
        return {
            "reference": enquiry.reference,
            "kind": enquiry.get_kind_display(),
            "unit": enquiry.authority.title,
            "due": date_format(localtime(enquiry.due_at), "SHORT_DATETIME_FORMAT"),
            "link": private_link(enquiry) if is_known_address(enquiry, to) else settings.SITE_URL + reverse("mine"),
        }


def is_known_address(enquiry: Enquiry, to: Recipient) -> bool:
    if to.medium == Medium.EMAIL:
        return enquiry.email_confirmed_at is not None
    return to.medium != Medium.SMS or enquiry.phone_confirmed_at is not None


def private_link(enquiry: Enquiry) -> str:
    return settings.SITE_URL + reverse("enquiry", args=[enquiry.token])


def desk_link(enquiry: Enquiry) -> str:
    return settings.SITE_URL + reverse("desk-enquiry", args=[enquiry.reference])
