"""Open the own reports by a code sent to a phone or an e-mail address, in the requesting browser, for some days.

Nobody learns whether an address or a reference is known: every request writes the same row and the same job, and is
answered by the same page. The job sends a code or nothing. See docs/adr/0041.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.timezone import now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from geoapp.http import rate_limits
from incidents import access
from incidents.disclosure import register
from incidents.models import AddressCode, Browser, Enquiry, PersonalDataView, Report
from incidents.models.notices import CONTACT_FIELDS
from incidents.notify import code_limits
from incidents.notify.code_limits import CodeRefused
from incidents.notify.outbox import Recipient, create_notices
from incidents.notify.transports import TRANSPORTS

KEY, IDEA_KEY = "own_code", "idea_code"  # of the texts
SALT = "incidents.own_code"
NO_DIGEST = "-" * 64  # of a code that was never sent
GOOD_FOR, OPENS_FOR = timedelta(minutes=15), timedelta(days=7)
KEEP_UNUSED = timedelta(days=1)


def ask_for_code(
    browser: Browser,
    medium: str,
    address: str,
    *,
    reference: str,
    language: str,
    network: str,
    known: frozenset[str] = frozenset(),
    puzzle_solved: bool = False,
    for_idea: bool = False,
) -> AddressCode:
    """Request a code to an address; it is sent if there are reports of it, or `for_idea`. Raises CodeRefused.

    `reference`: of one report, which is opened even if its address was not confirmed; "" for confirmed ones. `network`:
    as `rate_limits.network_of` returns it; `known`: the addresses that this browser has confirmed before.
    """
    if not TRANSPORTS[medium].can_send_to(address):
        raise CodeRefused(_("No code can be sent there."))
    is_own = address in known or has_proven(browser, medium, address)
    code_limits.take_code(address, network=network, is_own=is_own, puzzle_solved=puzzle_solved)
    with transaction.atomic():
        AddressCode.objects.filter(browser=browser, until=None).delete()
        address_code = AddressCode.objects.create(
            browser=browser,
            medium=medium,
            address=address,
            reference=reference,
            language=language,
            for_idea=for_idea,
        )
        app.configure_task("incidents.send_own_code").defer(code_id=address_code.pk)
    return address_code


def has_proven(browser: Browser, medium: str, address: str) -> bool:
    return AddressCode.objects.proven().filter(browser=browser, medium=medium, address=address).exists()


@transaction.atomic
def send_code(code_id: int) -> None:
    address_code = AddressCode.objects.select_for_update().filter(pk=code_id, digest="", until=None).first()
    if address_code is None or not (
        address_code.for_idea
        or find_confirmed(address_code).exists()
        or find_named(address_code)
        or find_enquiries(address_code).exists()
    ):
        return
    code = f"{secrets.randbelow(10**6):06d}"
    AddressCode.objects.filter(pk=address_code.pk).update(digest=digests_of(address_code, code)[0])
    to = Recipient(address_code.medium, address_code.address, address_code.language)
    key = IDEA_KEY if address_code.for_idea else KEY
    create_notices(key, f"own-code:{address_code.pk}", [to], {"code": code}, urgent=True)


def find_confirmed(address_code: AddressCode) -> QuerySet[Report]:
    field = CONTACT_FIELDS[address_code.medium]
    fits = {field: address_code.address, f"{field}_confirmed_at__isnull": False}
    return Report.objects.filter(erased_at=None, **fits)


def find_named(address_code: AddressCode) -> Report | None:
    if not address_code.reference:
        return None
    fits = {CONTACT_FIELDS[address_code.medium]: address_code.address}
    named = Report.objects.filter(erased_at=None, incident__reference=address_code.reference, **fits)
    return named.order_by("-pk").first()


def find_enquiries(address_code: AddressCode) -> QuerySet[Enquiry]:
    return Enquiry.objects.filter(access.enquiries_of_code(address_code), erased_at=None)


def digests_of(address_code: AddressCode, code: str) -> list[str]:
    """Return the stored digests of a code: with SECRET_KEY, and with its fallbacks."""
    content, keys = f"{address_code.pk}:{code}", (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [salted_hmac(SALT, content, key, algorithm="sha256").hexdigest() for key in keys]


def open_question(browser: Browser | None) -> AddressCode | None:
    if browser is None:
        return None
    lately = AddressCode.objects.filter(browser=browser, until=None, asked_at__gt=now() - GOOD_FOR)
    return lately.order_by("-asked_at", "-pk").first()


def enter_code(browser: Browser | None, code: str, *, network: str) -> AddressCode:
    """Open the reports of an address by its code, and record that.

    Raises CodeRefused: in the same words for a wrong code, a code without tries left, and none.
    """
    address_code = open_question(browser)
    if browser is None or address_code is None:
        raise wrong_code(network)
    tried = AddressCode.objects.filter(pk=address_code.pk, until=None, tries__lt=AddressCode.TRIES)
    if not tried.update(tries=F("tries") + 1):
        raise wrong_code(network)
    address_code.refresh_from_db()
    entered = digests_of(address_code, "".join(code.split()))
    if True not in [constant_time_compare(digest, address_code.digest or NO_DIGEST) for digest in entered]:
        raise wrong_code(network)
    with transaction.atomic():
        address_code.until, address_code.report = now() + OPENS_FOR, find_named(address_code)
        address_code.save(update_fields=["until", "report"])
        opened = list(Report.objects.filter(access.opened_by_codes(browser), erased_at=None))
        if opened:
            register.record_views(PersonalDataView.How.OWN, opened)
        if enquiries := list(find_enquiries(address_code)):
            register.record_views(PersonalDataView.How.OWN, (), enquiries=enquiries)
    return address_code


def wrong_code(network: str) -> CodeRefused:
    """Return the refusal of a wrong code. Only wrong ones count for the network: a code has five tries of its own."""
    if waits := rate_limits.take(rate_limits.Ask("code-try:address", network)):
        return CodeRefused(_("Too many attempts. Wait a few minutes and ask for a new code."), max(waits.values()))
    return CodeRefused(_("The code is wrong, or was entered too often. It is valid for 15 minutes and five attempts."))


def record_look(browser: Browser, report: Report) -> None:
    if Report.objects.filter(access.opened_by_codes(browser), pk=report.pk).exists():
        register.record_views(PersonalDataView.How.OWN, [report])


def proven_addresses(browser: Browser | None) -> QuerySet[AddressCode]:
    """Return the codes by which this browser has proven an address, one an address."""
    proven = AddressCode.objects.proven()
    return proven.filter(browser=browser).order_by("pk") if browser else proven.none()


def opened_addresses(browser: Browser | None) -> list[tuple[str, datetime]]:
    proven = proven_addresses(browser)
    return [(TRANSPORTS[code.medium].hint(code.address), code.until) for code in proven if code.until]


def forget_old_codes(at: datetime | None = None) -> int:
    moment = at or now()
    unused = AddressCode.objects.filter(until=None, asked_at__lt=moment - KEEP_UNUSED)
    over = AddressCode.objects.filter(until__lt=moment)
    return unused.delete()[0] + over.delete()[0]
