"""Remind each week of pages that are to be compared with the rules again."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.timezone import localdate, localtime, now
from django.utils.translation import override

from incidents.models import Answer, Authority, Membership, Notice, User
from incidents.notify import create_notices, person_recipients, unit_recipients
from incidents.notify.outbox import Recipient

LISTED = 10  # titles in one message


def remind_of_reviews(at: datetime | None = None) -> list[Notice]:
    """Remind of pages due for review, once a week: the unit that answered, of the others the duty desk."""
    moment = at or now()
    due = Answer.objects.public().filter(review_by__lte=localdate(moment)).order_by("review_by", "slug")
    pages: dict[Authority | None, list[Answer]] = {}
    for page in due.select_related("answered_by"):
        pages.setdefault(page.answered_by, []).append(page)
    week = localtime(moment).strftime("%G-W%V")
    return [
        notice
        for unit, rows in pages.items()
        for notice in create_notices(
            "pages_due",
            f"pages-due:{unit.code if unit else ''}:{week}",
            unit_recipients(unit) if unit else desk_recipients(moment),
            values_of(rows),
        )
    ]


def desk_recipients(at: datetime) -> list[Recipient]:
    posts = Membership.objects.on().filter(role=Membership.Role.DISPATCHER)
    return person_recipients(User.objects.filter(pk__in=posts.values("user")).order_by("pk"), at)


def values_of(pages):
    def values(to: Recipient) -> dict[str, str]:
        with override(to.language):
            lines = [f"- {page.heading} ({page.review_by:%d/%m/%Y})" for page in pages[:LISTED]]
        link = settings.SITE_URL + reverse("answer-versions")
        return {"count": str(len(pages)), "lines": "\n".join(lines), "link": link}

    return values
