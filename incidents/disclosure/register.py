"""Record who viewed whose personal data. `record_views` is the only way in, and is called before a contact is shown.
Other content that is not public is recorded by `incidents.disclosure.shown`, for any page, file or stream.
"""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from geoapp.db import locks
from geoapp.ledger.ledger import Ledger
from gis_data import policies
from incidents.models import (
    Authority,
    CallBack,
    Enquiry,
    HeldReport,
    Idea,
    PersonalDataView,
    PersonalDataViewHead,
    Report,
    SubjectRequest,
    UnusualView,
    User,
)
from incidents.redaction import SECRET_PARTS

ADDRESS_MAX = 200
# The request in which something is shown; None outside of requests.
REQUEST: ContextVar[HttpRequest | None] = ContextVar("REQUEST", default=None)


class PersonalViewLedger(Ledger[PersonalDataView]):
    """The register as a ledger: later lines have more fields than early ones."""

    def sealed_fields(self, line: PersonalDataView) -> list:
        """Return `fields`; then the key of a held report if there is one; or null and the key of a call to be returned;
        or two nulls and the key of an enquiry; or three nulls and the key of an idea. Last, if known, {"address": …}.
        """
        fields = super().sealed_fields(line)
        if line.idea_id:
            fields += [None, None, None, line.idea_id]
        elif line.enquiry_id:
            fields += [None, None, line.enquiry_id]
        elif line.call_back_id:
            fields += [None, line.call_back_id]
        elif line.held_id:
            fields.append(line.held_id)
        if line.address:
            fields.append({"address": line.address})
        return fields


PERSONAL_VIEWS = PersonalViewLedger(
    lines=PersonalDataView,
    heads=PersonalDataViewHead,
    fields=("pk", "at", "by_id", "authority_id", "how", "incident_id", "reports", "request_id"),
    lock=locks.Lock.PERSONAL_VIEWS,
    kept_for=relativedelta(months=12),  # sql/guards/personal_views.sql refuses to delete younger lines
)


def know_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: lines written during a request store its address."""

    def answer(request):
        before = REQUEST.set(request)
        try:
            return get_response(request)
        finally:
            REQUEST.reset(before)

    return answer


def address_of(request: HttpRequest) -> str:
    match, path = request.resolver_match, request.path
    for name in SECRET_PARTS:
        if match and (secret := match.kwargs.get(name)):
            path = path.replace(str(secret), "…")
    return path[:ADDRESS_MAX]


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
    ideas: Iterable[Idea] = (),
    address: str | None = None,
) -> list[PersonalDataView]:
    """Write a line for each incident of these reports: this person, or this unit by its link, sees the contacts.

    Also a line for each held report, each call to be returned, each enquiry and idea. Without any of them one line,
    of the incident `incident_id`. `address`: of the page or file, by default that of the request. Returns the lines.
    """
    if address is None:
        request_now = REQUEST.get()
        address = address_of(request_now) if request_now else ""
    of_incident: dict[int, list[int]] = {}
    for report in reports:
        of_incident.setdefault(report.incident_id, []).append(report.pk)
    seen: list[dict[str, Any]] = [{"incident_id": pk, "reports": sorted(keys)} for pk, keys in of_incident.items()]
    seen += [{"held_id": held_report.pk} for held_report in held_reports]
    seen += [{"call_back_id": call.pk} for call in call_backs]
    seen += [{"enquiry_id": enquiry.pk} for enquiry in enquiries]
    seen += [{"idea_id": idea.pk} for idea in ideas]
    return PERSONAL_VIEWS.append(
        *(
            PersonalDataView(by=by, authority=authority, how=how, request=request, address=address, **what)
            for what in seen or [{"incident_id": incident_id}]
        )
    )


@transaction.atomic
def forget_old(at: datetime | None = None) -> int:
    until = ((at or now()) - relativedelta(months=policies.current().keep_looks_months)).date()
    UnusualView.objects.filter(day__lt=until).delete()
    return PERSONAL_VIEWS.forget_lines(until)
