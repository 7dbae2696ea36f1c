"""Export of all data of a person as a file, and complete erasure."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from incidents import photos, reporting, workflow
from incidents.casework import verdicts
from incidents.channels.chat.draft import attach_pictures
from incidents.data_requests import requests as data_requests
from incidents.disclosure import register, subject_requests
from incidents.models import (
    Event,
    Membership,
    Notice,
    PersonalDataView,
    Photo,
    PushSubscription,
    StoredSms,
    SubjectRequest,
    WatchedWord,
)
from incidents.public_text import reporter_receipt
from incidents.reporting.sender import Sender
from tests import factories, owner

PHONE, EMAIL = "+84901234567", "lan@example.org"


def picture(color):
    return photos.read_photo(SimpleUploadedFile("a.jpg", factories.jpeg(colour=color)))


@pytest.fixture
def keeper(town):
    return factories.person("keeper", town.desk, Membership.Role.PRIVACY)


@pytest.fixture
def report(town, officer):
    """A report with every kind of stored personal data."""
    incident = factories.incident(town.hole, text="Trước nhà tôi", phone=PHONE, email=EMAIL, pictures=[picture("red")])
    report = incident.reports.get()
    workflow.move(incident, "ask", by=officer, note="Which number?")
    workflow.move(incident, "answer", note="Nhà mười hai", receipt=reporter_receipt(report))
    attach_pictures(report, [picture("blue")])
    workflow.move(incident, "resolve", by=officer, note="Closed")
    verdicts.rate_result(report, 2, "Quá chậm")
    Notice.objects.create(cause="x", report=report, medium="email", address=EMAIL, text="Dear Lan", subject="Lan")
    PushSubscription.objects.create(report=report, endpoint="https://push.example/lan", p256dh="p-lan", auth="a-lan")
    StoredSms.objects.create(provider="esms", message_id="1", phone=PHONE, text="Sao lâu vậy")
    register.record_views(PersonalDataView.How.DESK, [report], by=officer)
    return report


def hand_over(client, keeper):
    subject_request = subject_requests.record_request("access", by=keeper, phone=PHONE, note="At the counter")
    client.force_login(keeper)
    answer = client.post(f"/privacy/{subject_request.pk}/data.zip")
    assert answer["Content-Disposition"] == f'attachment; filename="request-{subject_request.pk}.zip"'
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


def test_everything_is_handed_over_with_answers_and_pictures(client, report, keeper):
    archive = hand_over(client, keeper)
    data = json.loads(archive.read("data.json"))
    (report_data,) = data["reports"]
    assert (report_data["phone"], report_data["email"], report_data["text"]) == (PHONE, EMAIL, "Trước nhà tôi")
    assert [line["text"] for line in report_data["said_later"]] == ["Nhà mười hai", "2/5: Quá chậm"]
    assert report_data["ratings"] == [{"stars": 2, "reason": "Quá chậm"}]
    assert [(notice["address"], notice["text"]) for notice in report_data["notices"]] == [(EMAIL, "Dear Lan")]
    assert report_data["browsers_for_messages"] == 1
    assert [sms["text"] for sms in data["sms_not_yet_read"]] == ["Sao lâu vậy"]
    assert [entry["note"] for entry in data["requests"]] == ["At the counter"]
    assert [(view["how"], view["unit"]) for view in data["looked_at"]] == [
        ("desk", report.incident.authority.name), ("data", report.incident.authority.name),
    ]  # fmt: skip
    assert "officer" not in json.dumps(data)  # which unit looked, not which of its people
    assert sorted(archive.namelist()) == sorted(["data.json", *report_data["photos"]])
    assert len(report_data["photos"]) == 2
    assert {archive.read(name)[:3] for name in report_data["photos"]} == {b"\xff\xd8\xff"}


def test_held_report_is_handed_over_with_its_photos(client, town, keeper):
    WatchedWord.watch("knee")
    incoming = reporting.IncomingReport(
        "web", town.hole, factories.IN_OLD, text="Knee deep", phone=PHONE, pictures=[picture("red")]
    )
    held_report = reporting.receive(incoming, Sender(network="203.0.113.7"))
    archive = hand_over(client, keeper)
    data = json.loads(archive.read("data.json"))
    (held_data,) = data["held"]
    assert (held_data["text"], held_data["phone"], held_data["photos"]) == ("Knee deep", PHONE, archive.namelist()[1:])
    with held_report.photos.get().picture.open() as stored:
        assert archive.read(*held_data["photos"]) == stored.read()
    assert [view["how"] for view in data["looked_at"]] == ["data"]  # what is handed out now is itself a look
    page = client.get(f"/privacy/{SubjectRequest.objects.get().pk}/")
    assert (page.context["count"], page.context["held"], "data.zip" in page.content.decode()) == (0, 1, True)


def test_picture_that_is_gone_from_the_disk_is_left_out(client, report, keeper):
    photo = report.photos.get()
    photo.picture.storage.delete(photo.picture.name)
    assert len(hand_over(client, keeper).namelist()) == 2


def everything_kept():
    """The whole database as text except the request; encrypted columns decrypted."""
    texts = []
    for model in (Event, Notice, Photo, PushSubscription, StoredSms, type(Event.objects.first().incident)):
        texts += [str(list(model.objects.values()))]
    return " ".join(texts)


def test_erased_person_is_nowhere_any_more(client, report, keeper):
    subject_request = subject_requests.record_request("erase", by=keeper, phone=PHONE)
    data_requests.fulfil_request(subject_request, by=keeper)
    report.refresh_from_db()
    assert (report.phone, report.email, report.text, report.address) == ("", "", "", "")
    left = everything_kept()
    secrets = (PHONE, EMAIL, "Trước nhà", "Nhà mười hai", "Quá chậm", "Dear Lan", "push.example", "Sao lâu")
    assert [secret for secret in secrets if secret in left] == []
    assert Photo.objects.count() == 0
    data = json.loads(hand_over(client, keeper).read("data.json"))
    assert (data["reports"], data["sms_not_yet_read"], data["looked_at"]) == ([], [], [])


def test_no_table_names_an_erased_person(report, keeper):
    """Every column of every table in PostgreSQL, except encrypted ones, which the test above reads."""
    data_requests.fulfil_request(subject_requests.record_request("erase", by=keeper, phone=PHONE), by=keeper)
    columns = []
    with owner.as_owner() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(
                f'SELECT count(*) FROM "{table}" one WHERE one::text LIKE ANY (%s)',
                [[f"%{PHONE}%", f"%{EMAIL}%", "%Nhà mười hai%"]],
            )
            if cursor.fetchone()[0]:
                columns.append(table)
    assert columns == []
