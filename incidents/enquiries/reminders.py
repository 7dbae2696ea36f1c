"""Remind units once of enquiries that are overdue."""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from incidents.enquiries.notices import desk_link, enquiry_values
from incidents.models import Enquiry, EnquiryLine, Membership, User
from incidents.notify import create_notices, person_recipients, unit_recipients
from incidents.notify.outbox import Recipient

BATCH = 200
R = Membership.Role


@transaction.atomic
def remind_late(at: datetime | None = None) -> int:
    """Remind of newly overdue enquiries, once for each unit that has them. Returns how many."""
    moment = at or now()
    late = Enquiry.objects.late(moment).filter(reminded_at=None).select_related("authority").order_by("due_at", "pk")
    rows = list(late.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for enquiry in rows:
        line = enquiry.write_line(EnquiryLine.Kind.REMINDED)
        create_notices("enquiry_late", f"enquiry-late:{line.pk}", recipients_of(enquiry, moment), values_of(enquiry))
    Enquiry.objects.filter(pk__in=[enquiry.pk for enquiry in rows]).update(reminded_at=moment)
    return len(rows)


def recipients_of(enquiry: Enquiry, at: datetime) -> list[Recipient]:
    complains = enquiry.kind == Enquiry.Kind.COMPLAINT
    posts = Membership.objects.on().filter(role=R.SUPERVISOR if complains else R.DISPATCHER)
    people = User.objects.filter(pk__in=posts.values("user")).order_by("pk")
    return [*person_recipients(people, at), *([] if complains else unit_recipients(enquiry.authority))]


def values_of(enquiry):
    return lambda to: enquiry_values(enquiry, to) | {"link": desk_link(enquiry)}
