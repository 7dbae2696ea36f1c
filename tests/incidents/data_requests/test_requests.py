"""Retention periods of personal data, and requests of data subjects."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.db import IntegrityError, connection
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents import jobs as incidents_jobs
from incidents import notify, public_text, workflow
from incidents.audit import chain
from incidents.channels import jobs as channels_jobs
from incidents.channels import sms_replies
from incidents.data_requests import requests as data_requests
from incidents.disclosure import publishing, subject_requests
from incidents.models import (
    ApiKey,
    Contact,
    CoveredNote,
    Event,
    Incident,
    Membership,
    Notice,
    OptOut,
    Photo,
    Report,
    StoredSms,
    SubjectRequest,
)
from tests import factories, owner

PHONE, EMAIL = "+84901234567", "lan@example.org"


@pytest.fixture
def keeper(town):
    return factories.person("keeper", town.desk, Membership.Role.ADMIN)


@pytest.fixture
def sent_report(town, officer):
    """A report of an ended incident with every kind of personal data."""
    incident = factories.incident(town.hole, text="Trước nhà tôi", phone=PHONE, email=EMAIL)
    report = incident.reports.get()
    workflow.move(incident, "ask", by=officer, note="Nhà số mấy?")
    workflow.move(incident, "answer", note="Nhà 12, tên Lan")
    workflow.move(incident, "resolve", by=officer, note="Đã vá")
    Notice.objects.create(cause="x", report=report, medium="email", address=EMAIL, text="Chào Lan", subject="Lan")
    return report


def words_of(incident):
    notes, texts = incident.timeline.values_list("note", flat=True), incident.reports.values_list("text", flat=True)
    return " ".join([incident.text, *notes, *texts])


def months_later(n):
    return now() + timedelta(days=30.5 * n)


def test_after_its_months_nothing_tells_who_it_was(town, sent_report, policies):
    policies.keep_contacts_months = 24
    assert data_requests.anonymize_expired_reports(months_later(23)) == 0
    assert data_requests.anonymize_expired_reports(months_later(25)) == 1
    sent_report.refresh_from_db()
    assert (sent_report.phone, sent_report.email, sent_report.erased_at is None) == ("", "", False)
    notice = Notice.objects.get(cause="x")
    assert (notice.address, notice.text, notice.subject, notice.state) == (f"erased:{notice.pk}", "", "", "dropped")
    incident = Incident.objects.get()
    assert ("Lan" in words_of(incident), "Trước nhà tôi" in words_of(incident)) == (False, True)
    assert incident.timeline.last().kind == Event.Kind.ERASED
    assert data_requests.anonymize_expired_reports(months_later(26)) == 0  # once


def test_what_is_still_open_keeps_its_contact(town):
    factories.incident(town.hole, phone=PHONE)
    assert data_requests.anonymize_expired_reports(months_later(60)) == 0
    assert Report.objects.get().phone == PHONE


def test_another_reporters_words_stay_in_the_history(town, officer, sent_report):
    incident = sent_report.incident
    Report.objects.create(
        incident=incident, channel="web", text="Tôi cũng thấy", place=incident.place, phone="+84987654321"
    )
    data_requests.erase_reports(Report.objects.filter(pk=sent_report.pk))
    assert "Nhà 12, tên Lan" in words_of(Incident.objects.get())  # who answered is not known: both may have
    data_requests.erase_reports(Report.objects.all())
    assert "Lan" not in words_of(Incident.objects.get())


def test_the_history_refuses_every_other_change(sent_report):
    line = sent_report.incident.timeline.first()
    with pytest.raises(Exception, match="only ever added to"), owner.as_owner():
        Event.objects.filter(pk=line.pk).update(note="")


@pytest.mark.parametrize(("kind", "days"), [("access", 10), ("correct", 10), ("restrict", 15), ("erase", 20)])
def test_a_request_has_the_days_of_the_law(town, keeper, kind, days):
    friday = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    subject_request = subject_requests.record_request(kind, by=keeper, phone=PHONE, at=friday)
    assert (subject_request.done_by - friday).days == days
    assert (
        subject_request.answer_by.astimezone(UTC).date().isoformat() == "2026-11-24"
    )  # two working days after a Friday


def ask(client, **fields):
    answer = client.post("/privacy/", {"kind": "access", "phone": "+84 901 234 567", **fields})
    assert answer.status_code == 302, answer.content.decode()
    return SubjectRequest.objects.latest("pk")


def test_disclosed_personal_data_is_complete_and_recorded(sent_report, keeper, client):
    client.force_login(keeper)
    subject_request = ask(client)
    assert (
        client.get(f"/privacy/{subject_request.pk}/").content.decode().count("Nhà") == 0
    )  # nothing before it is asked for
    data = json.loads(client.post(f"/privacy/{subject_request.pk}/data.json").content)
    assert [(row["phone"], row["email"], row["text"]) for row in data["reports"]] == [(PHONE, EMAIL, "Trước nhà tôi")]
    last = sent_report.incident.timeline.last()
    assert (last.kind, last.by, last.public) == (Event.Kind.VIEWED, keeper, False)


def test_a_correction_changes_what_was_asked_for(sent_report, keeper, client):
    client.force_login(keeper)
    subject_request = ask(client, kind="correct")
    refused = client.post(f"/privacy/{subject_request.pk}/done/", {"phone": "12"})
    assert (refused.status_code, Report.objects.get().phone) == (400, PHONE)
    client.post(f"/privacy/{subject_request.pk}/done/", {"phone": "+84 987 654 321"})
    assert (Report.objects.get().phone, Report.objects.get().email) == ("+84987654321", EMAIL)


def test_restricted_there_are_no_more_messages(sent_report, keeper, client):
    client.force_login(keeper)
    subject_request = ask(client, kind="restrict", email=EMAIL)
    client.post(f"/privacy/{subject_request.pk}/done/")
    assert sorted(OptOut.objects.values_list("medium", "address")) == [("email", EMAIL), ("sms", PHONE)]
    assert Notice.objects.get(cause="x").state == Notice.State.DROPPED


def test_erasure_removes_personal_data_and_can_be_repeated(sent_report, keeper, client):
    client.force_login(keeper)
    subject_request = ask(client, kind="erase")
    client.post(f"/privacy/{subject_request.pk}/done/", {"outcome": "Đã báo cho người đó"})
    incident = Incident.objects.get()
    assert (words_of(incident).split(), Photo.objects.count()) == (["Nhà", "số", "mấy?", "Đã", "vá"], 0)
    assert (
        data_requests.fulfil_request(subject_request, by=keeper),
        data_requests.reports_of_request(subject_request).count(),
    ) == (0, 0)
    subject_request.refresh_from_db()
    assert (subject_request.done_at is None, subject_request.outcome) == (False, "Đã báo cho người đó")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"phone": ""}, "Hãy ghi số điện thoại hoặc e-mail"),
        ({"phone": "12"}, "số"),
        ({"phone": "", "email": "lan"}, "Đây không phải địa chỉ e-mail."),
        ({"kind": "everything"}, "aria"),
    ],
)
def test_a_faulty_request_is_refused(keeper, client, fields, fault):
    client.force_login(keeper)
    answer = client.post("/privacy/", {"kind": "access", "phone": "+84 901 234 567"} | fields)
    assert (answer.status_code, fault in answer.content.decode(), SubjectRequest.objects.count()) == (400, True, 0)


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("role", sorted(set(Membership.Role) - {Membership.Role.ADMIN, Membership.Role.PRIVACY}))
def test_nobody_else_finds_these_pages(town, client, keeper, role):
    subject_request = subject_requests.record_request("access", by=keeper, phone=PHONE)
    client.force_login(factories.person("somebody", town.desk, role))
    answers = [client.get("/privacy/"), client.get(f"/privacy/{subject_request.pk}/")]
    answers += [client.post(f"/privacy/{subject_request.pk}/{act}") for act in ("data.json", "done/")]
    assert [answer.status_code for answer in answers] == [404] * 4


def page_of(client, incident):
    return client.get(f"/i/{incident.reference}/").content.decode()


def test_covered_words_go_with_what_they_cover(town, officer, client):
    incident = factories.incident(town.hole, text="Trước nhà Lan")
    publishing.cover_text(incident, "Trước nhà một người", by=officer)
    assert "Trước nhà một người" in page_of(client, incident)
    data_requests.erase_reports(Report.objects.all())
    assert "Trước nhà" not in page_of(client, incident)
    assert (CoveredNote.objects.count(), Incident.objects.get().text) == (0, "")


def test_erased_words_are_not_covered_again(town, officer, client):
    incident = factories.incident(town.hole, text="Trước nhà Lan")
    factories.incident(town.hole, text="Gần nhà Lan", join=incident)
    line = incident.timeline.get(kind="joined")
    data_requests.erase_reports(Report.objects.all())
    client.force_login(officer)
    page = f"/desk/{incident.reference}/public/"
    forms = [{"do": "words", "text": "Trước nhà"}, {"do": "note", "event": line.pk, "text": "Gần nhà"}]
    assert [client.post(page, fields).status_code for fields in forms] == [400, 404]
    assert CoveredNote.objects.count() == 0


@pytest.fixture
def joined_incident(town, officer):
    """An incident with two reporters who both answered; the first gave the address in own words."""
    incident = factories.incident(town.hole, text="Trước nhà Lan", address="Nhà Lan", phone=PHONE)
    factories.incident(town.hole, text="Bình cũng thấy", join=incident, phone="+84987654321")
    lan, binh = incident.reports.order_by("pk")
    for report, words in ((lan, "Lan nói"), (binh, "Bình nói")):
        workflow.move(incident, "ask", by=officer, note="Ở đâu?")
        workflow.move(incident, "answer", note=words, receipt=public_text.reporter_receipt(report))
        sms_replies.record_note(report, sms_replies.SmsReply(words=f"Tin của {words}"), {}, "")
    return incident


@pytest.mark.parametrize(("place", "leaver", "stays"), [(0, "Lan", "Bình"), (1, "Bình", "Lan")])
def test_one_of_two_reporters_goes_and_the_other_stays(town, officer, client, joined_incident, place, leaver, stays):
    desk = Contact.objects.create(authority=town.office, label="Desk", email="desk@old.example")
    notify.create_notices(
        "new_here",
        "x",
        notify.unit_recipients(desk.authority),
        {"words": joined_incident.text},
        event=joined_incident.timeline.first(),
    )
    Notice.objects.update(state="sent", sent_at=now())
    data_requests.erase_reports(Report.objects.filter(pk=joined_incident.reports.order_by("pk")[place].pk))
    incident = Incident.objects.get()
    left = " ".join([words_of(incident), incident.address, page_of(client, incident), Notice.objects.get().text])
    assert (leaver in left, stays in left) == (False, True)
    columns = joined_incident.reports.order_by("pk").values_list("text", "public_text", "address", "phone")
    assert [any(words) for words in columns] == [place == 1, place == 0]
    chain.seal_history()
    assert chain.HISTORY.verify().fault == ""


def test_what_was_not_sent_yet_says_nothing_of_erased_words(town, officer, joined_incident):
    Contact.objects.create(authority=town.office, label="Desk", email="desk@old.example")
    notify.create_notices(
        "new_here",
        "x",
        notify.unit_recipients(town.office),
        {"words": joined_incident.text},
        event=joined_incident.timeline.first(),
    )
    data_requests.erase_reports(Report.objects.filter(phone=PHONE))
    notify.deliver_notice(Notice.objects.get().pk)
    assert ("Lan" in mail.outbox[0].body, joined_incident.reference in mail.outbox[0].body) == (False, False)
    assert mail.outbox[0].body.strip() != ""


def test_a_request_is_forgotten_a_year_after_it_was_done(town, keeper):
    waits = subject_requests.record_request("access", by=keeper, phone=PHONE)
    done = subject_requests.record_request("access", by=keeper, phone=PHONE, email=EMAIL, note="Lan gọi")
    data_requests.fulfil_request(done, by=keeper, outcome="Lan biết")
    assert (
        data_requests.anonymize_old_requests(months_later(11)),
        data_requests.anonymize_old_requests(months_later(13)),
    ) == (
        0,
        1,
    )
    assert data_requests.anonymize_old_requests(months_later(13)) == 0  # once
    left = SubjectRequest.objects.order_by("pk").values_list("phone", "email", "note", "outcome", "kind")
    assert list(left) == [(PHONE, "", "", "", "access"), ("", "", "", "", "access")]
    done.refresh_from_db()
    assert data_requests.reports_of_request(done).count() == 0
    with pytest.raises(IntegrityError, match="an_erased_request_says_nothing"):
        SubjectRequest.objects.filter(pk=waits.pk).update(erased_at=now())


def test_an_sms_that_nobody_took_is_forgotten_after_a_week(db):
    StoredSms.objects.create(provider="esms", message_id="1", phone=PHONE, text="Lan", at=now() - timedelta(days=8))
    StoredSms.objects.create(provider="esms", message_id="2", phone=PHONE, text="Lan", at=now() - timedelta(days=6))
    data_requests.delete_old_chats()
    assert list(StoredSms.objects.order_by("pk").values_list("phone", "text")) == [("", ""), (PHONE, "Lan")]


def test_an_sms_that_was_taken_is_kept_with_its_report_only(sent_report):
    sms = StoredSms.objects.create(provider="esms", message_id="1", phone=PHONE, text="Lan hài lòng")
    for _again in range(2):
        channels_jobs.take_reply(inbound_id=sms.pk)
    sms.refresh_from_db()
    notes = [line.note for line in sent_report.incident.timeline.all()]
    assert (sms.phone, sms.text, sum("Lan hài lòng" in note for note in notes)) == ("", "", 1)


def ended_jobs():
    """Ended jobs of each status after an hour, two days and two months."""
    states = ("succeeded", "failed", "cancelled", "aborted", "todo", "doing")
    with connection.cursor() as cursor:
        for state in states:
            for hours in (1, 48, 24 * 61):
                cursor.execute(
                    "INSERT INTO procrastinate_jobs (task_name, queue_name, args, status)"
                    " VALUES (%s, 'default', %s, %s) RETURNING id",
                    [f"{state} {hours}", json.dumps({"phone": PHONE}), state],
                )
                (job,) = cursor.fetchone()
                cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [job])
                cursor.execute(
                    "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'started', now() - %s)",
                    [job, timedelta(hours=hours)],
                )


def test_jobs_that_ended_are_forgotten_every_night(transactional_db):
    ended_jobs()
    async_to_sync(incidents_jobs.forget_jobs.func)(SimpleNamespace(app=incidents_jobs.app), 0)
    left = set(ProcrastinateJob.objects.values_list("task_name", flat=True))
    assert left == {
        "succeeded 1", "cancelled 1", "aborted 1", "failed 1", "failed 48",
        *(f"{state} {hours}" for state in ("todo", "doing") for hours in (1, 48, 24 * 61)),
    }  # fmt: skip


def test_address_of_who_held_a_key_goes_a_year_after_it(db):
    old = ApiKey.objects.create(name="Old", sha256="0" * 64, email="a@x.example", ends_at=now() - timedelta(days=370))
    new = ApiKey.objects.create(name="New", sha256="1" * 64, email="b@x.example", ends_at=now() - timedelta(days=300))
    data_requests.erase_old_key_holders()
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.email, new.email) == ("", "b@x.example")
