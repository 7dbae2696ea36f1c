"""Personal data: kept no longer than the work needs them, and everything about a person found in one place.

Law 91/2025/QH15 and Decree 356/2025/NĐ-CP give the days: a request is answered within 2 working days; access and
correction are done in 10 days, restriction in 15, erasure in 20.
"""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import connection, transaction
from django.utils.timezone import localtime, now
from django.utils.translation import gettext_noop

from incidents import deadlines, levels, routing, timeline
from incidents.models import (
    ChatEvent,
    Draft,
    Event,
    Follower,
    Incident,
    Medium,
    Notice,
    OptOut,
    Photo,
    Rating,
    Report,
    SubjectRequest,
)

FOR_REQUEST = gettext_noop("For a request of the person")
DAYS = {"access": 10, "correct": 10, "restrict": 15, "erase": 20}
ANSWER = "2wd"
# Of a chat without a report nothing is needed: what was said, who has been silent.
KEEP_CHAT, KEEP_FOLLOWER = timedelta(days=7), timedelta(days=90)
TOGETHER = 500  # reports erased in one transaction
# Lines whose words are a reporter's own.
OWN_WORDS = (Event.Kind.RECEIVED, Event.Kind.JOINED, Event.Kind.ANSWERED, Event.Kind.DISPUTED, Event.Kind.RATED)


def expired(at=None):
    """The reports that are to be made anonymous: their incident ended longer ago than KEEP_CONTACTS_MONTHS."""
    until = (at or now()) - relativedelta(months=settings.KEEP_CONTACTS_MONTHS)
    return Report.objects.filter(
        erased_at=None, incident__state__in=Incident.ENDED, incident__closed_at__lt=until
    ).order_by("pk")


def forget_old(at=None):
    """Make all expired reports anonymous, some hundred at a time; place, matter and days stay. Returns how many."""
    done = 0
    while keys := list(expired(at).values_list("pk", flat=True)[:TOGETHER]):
        done += erase(Report.objects.filter(pk__in=keys), words=False, at=at)
    return done


@transaction.atomic
def erase(reports, *, by=None, words=True, at=None):
    """Take out of these reports what tells who sent them; with `words` also what they wrote. Returns how many.

    Gone are phone, e-mail, chat id, private photos, browsers, addresses and texts of notices, reasons of ratings; and
    what the reporters answered, told in the history too: its seals hold the digests of the notes, so it still can be
    verified.
    The follow link stays and shows what everybody sees.
    """
    moment = at or now()
    reports = list(reports.select_for_update().filter(erased_at=None))
    keys = [report.pk for report in reports]
    Report.objects.filter(pk__in=keys).update(phone="", email="", zalo="", erased_at=moment)
    if words:
        Report.objects.filter(pk__in=keys).update(text="")
    Notice.objects.filter(report__in=keys, state__in=Notice.UNSENT).update(state=Notice.State.DROPPED)
    for notice in Notice.objects.filter(report__in=keys).only("pk"):
        Notice.objects.filter(pk=notice.pk).update(address=f"erased:{notice.pk}", text="", subject="", values=[])
    Rating.objects.filter(report__in=keys).update(reason="")
    for report in reports:
        report.browsers.all().delete()
    drop_photos(Photo.objects.filter(report__in=keys, public=False))
    if words:
        drop_photos(Photo.objects.filter(report__in=keys))
    erase_lines([report.incident_id for report in reports], words, moment)
    for incident in Incident.objects.filter(reports__in=keys).distinct():
        if words and not incident.reports.filter(erased_at=None).exists():
            Incident.objects.filter(pk=incident.pk).update(text="")
        timeline.record(incident, Event.Kind.ERASED, by=by, public=False)
    return len(keys)


def erase_lines(incidents, words, moment):
    """The reporters' own words in the histories: answers and disputes always, what was reported with `words`.

    Only where no other report of the incident is left that might have said them.
    """
    kinds = OWN_WORDS if words else (Event.Kind.ANSWERED, Event.Kind.DISPUTED, Event.Kind.RATED)
    alone = Incident.objects.filter(pk__in=incidents).exclude(reports__in=Report.objects.filter(erased_at=None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.erasure', 'on', true)")
        Event.objects.filter(incident__in=alone, kind__in=kinds).exclude(note="").update(note="", erased_at=moment)
        cursor.execute("SELECT set_config('incidents.erasure', 'off', true)")


def drop_photos(photos):
    """Delete photos and, once that is certain, their files."""
    files = [file for photo in photos for file in (photo.picture, photo.small, photo.original) if file]
    photos.delete()
    transaction.on_commit(lambda: [file.storage.delete(file.name) for file in files])


def take(kind, *, by, phone="", email="", zalo="", note="", at=None):
    """Take a person's request down, with the days by which it is to be answered and done. `by` None: by chat."""
    start = localtime(at or now())
    return SubjectRequest.objects.create(
        kind=kind,
        phone=phone,
        email=email,
        zalo=zalo,
        note=note,
        received_at=start,
        answer_by=deadlines.due(start, ANSWER, levels.calendar()),
        done_by=start + timedelta(days=DAYS[kind]),
        taken_by=by,
    )


def reports_of(request):
    """The reports that were sent with this phone number, e-mail address or chat id."""
    found = Report.objects.none()
    if request.phone:
        found |= Report.objects.filter(phone=request.phone)
    if request.email:
        found |= Report.objects.filter(email__iexact=request.email)
    if request.zalo:
        found |= Report.objects.filter(zalo=request.zalo)
    return found.select_related("incident__category", "incident__area").order_by("-pk")


def look(request, *, by):
    """The reports, and each look at them recorded in the history of their incidents."""
    reports = list(reports_of(request).prefetch_related("photos", "notices", "ratings"))
    said = routing.in_both(FOR_REQUEST)
    for incident in {report.incident_id: report.incident for report in reports}.values():
        timeline.record(incident, Event.Kind.VIEWED, by=by, public=False, reasons=(said,))
    return reports


def kept_of(reports):
    """Everything that is kept of the person who sent these reports, to be handed over (access)."""
    return [
        {
            "reference": report.incident.reference,
            "category": report.incident.category.name,
            "received_at": report.received_at.isoformat(),
            "channel": report.channel,
            "text": report.text,
            "place": [report.place.x, report.place.y],
            "address": report.incident.address_title,
            "phone": report.phone,
            "email": report.email,
            "zalo": report.zalo,
            "language": report.language,
            "photos": len(report.photos.all()),
            "ratings": [{"stars": one.stars, "reason": one.reason} for one in report.ratings.all()],
            "notices": [
                {
                    "medium": one.medium,
                    "address": one.address,
                    "text": one.text,
                    "at": one.made_at.isoformat(),
                }
                for one in report.notices.all()
            ],
        }
        for report in reports
    ]


@transaction.atomic
def fulfil(request, *, by, phone="", email="", outcome=""):
    """Do what was asked for: correct (to `phone`, `email`), restrict (no more messages), erase; access is a download.

    Returns how many reports it concerned. A second time changes nothing.
    """
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    if request.done_at:
        return 0
    reports = reports_of(request)
    count = reports.count()
    match request.kind:
        case "correct":
            right = {name: value for name, value in (("phone", phone), ("email", email)) if getattr(request, name)}
            reports.order_by().update(**right)
        case "restrict":
            stop(request)
        case "erase":
            stop(request)
            users = {request.zalo, *reports.values_list("zalo", flat=True)} - {""}
            erase(Report.objects.filter(pk__in=list(reports.values_list("pk", flat=True))), by=by)
            forget_followers(users)
    request.done_at = now()
    request.answered_at = request.answered_at or request.done_at
    request.outcome = outcome
    request.save(update_fields=["done_at", "answered_at", "outcome"])
    return count


def stop(request):
    """No more messages to this person's addresses."""
    for medium, address in ((Medium.SMS, request.phone), (Medium.EMAIL, request.email), (Medium.ZALO, request.zalo)):
        if address:
            OptOut.objects.get_or_create(medium=medium, address=address)
            Notice.objects.filter(medium=medium, address=address, state__in=Notice.UNSENT).update(
                state=Notice.State.DROPPED
            )


def forget_followers(users):
    """Nothing of these chats is kept: what was said, what was answered, and who they are."""
    ChatEvent.objects.filter(user__in=users).delete()
    Notice.objects.filter(medium=Medium.ZALO, address__in=users, report=None).delete()
    Follower.objects.filter(user__in=users).delete()


def forget_chats(at=None):
    """Drafts whose time is over; what was said and answered a week ago; followers who have been silent for a season and
    of whom no report is kept.
    """
    moment = at or now()
    Draft.objects.filter(expires_at__lt=moment).delete()
    ChatEvent.objects.filter(came_at__lt=moment - KEEP_CHAT).delete()
    Notice.objects.filter(medium=Medium.ZALO, report=None, person=None, made_at__lt=moment - KEEP_CHAT).delete()
    known = Report.objects.exclude(zalo="").values("zalo")
    Follower.objects.filter(heard_at__lt=moment - KEEP_FOLLOWER).exclude(user__in=known).delete()
