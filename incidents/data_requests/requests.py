"""Fulfil requests of data subjects, and delete personal data after its retention period.

`incidents.disclosure.subject_requests` records requests.
"""

from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.timezone import now
from django.utils.translation import gettext_noop

from geoapp.crypto.fields import BlindIndex
from gis_data import policies
from gis_data.addresses import geocode
from incidents import public_text, timeline
from incidents.casework import neighbours
from incidents.channels.chat.unsent import DRAFT_LIFETIME
from incidents.disclosure import register, vacuuming
from incidents.enquiries import retention as enquiry_retention
from incidents.hotline import retention as call_retention
from incidents.ideas import retention as idea_retention
from incidents.models import (
    AddressCode,
    ApiKey,
    Call,
    ChatEvent,
    ChatPhoto,
    Correspondent,
    CoveredNote,
    DeadAddress,
    Draft,
    Enquiry,
    Event,
    Follow,
    Incident,
    KeptReport,
    KeyRequest,
    Medium,
    NeighbourAnswer,
    Notice,
    PersonalDataView,
    Photo,
    Rating,
    RemotePhoto,
    Report,
    StoredMail,
    StoredSms,
    SubjectRequest,
    User,
    VoiceCall,
)
from incidents.models.notices import CHAT_MEDIA, medium_of_chat
from incidents.notify import opt_outs
from incidents.photos import files_of
from incidents.reporting import retention as held_retention
from incidents.reporting.incoming import Row, emptied_columns
from incidents.routing import rules

FOR_REQUEST = gettext_noop("At the request of the person")
# Retention of chats without a report: messages, and idle correspondents.
KEEP_CHAT, KEEP_CORRESPONDENT = timedelta(days=7), timedelta(days=90)
KEEP_CALL = timedelta(days=30)  # of a call to the hotline; the report that was made of it is kept as all are
# Retention of a mail after it is settled: content, then its row. An unsettled one is kept for a year at most.
KEEP_MAIL, KEEP_UNREAD_MAIL, KEEP_MAIL_KEYS = timedelta(days=7), timedelta(days=365), timedelta(days=400)
KEEP_DEAD_ADDRESS = timedelta(days=180)
ERASE_BATCH = 500  # reports erased in one transaction
# Kinds of events written by reporters after the report; also notes without a staff author.
REPORTER_KINDS = (Event.Kind.ANSWERED, Event.Kind.DISPUTED, Event.Kind.RATED)
REPORTER_NOTES = Q(kind=Event.Kind.NOTE, by=None, authority=None)
# Answers to e-mails that became no report.
MAIL_ANSWERS = Q(report=None, template__startswith="mail_")
KEEP_REQUEST = relativedelta(months=12)  # so long after it was done it says who asked: that it was done can be shown


def erase_old_key_holders(at: datetime | None = None) -> None:
    until = (at or now()) - KEEP_REQUEST
    ApiKey.objects.filter(ends_at__lt=until).exclude(email="").update(email="")
    without_key = Q(key=None, decided_at__lt=until, agreed=False)
    KeyRequest.objects.filter(without_key | Q(key__ends_at__lt=until)).exclude(email="").update(email="")


def expired_reports(at: datetime | None = None) -> QuerySet[Report]:
    """Reports whose incident ended longer ago than `keep_contacts_months`."""
    until = (at or now()) - relativedelta(months=policies.current().keep_contacts_months)
    return Report.objects.filter(
        erased_at=None, incident__state__in=Incident.ENDED, incident__closed_at__lt=until
    ).order_by("pk")


def anonymize_expired_reports(at: datetime | None = None) -> int:
    """Anonymize expired reports in batches; place, category and dates stay. Returns how many."""
    done = 0
    while keys := list(expired_reports(at).values_list("pk", flat=True)[:ERASE_BATCH]):
        done += erase_reports(Report.objects.filter(pk__in=keys), words=False, at=at)
    if done:
        vacuuming.vacuum_later()
    return done


@transaction.atomic
def erase_reports(
    reports: QuerySet[Report], *, by: User | None = None, words: bool = True, at: datetime | None = None
) -> int:
    """Erase what identifies the senders of these reports; with `words` also what they wrote. Returns how many.

    Erased are phone, e-mail, chat id, private photos, browsers, addresses and texts of notices, reasons of ratings, and
    later messages, also in the history. With `words` also public texts, covers, place names and quotations in notices
    to others. The history can still be verified; the follow link stays and shows public data.
    """
    moment = at or now()
    reports = list(reports.select_for_update().filter(erased_at=None))
    keys = [report.pk for report in reports]
    Report.objects.filter(pk__in=keys).update(**emptied_columns(Row.REPORT, "sender"), erased_at=moment)
    RemotePhoto.objects.filter(report__in=keys).delete()
    Notice.objects.filter(report__in=keys, state__in=Notice.UNSENT).update(state=Notice.State.DROPPED)
    for notice in Notice.objects.filter(report__in=keys).only("pk"):
        Notice.objects.filter(pk=notice.pk).update(address=f"erased:{notice.pk}", text="", subject="", values=[])
    Rating.objects.filter(report__in=keys).update(reason="")
    empty_mails(StoredMail.objects.filter(report__in=keys))
    for report in reports:
        report.browsers.filter(follows=False).delete()
        report.browsers.update(report=None)
    KeptReport.objects.filter(Q(report__in=keys) | Q(held__report__in=keys)).delete()
    NeighbourAnswer.objects.filter(report__in=keys).update(report=None)
    delete_photos(Photo.objects.filter(report__in=keys, public=False))
    lines = strip_notes(later_lines_of(reports))
    incidents = public_text.incidents_of_reports(reports)
    if words:
        delete_photos(Photo.objects.filter(report__in=keys))
        for incident in incidents:
            lines += erase_report_texts(incident, keys)
        Report.objects.filter(pk__in=keys).update(**emptied_columns(Row.REPORT, "words"))
    timeline.record_erasure(sorted(incidents), lines, by=by, at=moment)
    return len(keys)


def later_lines_of(reports: list[Report]) -> QuerySet[Event]:
    """Events with later words of these reporters: answers, disputes, ratings, messages.

    Old events do not name their report: they count where the incident has no other report left.
    """
    incidents = public_text.incidents_of_reports(reports)
    alone = Incident.objects.filter(pk__in=incidents).exclude(reports__in=Report.objects.filter(erased_at=None))
    theirs = Q(receipt__report__in=[report.pk for report in reports])
    unknown = Q(incident__in=alone) & ~Q(receipt__has_key="report") & (Q(kind__in=REPORTER_KINDS) | REPORTER_NOTES)
    return Event.objects.filter(theirs | unknown, incident__in=incidents)


def erase_report_texts(incident_id, keys):
    """Erase texts of these reports to one incident, in public and in notices.

    Returns keys of events whose notes are to be erased.
    """
    reports = public_text.reports_by_line(incident_id)
    lines = Event.objects.filter(pk__in=[line for line, report in reports.items() if report.pk in keys])
    erased = strip_notes(lines)
    incident = Incident.objects.get(pk=incident_id)
    first = public_text.founding_report(incident_id)
    if first and first.pk in keys:
        where = geocode.named_place(incident.place)
        public_text.reword_notices(incident_id, {incident.text: ""})
        Incident.objects.filter(pk=incident_id).update(text="", address=where.name[:200], near=where.near)
    # Notices of these events may quote them.
    notices = Notice.objects.filter(event__incident=incident_id, report=None).exclude(
        state__in=public_text.UNSENT_STATES
    )
    notices.update(text="", subject="", values=[])
    return erased


def strip_notes(lines):
    """Erase covers, quotations and photos of these events.

    Returns keys of those with notes, for `timeline.record_erasure`.
    """
    lines = list(lines.exclude(note=""))
    keys = [line.pk for line in lines]
    for line in lines:
        public_text.reword_notices(line.incident_id, dict.fromkeys([line.note, public_text.public_note_of(line)], ""))
    CoveredNote.objects.filter(event__in=keys).delete()
    delete_photos(Photo.objects.filter(event__in=keys, public=False))
    return keys


def delete_photos(photos):
    """Delete photos, and their files after the commit."""
    files = [file for photo in photos for file in files_of(photo)]
    photos.delete()

    def delete_files() -> None:
        for file in files:
            file.storage.delete(str(file.name))

    transaction.on_commit(delete_files)


def reports_of_request(request: SubjectRequest) -> QuerySet[Report]:
    reports = Report.objects.none()
    if request.phone:
        reports |= Report.objects.filter(phone=request.phone)
    if request.email:
        reports |= Report.objects.filter(email=request.email)
    if request.chat:
        reports |= Report.objects.filter(chat=request.chat)
    return reports.select_related("incident__category", "incident__area").order_by("-pk")


@transaction.atomic
def view_reports(request: SubjectRequest, *, by: User, how: str = PersonalDataView.How.REQUEST) -> list[Report]:
    """Reports of a request; records the view in the history and in the register."""
    reports = list(reports_of_request(request).prefetch_related("photos", "notices", "ratings"))
    reason = rules.in_both_languages(FOR_REQUEST)
    for incident in {report.incident_id: report.incident for report in reports}.values():
        timeline.record(incident, Event.Kind.VIEWED, by=by, public=False, reasons=(reason,))
    held_reports = held_retention.held_reports_of_request(request)
    register.record_views(
        how,
        reports,
        by=by,
        request=request,
        held_reports=held_reports,
        call_backs=call_retention.call_backs_of_request(request),
        enquiries=enquiry_retention.enquiries_of_request(request),
        ideas=idea_retention.ideas_of_request(request),
    )
    return reports


@transaction.atomic
def fulfil_request(request: SubjectRequest, *, by: User, phone: str = "", email: str = "", outcome: str = "") -> int:
    """Fulfil a request: correct (to `phone`, `email`), restrict (no more notices), erase; access is a download.

    Idempotent. Returns how many reports it concerned.
    """
    request = SubjectRequest.objects.select_for_update().get(pk=request.pk)
    if request.done_at:
        return 0
    reports = reports_of_request(request)
    count = reports.count()
    match request.kind:
        case "correct":
            right = {name: value for name, value in (("phone", phone), ("email", email)) if getattr(request, name)}
            reports.order_by().update(**right)
            enquiry_retention.enquiries_of_request(request).order_by().update(**right)
            idea_retention.ideas_of_request(request).order_by().update(**right)
        case "restrict":
            stop_messages(request)
        case "erase":
            stop_messages(request)
            users = {request.chat, *reports.values_list("chat", flat=True)} - {""}
            erase_reports(Report.objects.filter(pk__in=list(reports.values_list("pk", flat=True))), by=by)
            held_retention.refuse_and_erase(held_retention.held_reports_of_request(request), now())
            call_retention.erase_call_backs(call_retention.call_backs_of_request(request), now())
            enquiry_retention.erase_enquiries(enquiry_retention.enquiries_of_request(request), by=by)
            idea_retention.erase_senders(idea_retention.ideas_of_request(request), by=by)
            idea_retention.erase_supports(request)
            delete_correspondents(users)
            delete_waiting_words(request)
            vacuuming.vacuum_later()
    request.done_at = now()
    request.answered_at = request.answered_at or request.done_at
    request.outcome = outcome
    request.save(update_fields=["done_at", "answered_at", "outcome"])
    return count


def stop_messages(request):
    for medium, address in (
        (Medium.SMS, request.phone),
        (Medium.EMAIL, request.email),
        (medium_of_chat(request.chat), request.chat),
    ):
        if address:
            opt_outs.opt_out(medium, address)
            Notice.objects.filter(medium=medium, address=address, state__in=Notice.UNSENT).update(
                state=Notice.State.DROPPED
            )


def delete_waiting_words(request):
    """Delete this person's messages that are no reports: SMS, drafts with their phone, calls, e-mails, and codes and
    follows of their phone or e-mail address.
    """
    asked_with = [value for value in (request.phone, request.email.casefold()) if value]
    AddressCode.objects.filter(address__in=asked_with).delete()
    follows = Follow.objects.filter(address__in=asked_with)
    delete_photos(Photo.objects.filter(pk__in=neighbours.photos_of_follows(follows)))
    follows.delete()
    Notice.objects.filter(template__in=("follow_confirm", "follow_news", "is_it_gone"), address__in=asked_with).delete()
    if request.email:
        empty_mails(StoredMail.objects.filter(sender=request.email))
        Notice.objects.filter(MAIL_ANSWERS, medium=Medium.EMAIL, address=request.email).delete()
        DeadAddress.objects.filter(medium=Medium.EMAIL, address=request.email).delete()
    if request.phone:
        Call.objects.filter(phone=request.phone).delete()
        StoredSms.objects.filter(phone=request.phone).update(phone="", text="")
        Draft.objects.filter(phone=request.phone).delete()
        VoiceCall.objects.filter(phone=request.phone).delete()


def delete_correspondents(users):
    ChatEvent.objects.filter(user__in=users).delete()
    Notice.objects.filter(medium__in=CHAT_MEDIA, address__in=users, report=None).delete()
    Correspondent.objects.filter(user__in=users).delete()


def delete_old_chats(at: datetime | None = None) -> None:
    """Delete expired drafts, processed messages (also SMS) after a week, and idle correspondents without reports.

    A correspondent is idle after KEEP_CORRESPONDENT.
    """
    moment = at or now()
    Draft.objects.filter(expires_at__lt=moment).delete()
    Correspondent.objects.filter(unsent_until__lt=moment).update(unsent=[], unsent_until=None)
    ChatPhoto.objects.filter(event__taken_at__lt=moment - DRAFT_LIFETIME).delete()
    call_retention.forget_voice_calls(moment - KEEP_CHAT)
    ChatEvent.objects.filter(came_at__lt=moment - KEEP_CHAT).delete()
    StoredSms.objects.filter(at__lt=moment - KEEP_CHAT).exclude(phone="", text="").update(phone="", text="")
    Notice.objects.filter(medium__in=CHAT_MEDIA, report=None, person=None, made_at__lt=moment - KEEP_CHAT).delete()
    known = Report.objects.exclude(chat="").values_list(BlindIndex("chat"))
    asking = Enquiry.objects.exclude(chat="").values_list(BlindIndex("chat"))
    silent = Correspondent.objects.filter(heard_at__lt=moment - KEEP_CORRESPONDENT)
    silent.alias(chat=BlindIndex("user")).exclude(chat__in=known).exclude(chat__in=asking).delete()


def delete_old_calls(at: datetime | None = None) -> None:
    """Delete hotline calls KEEP_CALL after their end, or after their beginning where they were never ended."""
    until = (at or now()) - KEEP_CALL
    Call.objects.filter(Q(ended_at__lt=until) | Q(ended_at=None, began_at__lt=until)).delete()


def delete_old_mails(at: datetime | None = None) -> None:
    """Delete contents of settled mails and their answers after KEEP_MAIL, and the rows later."""
    moment = at or now()
    mails = StoredMail.objects.filter(taken_at__lt=moment - KEEP_MAIL).exclude(state=StoredMail.State.FOR_PERSON)
    empty_mails(mails.exclude(raw=b"", sender="", words=""))
    empty_mails(StoredMail.objects.filter(came_at__lt=moment - KEEP_UNREAD_MAIL).exclude(raw=b"", sender=""))
    Notice.objects.filter(MAIL_ANSWERS, made_at__lt=moment - KEEP_MAIL).exclude(state__in=Notice.UNSENT).delete()
    StoredMail.objects.filter(came_at__lt=moment - KEEP_MAIL_KEYS).delete()
    DeadAddress.objects.filter(at__lt=moment - KEEP_DEAD_ADDRESS).delete()


def empty_mails(mails: QuerySet[StoredMail]) -> None:
    """Erase content and sender of mails; the rows stay. Unread mails are settled by it."""
    keys = list(mails.values_list("pk", flat=True))
    mails = StoredMail.objects.filter(pk__in=keys)
    undone = mails.filter(state__in=[StoredMail.State.WAITING, StoredMail.State.FOR_PERSON])
    undone.update(state=StoredMail.State.DROPPED, why=StoredMail.Why.ERASED, taken_at=now())
    mails.update(raw=b"", recipients="", sender="", name="", message_id="", subject="", words="", words_digest="")


def anonymize_old_requests(at: datetime | None = None) -> int:
    moment = at or now()
    old = SubjectRequest.objects.filter(erased_at=None, done_at__lt=moment - KEEP_REQUEST)
    return old.update(phone="", email="", chat="", note="", outcome="", erased_at=moment)
