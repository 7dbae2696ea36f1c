"""Who hears of an event, in which words; and the delivery of one notice."""

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from procrastinate.contrib.django import app

from incidents import access
from incidents.models import Contact, Event, Notice
from incidents.notify import email

SEND = {"email": email.send}
# What a reporter wants to hear; `joined` is for the one who joined, like `received`.
TOLD = {
    Event.Kind.ASSIGNED,
    Event.Kind.JOINED,
    Event.Kind.ASKED,
    Event.Kind.HANDED_OVER,
    Event.Kind.RESOLVED,
    Event.Kind.REJECTED,
    Event.Kind.REOPENED,
    Event.Kind.REDRAWN,
    Event.Kind.RESTORED,
}


@transaction.atomic
def announce(event_id):
    """Write a notice to everyone who is to hear of this event, and a job to deliver each. Again: nothing new."""
    event = Event.objects.select_related("incident__category", "incident__area", "incident__authority").get(pk=event_id)
    if event.kind not in TOLD:
        return
    for report in hearers(event):
        tell(event, report.email, report=report, **words(event, report))
    if event.kind == Event.Kind.ASSIGNED:  # which happens once to an incident
        for address in neighbours(event.incident):
            tell(event, address, **words_to_neighbour(event.incident))


def tell(event, address, **said):
    notice, new = Notice.objects.get_or_create(
        cause=f"event:{event.pk}", medium="email", address=address, defaults=said | {"event": event}
    )
    if new:
        app.configure_task("incidents.deliver").defer(notice_id=notice.pk)


def neighbours(incident):
    """The addresses of the units whose the incident may be, because its place is vague."""
    units = access.neighbours(incident).order_by()
    return (
        Contact.objects.filter(authority__in=units).exclude(email="").order_by("email").values_list("email", flat=True)
    )


def hearers(event):
    """The reports whose senders left an e-mail address; of one that joins, only the one who joined."""
    reports = event.incident.reports.exclude(email="").order_by("pk")
    if event.kind == Event.Kind.JOINED:
        return reports.filter(received_at__lte=event.at).order_by("-pk")[:1]
    return reports.filter(received_at__lte=event.at)


def words(event, report):
    """Subject and text in the reporter's language."""
    with translation.override(report.language):
        follow = settings.SITE_URL + reverse("follow", args=[report.token])
        said = {"event": event, "incident": event.incident, "follow": follow}
        return {
            "subject": render_to_string("messages/email/subject.txt", said).strip(),
            "text": render_to_string("messages/email/body.txt", said),
        }


def words_to_neighbour(incident):
    """Subject and text in the city's own language: where it may lie, and nothing of who reported it."""
    with translation.override(settings.LANGUAGE_CODE):
        said = {
            "incident": incident,
            "shares": incident.area_shares.select_related("area").defer("area__shape", "area__outline"),
            "desk": settings.SITE_URL + reverse("desk-incident", args=[incident.reference]),
        }
        return {
            "subject": render_to_string("messages/email/neighbour_subject.txt", said).strip(),
            "text": render_to_string("messages/email/neighbour_body.txt", said),
        }


@transaction.atomic
def deliver(notice_id):
    """Send one notice. A failed try leaves it unsent for the next; two workers cannot both send it."""
    notice = Notice.objects.select_for_update(skip_locked=True).filter(pk=notice_id, state=Notice.State.WAITING).first()
    if notice:
        SEND[notice.medium](notice)
        notice.sent_at, notice.state = now(), Notice.State.SENT
        notice.save(update_fields=["sent_at", "state"])
