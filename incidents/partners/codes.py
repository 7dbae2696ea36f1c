"""Show reporters' contacts to a partner unit after a code sent to its registered address, valid for ten minutes, once.

The link in a letter alone does not show them: letters are forwarded, and a phone's mailbox is open to its holder.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.crypto import keyring
from incidents import notify
from incidents.models import Contact, ContactCode, Event, Medium
from incidents.partners.letters import OpenedLink

LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5  # of one code
MAX_CODES, CODES_WITHIN = 10, timedelta(hours=1)  # sent to one desk


class CodeRefused(Exception):
    """No code is sent, or the code is wrong; the message says why."""


@transaction.atomic
def send_code(link: OpenedLink) -> ContactCode:
    """Send a new code to the desk of this link; earlier ones become invalid. Raises CodeRefused."""
    desk = Contact.objects.select_for_update().get(pk=link.contact.pk)
    if ContactCode.objects.filter(contact=desk, sent_at__gt=now() - CODES_WITHIN).count() >= MAX_CODES:
        raise CodeRefused(_("Too many codes were requested. Try again in an hour."))
    digits = f"{secrets.randbelow(1_000_000):06}"
    code = ContactCode.objects.create(contact=desk, event=link.event, digest=digest_of(link.event, desk, digits))
    values = {
        "reference": link.incident.reference,
        "unit": desk.authority.title,
        "code": f"{digits[:3]} {digits[3:]}",
        "minutes": str(LIFETIME.seconds // 60),
    }
    to = notify.Recipient(Medium.EMAIL, desk.email, settings.LANGUAGE_CODE)
    notify.create_notices("outside_code", f"contact-code:{code.pk}", [to], values, urgent=True)
    return code


def use_code(link: OpenedLink, typed: str) -> None:
    """Use the last code sent for this link. Raises CodeRefused if it is wrong."""
    with transaction.atomic():
        fault = try_code(link, "".join(filter(str.isdecimal, typed[:40])))
    if fault:
        raise CodeRefused(fault)


def try_code(link, digits):
    """Return "" and use the code up if these digits are right; else what is wrong. A wrong try counts."""
    codes = ContactCode.objects.filter(contact=link.contact, event=link.event).order_by("-pk")
    code = codes.select_for_update().first()
    if code is None or code.used_at or code.tries >= MAX_TRIES or code.sent_at < now() - LIFETIME:
        return _("This code no longer works. Ask for a new one.")
    code.tries += 1
    if not secrets.compare_digest(bytes(code.digest), digest_of(link.event, link.contact, digits)):
        code.save(update_fields=["tries"])
        return _("This is not the right code.")
    code.used_at = now()
    code.save(update_fields=["tries", "used_at"])
    return ""


def digest_of(event: Event, contact: Contact, digits: str) -> bytes:
    """Return the stored digest of a code; without the key it does not reveal the code."""
    return keyring.current().blind_index(f"contact-code {event.pk} {contact.pk} {digits}")
