"""Export and erase senders and supporters of ideas, and record views of who sent one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now

from gis_data import policies
from incidents.disclosure import register
from incidents.ideas import supporting
from incidents.ideas.notices import cause_of
from incidents.ideas.receiving import write_line
from incidents.models import Idea, IdeaLine, IdeaSupport, Notice, PersonalDataView, SubjectRequest, User
from incidents.models.ideas import IdeaQuerySet

ERASE_BATCH = 500  # erased in one transaction


@transaction.atomic
def show_contact(idea: Idea, *, by: User) -> None:
    write_line(idea, IdeaLine.Kind.VIEWED, by=by)
    register.record_views(PersonalDataView.How.IDEA, (), by=by, ideas=[idea])


def erase_expired_ideas(at: datetime | None = None) -> int:
    """Erase senders and supporters of ideas settled longer ago than `keep_contacts_months`. Returns how many ideas."""
    until, done = (at or now()) - relativedelta(months=policies.current().keep_contacts_months), 0
    expired = Idea.objects.filter(erased_at=None, settled_at__lt=until).order_by("pk")
    while keys := list(expired.values_list("pk", flat=True)[:ERASE_BATCH]):
        done += erase_senders(Idea.objects.filter(pk__in=keys), at=at)
        IdeaSupport.objects.filter(idea__in=keys).update(address="", network="")
    return done


@transaction.atomic
def erase_senders(ideas: IdeaQuerySet, *, by: User | None = None, at: datetime | None = None) -> int:
    """Erase the senders of these ideas, what they sent, and their notices. Returns how many.

    What was published stays: it is without contacts, and others support it. What was not is refused.
    """
    moment = at or now()
    rows = list(ideas.select_for_update(of=("self",)).filter(erased_at=None).select_related("authority"))
    keys = [row.pk for row in rows]
    lines = IdeaLine.objects.filter(idea__in=keys)
    notices = Notice.objects.filter(template="idea_news", cause__in=[cause_of(line) for line in lines.only("pk")])
    notices.filter(state__in=Notice.UNSENT).update(state=Notice.State.DROPPED)
    for notice in notices.only("pk"):
        Notice.objects.filter(pk=notice.pk).update(address=f"erased:{notice.pk}", text="", subject="", values=[])
    rest = Idea.objects.filter(pk__in=keys)
    # The refusal of what is erased names no reason: its line is the erasure's.
    rest.filter(stage=Idea.Stage.HELD).update(stage=Idea.Stage.REFUSED, settled_at=moment)
    rest.update(raw_title="", raw_text="", phone="", email="", network="", erased_at=moment)
    for row in rest.select_related("authority"):
        write_line(row, IdeaLine.Kind.ERASED, by=by, at=moment)
    return len(keys)


@transaction.atomic
def erase_supports(request: SubjectRequest) -> int:
    """Take back all supports of a person. Returns how many."""
    rows = list(supports_of_request(request).select_related("idea").order_by("idea", "pk"))
    for row in rows:
        idea = Idea.objects.select_for_update(of=("self",)).select_related("authority").get(pk=row.idea_id)
        supporting.remove_support(row)
        supporting.count_again(idea)
    return len(rows)


def ideas_of_request(request: SubjectRequest) -> IdeaQuerySet:
    theirs = Q(pk__in=())
    for name in ("phone", "email"):
        if value := getattr(request, name):
            theirs |= Q(**{name: value})
    return Idea.objects.filter(theirs, erased_at=None).order_by("-pk")


def supports_of_request(request: SubjectRequest) -> QuerySet[IdeaSupport]:
    addresses = [value for value in (request.phone, request.email.casefold()) if value]
    return IdeaSupport.objects.filter(address__in=addresses)


def export_ideas(ideas: Iterable[Idea]) -> list[dict[str, Any]]:
    return [
        {
            "number": idea.pk,
            "stage": idea.stage,
            "received_at": idea.received_at.isoformat(),
            "title": idea.raw_title,
            "text": idea.raw_text,
            "phone": idea.phone,
            "email": idea.email,
            "language": idea.language,
        }
        for idea in ideas
    ]


def export_supports(supports: Iterable[IdeaSupport]) -> list[dict[str, Any]]:
    return [
        {"idea": support.idea_id, "at": support.at.isoformat(), "ward": support.area.code if support.area else ""}
        for support in supports
    ]
