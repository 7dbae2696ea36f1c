"""Confirm reporters' phone numbers and e-mail addresses: nothing is sent to an unconfirmed one.

The owner requests a code on the private page of the report, and enters it there; an e-mail also has a link that
confirms or denies it. Codes are limited by number and by requesting network. `Category.confirm` lists what a city sends
unconfirmed.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from geoapp.http import rate_limits
from incidents.disclosure import privacy_notice
from incidents.models import Category, Confirmation, Event, Notice, Report
from incidents.models.notices import CONTACT_FIELDS
from incidents.notify import code_limits, opt_outs
from incidents.notify.code_limits import CodeRefused
from incidents.notify.outbox import Recipient, create_notices
from incidents.notify.transports import TRANSPORTS

SALT = "incidents.confirm"
KEY = "confirm"  # of the text
GOOD_FOR, LINK_GOOD_FOR = timedelta(minutes=30), timedelta(days=3)
K = Event.Kind
# Lines that only a person writes, or a unit outside: by them a report is believed, and with it who is to be told.
TAKEN_UP = (K.ACCEPTED, K.BEGUN, K.ASKED, K.HANDED_OVER, K.CLAIMED, K.MORE_TIME, K.RESOLVED, K.REJECTED)


def address_of(report: Report, medium: str) -> str:
    return getattr(report, CONTACT_FIELDS[medium])


def is_confirmed(report: Report, medium: str) -> bool:
    return getattr(report, f"{CONTACT_FIELDS[medium]}_confirmed_at") is not None


def may_tell(report: Report, medium: str, event: Event) -> bool:
    """Return whether this event may be sent to the address of a report, by its category's rule.

    A reporter who joined an accepted incident still has to confirm.
    """
    confirm = event.incident.category.confirm
    if confirm == Category.Confirm.NONE or is_confirmed(report, medium):
        return True
    return confirm == Category.Confirm.PERSON and (
        Event.objects.filter(
            incident=event.incident_id, kind__in=TAKEN_UP, at__gte=report.received_at, pk__lte=event.pk
        ).exists()
    )


def unconfirmed_media(report: Report) -> list[str]:
    if report.incident.category.confirm == Category.Confirm.NONE:
        return []
    media = [medium for medium in CONTACT_FIELDS if address_of(report, medium) and not is_confirmed(report, medium)]
    return [medium for medium in media if TRANSPORTS[medium].can_send_to(address_of(report, medium))]


def digests_of(report, medium, code):
    """Return the stored digests of a code: with SECRET_KEY, and with its fallbacks."""
    content, keys = f"{report.pk}:{medium}:{code}", (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(SALT, content, key, algorithm="sha256").hexdigest() for key in keys]


def send_code(
    report: Report, medium: str, *, network: str, known: frozenset[str] = frozenset(), puzzle_solved: bool = False
) -> Confirmation:
    """Send a code to the address of a report, on request from its private page. Raises CodeRefused.

    `known`: the addresses that this browser has confirmed before.
    """
    if report.erased_at or medium not in unconfirmed_media(report):
        raise CodeRefused(_("No code can be sent there."))
    address = address_of(report, medium)
    code_limits.take_code(address, network=network, is_own=address in known, puzzle_solved=puzzle_solved)
    code = new_code()
    with transaction.atomic():
        confirmation = Confirmation.objects.create(
            report=report, medium=medium, digest=digests_of(report, medium, code)[0]
        )
        to = Recipient(medium, address, report.language, report=report)
        values = {"code": code, "reference": report.incident.reference, "link": confirmation_link(confirmation)}
        create_notices(KEY, f"confirm:{confirmation.pk}", [to], values, urgent=True)
    return confirmation


def new_code():
    return f"{secrets.randbelow(10**6):06d}"


def link_in_letter(report: Report, medium: str) -> str:
    if medium not in unconfirmed_media(report):
        return ""
    digest = digests_of(report, medium, new_code())[0]  # nobody is told the code
    return confirmation_link(Confirmation.objects.create(report=report, medium=medium, digest=digest))


def confirmation_link(confirmation):
    token = signing.dumps(confirmation.pk, salt=SALT, compress=True)
    return settings.SITE_URL + reverse("confirm-link", args=[token])


def confirmation_of_link(token: str) -> Confirmation | None:
    try:
        key = signing.loads(token, salt=SALT, max_age=LINK_GOOD_FOR)
    except signing.BadSignature:
        return None
    confirmations = Confirmation.objects.select_related("report__incident__category", "report__incident__area")
    return confirmations.filter(pk=key, denied_at=None, report__erased_at=None).first()


def enter_code(report: Report, medium: str, code: str) -> None:
    """Confirm an address by the last code sent there. Raises CodeRefused."""
    if waits := rate_limits.take(rate_limits.Ask("code-try:report", str(report.pk))):
        raise CodeRefused(_("Too many attempts. Wait a few minutes and ask for a new code."), max(waits.values()))
    last = report.confirmations.filter(medium=medium, denied_at=None, sent_at__gt=now() - GOOD_FOR)
    sent = last.order_by("-sent_at", "-pk").first()
    entered = "".join(code.split())
    known = digests_of(report, medium, entered)
    if sent is None or not any(constant_time_compare(digest, sent.digest) for digest in known):
        raise CodeRefused(_("This is not the last code we sent. It is valid for 30 minutes."))
    confirm(sent)


@transaction.atomic
def confirm(confirmation: Confirmation) -> None:
    report = Report.objects.select_for_update().get(pk=confirmation.report_id)
    if is_confirmed(report, confirmation.medium) or report.erased_at:
        return
    Confirmation.objects.filter(pk=confirmation.pk).update(confirmed_at=now(), notice_version=privacy_notice.VERSION)
    mark_confirmed(report, confirmation.medium)


def mark_confirmed(report: Report, medium: str) -> None:
    """Mark the address confirmed in the caller's transaction, and send what it missed."""
    Report.objects.filter(pk=report.pk).update(**{f"{CONTACT_FIELDS[medium]}_confirmed_at": now()})
    newest = Event.objects.filter(incident=report.incident_id, public=True, at__gte=report.received_at)
    if event := newest.filter(kind__in=[K.ASSIGNED, K.JOINED, *TAKEN_UP]).order_by("-pk").first():
        app.configure_task("incidents.announce").defer(event_id=event.pk)


@transaction.atomic
def deny(confirmation: Confirmation) -> None:
    report, field = confirmation.report, CONTACT_FIELDS[confirmation.medium]
    opt_outs.opt_out(confirmation.medium, address_of(report, confirmation.medium))
    unsent = Notice.objects.filter(report=report, medium=confirmation.medium, state__in=Notice.UNSENT)
    unsent.update(state=Notice.State.DROPPED)
    Report.objects.filter(pk=report.pk).update(**{field: "", f"{field}_confirmed_at": None})
    Confirmation.objects.filter(pk=confirmation.pk).update(denied_at=now())
