"""Record requests of data subjects with their legal deadlines.

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP: a request is answered within 2 working days; access and correction are done
in 10 days, restriction in 15, erasure in 20.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime, now

from incidents.deadlines import service_levels, working_time
from incidents.models import AddressCode, SubjectRequest, User
from incidents.models.notices import CONTACT_FIELDS

DAYS_TO_FULFIL = {"access": 10, "correct": 10, "restrict": 15, "erase": 20}
ANSWER_WITHIN = "2wd"


def record_request(
    kind: str,
    *,
    by: User | None,
    phone: str = "",
    email: str = "",
    chat: str = "",
    note: str = "",
    at: datetime | None = None,
) -> SubjectRequest:
    start = localtime(at or now())
    return SubjectRequest.objects.create(
        kind=kind,
        phone=phone,
        email=email,
        chat=chat,
        note=note,
        received_at=start,
        answer_by=working_time.due_date(start, ANSWER_WITHIN, service_levels.calendar_of()),
        done_by=start + timedelta(days=DAYS_TO_FULFIL[kind]),
        taken_by=by,
    )


@transaction.atomic
def record_own_request(kind: str, proven: AddressCode, *, note: str = "") -> SubjectRequest:
    """Record what the owner of a proven address asks for; one of its kind that is still open is given back."""
    AddressCode.objects.select_for_update().get(pk=proven.pk)  # two posts at once are one request
    field = CONTACT_FIELDS[proven.medium]
    waiting = SubjectRequest.objects.filter(kind=kind, done_at=None, erased_at=None, **{field: proven.address}).first()
    phone, email = (proven.address if field == name else "" for name in ("phone", "email"))
    return waiting or record_request(kind, by=None, phone=phone, email=email, note=note)


def list_own_requests(proven: Iterable[AddressCode]) -> list[SubjectRequest]:
    """Return what was asked for these addresses, the newest first."""
    of_any = Q(pk=None)
    for code in proven:
        of_any |= Q(**{CONTACT_FIELDS[code.medium]: code.address})
    return list(SubjectRequest.objects.filter(of_any, erased_at=None).order_by("-received_at")[:20])
