"""The register of who looked at whose personal data: `record_views` is the only way in, and whoever shows a contact
calls it before; `verify_register` finds out whether anybody changed it since. What is not public leaves its lines by
`incidents.disclosure.shown`, whatever page, file or stream it stands on.

Each day's last seal is published. Lines whose time is up are deleted up to such a seal, with which the chain then
begins. What a seal covers: see `line_bytes`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext as _

from geoapp.db import locks
from geoapp.ledger import hash_chain
from incidents.models import (
    Authority,
    CallBack,
    Enquiry,
    HeldReport,
    PersonalDataView,
    PersonalDataViewHead,
    Report,
    SubjectRequest,
    UnusualView,
    User,
)
from incidents.redaction import SECRET_PARTS

AT_LEAST = relativedelta(months=12)  # nobody deletes younger lines: sql/guards/personal_views.sql refuses
ADDRESS_MAX = 200
# The request in which something is shown; None outside of requests.
REQUEST: ContextVar[HttpRequest | None] = ContextVar("REQUEST", default=None)


def know_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the lines that are written during a request name its address."""

    def answer(request):
        before = REQUEST.set(request)
        try:
            return get_response(request)
        finally:
            REQUEST.reset(before)

    return answer


def address_of(request: HttpRequest) -> str:
    """The path of a request as the register names it: what is secret of it is left out, and what was asked, too."""
    match, path = request.resolver_match, request.path
    for name in SECRET_PARTS:
        if match and (secret := match.kwargs.get(name)):
            path = path.replace(str(secret), "…")
    return path[:ADDRESS_MAX]


@transaction.atomic
def record_views(
    how: str,
    reports: Iterable[Report],
    *,
    by: User | None = None,
    authority: Authority | None = None,
    request: SubjectRequest | None = None,
    incident_id: int | None = None,
    held_reports: Iterable[HeldReport] = (),
    call_backs: Iterable[CallBack] = (),
    enquiries: Iterable[Enquiry] = (),
    address: str | None = None,
) -> list[PersonalDataView]:
    """Write a line for each incident of these reports: this person, or this unit by its link, is shown whose they are.

    Likewise a line for each held report, each call that is to be called back and each enquiry. Without any of them
    one line, of the incident `incident_id`. `address`: of the page or file, by default that of the request. Returns the
    lines.
    """
    if address is None:
        request_now = REQUEST.get()
        address = address_of(request_now) if request_now else ""
    of_incident: dict[int, list[int]] = {}
    for report in reports:
        of_incident.setdefault(report.incident_id, []).append(report.pk)
    seen: list[dict[str, Any]] = [{"incident_id": pk, "reports": sorted(keys)} for pk, keys in of_incident.items()]
    seen += [{"held_id": held.pk} for held in held_reports]
    seen += [{"call_back_id": call.pk} for call in call_backs]
    seen += [{"enquiry_id": enquiry.pk} for enquiry in enquiries]
    before = lock_last_line()
    number, digest = (before.pk, bytes(before.digest)) if before else (0, hash_chain.GENESIS)
    lines, moment = [], now()
    for what in seen or [{"incident_id": incident_id}]:
        number += 1
        line = PersonalDataView(
            id=number, at=moment, by=by, authority=authority, how=how, request=request, address=address, **what
        )
        line.digest = digest = line_digest(digest, line)
        lines.append(line)
    return PersonalDataView.objects.bulk_create(lines)


def lock_last_line():
    """Lock the register until the transaction ends; its last line, or None."""
    locks.hold(locks.Lock.PERSONAL_VIEWS)
    return PersonalDataView.objects.only("pk", "digest").order_by("-pk").first()


def line_bytes(line: PersonalDataView) -> bytes:
    """The bytes of a line that are sealed: a JSON list of its fields in one way of writing, in UTF-8.

    Number, moment in UTC, person, unit, kind, incident, reports, request, and where there is one the key of a held
    report; or null and the key of a call that is to be called back; or two nulls and the key of an enquiry. Last, where
    it is known, {"address": …}.
    """
    fields = [
        line.pk, hash_chain.utc_text(line.at), line.by_id, line.authority_id, str(line.how), line.incident_id,
        line.reports, line.request_id,
    ]  # fmt: skip
    if line.enquiry_id:
        fields += [None, None, line.enquiry_id]
    elif line.call_back_id:
        fields += [None, line.call_back_id]
    elif line.held_id:
        fields.append(line.held_id)
    if line.address:
        fields.append({"address": line.address})
    return hash_chain.canonical_bytes(fields)


def line_digest(before: bytes, line: PersonalDataView) -> bytes:
    """The seal on a line, from the seal on the one before it."""
    return hash_chain.next_digest(before, line_bytes(line))


def publish_head(day: date) -> PersonalDataViewHead | None:
    """Write down the head of a day that is over, once: see hash_chain.publish_head."""
    return hash_chain.publish_head(PersonalDataViewHead.objects.all(), PersonalDataView.objects.all(), day)


def publish_due_heads() -> int:
    """Publish the heads of all days up to yesterday that have none yet. Returns how many."""
    return hash_chain.publish_due_heads(PersonalDataViewHead.objects.all(), publish_head)


@transaction.atomic
def forget_old(at: datetime | None = None) -> int:
    """Delete the lines and flags whose time is up, up to a published head. Returns how many lines.

    The last line stays in any case: the next one is sealed with it.
    """
    until = ((at or now()) - relativedelta(months=settings.KEEP_LOOKS_MONTHS)).date()
    UnusualView.objects.filter(day__lt=until).delete()
    last = lock_last_line()
    if not last:
        return 0
    return hash_chain.forget_lines(
        PersonalDataViewHead.objects.all(), PersonalDataView.objects.all(), last=last.pk, until=until
    )


@dataclass
class RegisterVerification(hash_chain.Verification):
    """How far the register is right."""

    forgotten: int = 0  # the last line that was deleted in its time


def verify_register(heads: Iterable[tuple[date, str]] = (), keys: Iterable[bytes] = ()) -> RegisterVerification:
    """Walk through the register from its first line and compare each with its seal, and with the published heads.

    `heads`: (day, digest as hex), as somebody kept them outside; `keys`: with which heads must be signed. It stops at
    the first line that is wrong.
    """
    verdict, published = RegisterVerification(), PersonalDataViewHead.objects.all()
    if start := first_head():
        verdict.last = verdict.forgotten = start.line
        verdict.digest = bytes(start.digest)
        if start.day > (now() - AT_LEAST).date():
            verdict.fault = _("Lines up to %(line)d were deleted before their time.") % {"line": start.line}
            return verdict
        told = {(head.day, head.hex) for head in published.filter(day__lte=start.day)}
        heads = [head for head in heads if head not in told]
        published = published.filter(line__gt=start.line)
    check = hash_chain.HeadCheck(published, heads, keys)
    for line in PersonalDataView.objects.order_by("pk").iterator(chunk_size=5000):
        places, digest, fault = {"line": line.pk, "before": verdict.last}, bytes(line.digest), ""
        if line.pk != verdict.last + 1:
            fault = _("Line %(line)d follows on line %(before)d: what was between was left out.") % places
        elif line_digest(verdict.digest, line) != digest:
            fault = _("Line %(line)d was altered.") % places
        if not verdict.follow(line.pk, digest, fault, check):
            return verdict
    verdict.fault = check.fault_at_end()
    return verdict


def export_register() -> Iterator[dict]:
    """The register as `deploy/verify_heads.py` reads it: what it begins with, then the fields of each line."""
    start = first_head()
    before = {"line": start.line, "digest": start.hex} if start else {"line": 0, "digest": hash_chain.GENESIS.hex()}
    yield {"chain": PersonalDataViewHead.CHAIN, "before": before}
    for line in PersonalDataView.objects.order_by("pk").iterator(chunk_size=5000):
        yield {"entry": json.loads(line_bytes(line))}


def first_head():
    """The published head with which the register begins, where the lines before were deleted; else None."""
    first = PersonalDataView.objects.order_by("pk").values_list("pk", flat=True).first()
    return PersonalDataViewHead.objects.filter(line=first - 1).first() if first else None
