"""Chat on our own pages: a browser, a cookie, and the common dialogue."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geoapp.http.token_bucket import Limit
from incidents import workflow
from incidents.channels import chat
from incidents.channels.chat import conversation, persons
from incidents.models import ChatEvent, ChatPhoto, Correspondent, Draft, Event, HeldReport, Incident, Notice, Report
from incidents.notify import announce_event
from incidents.templatetags.incident_words import chat_words
from tests import factories

pytestmark = pytest.mark.django_db
PAGE = "/chat/"


def write(client, text="", **more):
    """Send a message and reload; returns the page."""
    fields = {"sending": str(uuid4()), "text": text} | more
    answer = client.post(PAGE, fields, follow=True)
    return answer.content.decode()


def lines(client):
    return [line.text for line in client.get(PAGE).context["lines"]]


def test_from_the_first_word_to_the_report(town, client):
    assert "Việc xảy ra ở đâu?" in write(client, "Có ổ gà rất sâu trước cổng")
    photo = SimpleUploadedFile("1.jpg", factories.jpeg())
    page = write(client, lon="10.005", lat="50.0052", photos=photo)
    assert "1 ảnh" in page
    assert client.get(PAGE).context["understood"]["kind"] == "Ổ gà"
    write(client, press="#send")
    report = Report.objects.get()
    assert (report.channel, report.text, report.photos.count()) == ("webchat", "Có ổ gà rất sâu trước cổng", 1)
    assert report.chat == f"webchat:{client.cookies['chat'].value}"
    assert (ChatPhoto.objects.count(), Draft.objects.count()) == (0, 0)


def test_the_same_message_sent_twice_is_one(town, client):
    sending = str(uuid4())
    write(client, "Có ổ gà", sending=sending)
    write(client, "Có ổ gà", sending=sending)
    assert lines(client)[0::2] == ["Có ổ gà"]


def test_steps_of_the_report_stand_in_the_chat(town, client, officer):
    write(client, "Có ổ gà")
    write(client, lon="10.005", lat="50.0052")
    write(client, press="#send")
    workflow.move(Incident.objects.get(), "ask", by=officer, note="Trước nhà số mấy?")
    announce_event(Event.objects.latest("pk").pk)
    assert "Trước nhà số mấy?" in lines(client)[-1]


def test_nobody_reads_the_chat_of_another_browser(town, client):
    write(client, "Có ổ gà trước nhà tôi")
    for stranger in (Client(), Client(headers={"Cookie": "chat=" + "0" * 32}), Client(headers={"Cookie": "chat=x"})):
        for address in (PAGE, "/chat/lines/"):
            assert "trước nhà tôi" not in stranger.get(address).content.decode()


def test_the_cookie_is_closed_to_scripts_and_other_pages(town, client):
    assert "chat" not in client.get(PAGE).cookies
    write(client, "Có ổ gà")
    cookie = client.cookies["chat"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", PAGE)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "text"),
        ({"text": "x" * 4001}, "text"),
        ({"text": "Ổ gà", "sending": "x"}, "sending"),
        ({"text": "Ổ gà", "lon": "181", "lat": "1"}, "lon"),
        ({"lon": "nan", "lat": "1"}, "lon"),
        ({"photos": SimpleUploadedFile("1.jpg", b"no picture")}, "photos"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_field(town, client, fields, fault):
    answer = client.post(PAGE, {"sending": str(uuid4())} | fields)
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [fault])
    assert not ChatEvent.objects.exists()


def test_a_page_that_stands_open_asks_for_what_is_new(town, client, officer):
    write(client, "gặp tổng đài viên")
    first = client.get("/chat/lines/")
    again = {"If-None-Match": first["ETag"]}
    assert client.get("/chat/lines/", headers=again).status_code == 304
    persons.write_answer(Correspondent.objects.get(), by=officer, text="Chào bạn", sending=uuid4())
    fresh = client.get("/chat/lines/", headers=again)
    assert (fresh.status_code, "Chào bạn" in fresh.content.decode()) == (200, True)
    assert officer.username not in fresh.content.decode()


def test_what_the_dialogue_fails_at_is_answered_by_the_job(town, client, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(conversation, "answer_message", None)
        assert write(client, "Có ổ gà")
    event = ChatEvent.objects.get()
    assert (event.taken_at, event.tries, Notice.objects.count()) == (None, 1, 0)
    chat.process_sender_of(event.pk)
    assert "Việc xảy ra ở đâu?" in lines(client)[-1]


def test_who_sends_much_from_one_network_is_looked_at_first(town, settings):
    settings.LIMITS = settings.LIMITS | {"hold:address": Limit(1, 3600)}
    for client in (Client(), Client()):
        write(client, "Có ổ gà sâu")
        write(client, lon="10.005", lat="50.0052")
        if any(value == "#apart" for value, _title in client.get(PAGE).context["choices"]):
            write(client, press="#apart")
        write(client, press="#send")
    assert (Report.objects.count(), HeldReport.objects.count()) == (1, 1)


def test_phone_left_in_the_chat_is_told_as_well(town, client, settings):
    settings.SMS_PROVIDER = "esms"
    write(client, "Có ổ gà")
    write(client, "+84 901 234 567")
    write(client, lon="10.005", lat="50.0052")
    write(client, press="#send")
    town.hole.confirm = "none"
    town.hole.save()
    event = Event.objects.get(kind="assigned")
    announce_event(event.pk)
    assert set(Notice.objects.filter(event=event).values_list("medium", flat=True)) == {"webchat", "sms"}


def test_staff_read_the_way_and_never_the_key(town, client, officer):
    write(client, "Có ổ gà")
    write(client, lon="10.005", lat="50.0052")
    write(client, press="#send")
    staff, report = Client(), Report.objects.get()
    staff.force_login(officer)
    page = staff.get(f"/desk/{report.incident.reference}/").content.decode()
    assert "Báo tin qua trò chuyện trên trang" in page
    assert client.cookies["chat"].value not in page
    assert chat_words(report.chat) == "trò chuyện trên trang"
    assert [chat_words(chat) for chat in ("", "6042137785190045512", "messenger:9001")] == [
        "",
        "Zalo 6042137785190045512",
        "Messenger 9001",
    ]
