"""Export and erase enquiries, and record views of their contacts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from gis_data import policies
from incidents.disclosure import register
from incidents.models import (
    AnswerVersion,
    Enquiry,
    EnquiryLine,
    EnquiryNote,
    KeptEnquiry,
    Notice,
    PersonalDataView,
    SubjectRequest,
    UnansweredQuestion,
    User,
)
from incidents.models.enquiry import EnquiryQuerySet

ERASE_BATCH = 500  # erased in one transaction
S = Enquiry.State


def cause_of(line: EnquiryLine) -> str:
    return f"enquiry:{line.pk}"


@transaction.atomic
def show_contact(enquiry: Enquiry, *, by: User) -> None:
    enquiry.write_line(EnquiryLine.Kind.VIEWED, by=by)
    register.record_views(PersonalDataView.How.ENQUIRY, (), by=by, enquiries=[enquiry])


def erase_expired_enquiries(at: datetime | None = None) -> int:
    """Erase texts of enquiries settled longer ago than `keep_contacts_months`. Returns how many."""
    until, done = (at or now()) - relativedelta(months=policies.current().keep_contacts_months), 0
    expired = Enquiry.objects.filter(erased_at=None, closed_at__lt=until).order_by("pk")
    while keys := list(expired.values_list("pk", flat=True)[:ERASE_BATCH]):
        done += erase_enquiries(Enquiry.objects.filter(pk__in=keys), at=at)
    return done


@transaction.atomic
def erase_enquiries(enquiries: EnquiryQuerySet, *, by: User | None = None, at: datetime | None = None) -> int:
    """Erase senders, texts and notices of these enquiries. Returns how many.

    Kind, dates and steps stay. Open ones are closed.
    """
    moment = at or now()
    rows = list(enquiries.select_for_update(of=("self",)).filter(erased_at=None).select_related("authority"))
    keys = [row.pk for row in rows]
    lines = EnquiryLine.objects.filter(enquiry__in=keys)
    notices = Notice.objects.filter(cause__in=[cause_of(line) for line in lines.only("pk")])
    notices.filter(state__in=Notice.UNSENT).update(state=Notice.State.DROPPED)
    for notice in notices.only("pk"):
        Notice.objects.filter(pk=notice.pk).update(address=f"erased:{notice.pk}", text="", subject="", values=[])
    EnquiryNote.objects.filter(line__in=lines).delete()
    KeptEnquiry.objects.filter(enquiry__in=keys).delete()
    UnansweredQuestion.objects.filter(enquiry__in=keys).delete()
    drafts = AnswerVersion.objects.open().filter(enquiry__in=keys)
    drafts.update(state=AnswerVersion.State.DROPPED, content={})
    rest = Enquiry.objects.filter(pk__in=keys)
    rest.filter(state__in=Enquiry.OPEN).update(state=S.CLOSED, closed_at=moment)
    rest.filter(state=S.HELD).update(state=S.REFUSED, closed_at=moment)
    rest.update(text="", phone="", email="", chat="", sender_id="", network="", token="", erased_at=moment)
    for row in rest.select_related("authority"):
        row.write_line(EnquiryLine.Kind.ERASED, by=by)
    return len(keys)


def enquiries_of_request(request: SubjectRequest) -> EnquiryQuerySet:
    theirs = Q(pk__in=())
    for name in ("phone", "email", "chat"):
        if value := getattr(request, name):
            theirs |= Q(**{name: value})
    return Enquiry.objects.filter(theirs, erased_at=None).order_by("-pk")


def export_enquiries(enquiries: Iterable[Enquiry]) -> list[dict[str, Any]]:
    return [
        {
            "reference": enquiry.reference,
            "kind": enquiry.kind,
            "state": enquiry.state,
            "received_at": enquiry.received_at.isoformat(),
            "channel": enquiry.channel,
            "text": enquiry.text,
            "phone": enquiry.phone,
            "email": enquiry.email,
            "chat": enquiry.chat,
            "language": enquiry.language,
            "answers": [
                {"at": line.at.isoformat(), "text": line.note.text}
                for line in enquiry.lines.filter(kind=EnquiryLine.Kind.ANSWERED).select_related("note")
            ],
        }
        for enquiry in enquiries
    ]
