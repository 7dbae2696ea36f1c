"""Record requests of data subjects with their legal deadlines.

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP: a request is answered within 2 working days; access and correction are done
in 10 days, restriction in 15, erasure in 20.
"""

from datetime import datetime, timedelta

from django.utils.timezone import localtime, now

from incidents.deadlines import service_levels, working_time
from incidents.models import SubjectRequest, User

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
