"""Test the pages of those who write answers, the sender's yes at `/ask/`, and the public page of a question."""

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from incidents.answers import publishing
from incidents.enquiries import steps
from incidents.models import Answer, AnswerPicture, AnswerVersion, Enquiry, Membership
from tests import factories

pytestmark = pytest.mark.django_db
ROLE = Membership.Role
LONG = "Trả lời dài. " * 1600  # 20,800 characters


@pytest.fixture
def people(town):
    return {
        "officer": factories.person("officer", town.office),
        "leader": factories.person("leader", town.office, ROLE.LEADER),
        "dispatcher": factories.person("dispatcher", town.desk, ROLE.DISPATCHER),
        "second": factories.person("second", town.desk, ROLE.DISPATCHER),
    }


@pytest.fixture
def as_person(people):
    def client_of(name):
        client = Client()
        client.force_login(people[name])
        client.cookies["django_language"] = "en"
        return client

    return client_of


def send(client, version, **changes):
    version.refresh_from_db()
    data = version.content | {"subject": "papers", "edit": version.edit} | changes
    return client.post(f"/enquiries/pages/{version.pk}/", data)


def take(client, version, step, **more):
    version.refresh_from_db()
    return client.post(f"/enquiries/pages/{version.pk}/{step}/", {"edit": version.edit} | more)


def text_of(response):
    return " ".join(re.sub(r"(?s)<.*?>", " ", response.text).split())


def test_question_goes_from_the_form_to_the_next_who_asks(client, town, people, as_person):
    factories.answer()
    client.cookies["django_language"] = "en"
    text = "Vỉa hè Tú Xương bao giờ lát lại? Số tôi 0903 123 456"
    sent = client.post("/ask/", {"kind": "question", "text": text, "public_agreed": "on"})
    enquiry = Enquiry.objects.get()
    assert (sent.status_code, enquiry.public_agreed_at is None) == (303, False)
    steps.move(enquiry, "pass-on", by=people["dispatcher"], note="Yours", authority=town.office)
    steps.move(enquiry, "answer", by=people["officer"], note="Từ 05/01 đến 20/02.\nHai bên, từ số 2 đến số 84.")
    officer, leader = as_person("officer"), as_person("leader")
    assert "Draft a public question" in officer.get(f"/enquiries/{enquiry.reference}/").text
    officer.post("/enquiries/pages/new/", {"enquiry": enquiry.reference})
    version = AnswerVersion.objects.get()
    refused = take(officer, version, "propose")
    assert (refused.status_code, "Title, first sentence and subject are required." in refused.text) == (400, True)
    assert send(officer, version, title="Vỉa hè Tú Xương bao giờ lát lại?").status_code == 302
    assert take(officer, version, "propose").status_code == 302
    assert "Confirm that you have read it" in take(leader, version, "publish").text
    assert take(leader, version, "publish", checked="on").status_code == 302
    page = Answer.objects.get(slug="via-he-tu-xuong-bao-gio-lat-lai")
    shown = client.get(f"/answers/{page.slug}/")
    for words in ("Từ 05/01 đến 20/02.", "Hai bên, từ số 2", "Old Wharf Office answers", "1 person asked this", "‹…›"):
        assert words in text_of(shown)
    assert ("0903" in shown.text, "GovernmentService" in shown.text) == (False, False)
    asked_again = client.get("/ask/", {"kind": "question", "text": "khi nao lat lai via he Tu Xuong"})
    assert f'href="/answers/{page.slug}/"' in asked_again.text
    again = client.post("/ask/", {"kind": "question", "text": "Khi nào lát lại vỉa hè Tú Xương?"})
    second = Enquiry.objects.last()
    desk = as_person("dispatcher")
    assert f'value="{page.slug}"' in desk.get(f"/enquiries/{second.reference}/").text
    assert desk.post(f"/enquiries/{second.reference}/refer/", {"page": "none"}).status_code == 400
    assert desk.post(f"/enquiries/{second.reference}/refer/", {"page": page.slug}).status_code == 302
    assert "2 people asked this" in text_of(client.get(f"/answers/{page.slug}/"))
    assert f"/answers/{page.slug}/" in client.get(again["Location"]).text


def test_sender_agrees_and_takes_it_back_on_the_private_page(client, town, people):
    client.cookies["django_language"] = "en"
    client.post("/ask/", {"kind": "question", "text": "Mấy giờ mở cửa?"})
    enquiry = Enquiry.objects.get()
    link = f"/q/{enquiry.token}/"
    assert enquiry.public_agreed_at is None
    for agreed, offered in (("yes", "I no longer agree"), ("", "I agree")):
        answer = client.post(f"{link}agreement/", {"agreed": agreed})
        assert (answer.status_code, answer["Location"]) == (303, f"{link}#public")
        enquiry.refresh_from_db()
        assert bool(enquiry.public_agreed_at) == bool(agreed)
        assert f">{offered}</button>" in client.get(link).text
    assert client.post("/q/none/agreement/", {"agreed": "yes"}).status_code == 404
    client.post("/ask/", {"kind": "thanks", "text": "Cảm ơn", "public_agreed": "on"})
    thanks = Enquiry.objects.get(kind="thanks")
    assert (thanks.public_agreed_at, 'id="public"' in client.get(f"/q/{thanks.token}/").text) == (None, False)


@pytest.fixture
def change(town, people):
    return publishing.begin_change(factories.answer(), by=people["dispatcher"], authority=town.desk)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"more": LONG}, "Please shorten the text to 4000 characters; it has"),
     ({"text": "x" * 401}, "Please shorten the text to 400 characters; it has 401."),
     ({"online": "javascript:alert(1)"}, "The address of an online service begins with https://."),
     ({"online": "http://example.org"}, "The address of an online service begins with https://."),
     ({"subject": "none"}, "There is no such subject."),
     ({"valid_until": "2020-01-01"}, "This day is over already.")],
)  # fmt: skip
def test_bad_text_is_refused_and_stays_in_the_form(as_person, change, changes, fault):
    answer = send(as_person("dispatcher"), change, cost="12.345 đồng", **changes)
    assert (answer.status_code, fault in answer.text, "12.345 đồng" in answer.text) == (400, True, True)
    change.refresh_from_db()
    assert (change.edit, change.content["cost"]) == (1, "Miễn phí")


def test_script_in_a_page_is_text_in_preview_and_page(client, as_person, change):
    script = "<script>alert(1)</script>"
    writer, second = as_person("dispatcher"), as_person("second")
    assert send(writer, change, text=f"{script} **now**", title=script, bring=script).status_code == 302
    take(writer, change, "propose")
    preview = second.get(f"/enquiries/pages/{change.pk}/").text
    take(second, change, "publish")
    page = client.get("/answers/birth/").text
    assert ["<script>alert" in text for text in (preview, page)] == [False, False]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <b>now</b>" in page


def test_second_editor_at_once_is_told_and_keeps_the_text(as_person, change):
    first, second = as_person("dispatcher"), as_person("second")
    stale = change.content | {"edit": 1, "cost": "20.000 đồng"}
    assert send(first, change, cost="10.000 đồng").status_code == 302
    answer = second.post(f"/enquiries/pages/{change.pk}/", stale)
    assert (answer.status_code, "Somebody else has changed this" in answer.text) == (409, True)
    assert 'value="20.000 đồng"' in answer.text
    change.refresh_from_db()
    assert change.content["cost"] == "10.000 đồng"
    assert 'name="edit" value="1"' in second.post(f"/enquiries/pages/{change.pk}/", stale | {"text": "x" * 401}).text
    answer = second.post(f"/enquiries/pages/{change.pk}/propose/", {"edit": 1})
    assert (answer.status_code, "Somebody else has changed this" in answer.text) == (409, True)
    assert answer.context["version"].state == "draft"
    take(first, change, "propose")
    assert 'value="20.000 đồng"' in second.post(f"/enquiries/pages/{change.pk}/", stale).text


def test_writer_is_offered_no_yes_and_a_return_needs_a_reason(client, as_person, change):
    writer, second = as_person("dispatcher"), as_person("second")
    send(writer, change, cost="5.000 đồng")
    take(writer, change, "propose")
    offered = [[name for name, _step in person.get(f"/enquiries/pages/{change.pk}/").context["steps"]]
               for person in (writer, second)]  # fmt: skip
    assert offered == [["drop"], ["publish", "return", "drop"]]
    assert take(writer, change, "publish").status_code == 400
    assert "Say what should be changed." in take(second, change, "return").text
    assert take(second, change, "return", note="Giá cũ?").status_code == 302
    page = writer.get(f"/enquiries/pages/{change.pk}/").text
    assert ("Giá cũ?" in page, "<del>Miễn phí</del>" in page, "<ins>5.000 đồng</ins>" in page) == (True, True, True)
    take(writer, change, "propose")
    take(second, change, "publish")
    assert "5.000 đồng" in client.get("/answers/birth/").text
    assert take(second, change, "withdraw", note="Luật mới").status_code == 302
    assert client.get("/answers/birth/").status_code == 404


def test_new_page_is_written_for_one_and_listed_for_review(client, town, as_person, people):
    factories.answer(review_by="2026-01-01")
    writer, second = as_person("dispatcher"), as_person("second")
    begun = writer.post("/enquiries/pages/new/")
    version = AnswerVersion.objects.get()
    assert begun["Location"] == f"/enquiries/pages/{version.pk}/"
    send(writer, version, title="Xin số nhà", text="Làm tại phường.", valid_until="2099-12-31")
    take(writer, version, "propose")
    take(second, version, "publish")
    assert "Làm tại phường." in client.get("/answers/xin-so-nha/").text
    listed = writer.get("/enquiries/pages/")
    assert [page.slug for page in listed.context["pages"]] == ["birth", "xin-so-nha"]
    assert "01/01/2026 (due for review)" in text_of(listed)


def test_picture_is_seen_by_writers_then_by_everybody(client, town, people, as_person):
    page = factories.answer()
    version = publishing.begin_change(page, by=people["officer"], authority=town.office)
    officer, dispatcher = as_person("officer"), as_person("dispatcher")
    stored = send(officer, version, photo=factories.picture(), picture_words="Tờ khai", picture_words_en="The form")
    assert stored.status_code == 302
    picture = AnswerPicture.objects.get()
    address = f"/answers/pictures/{picture.pk}/small.jpg"
    assert [(who.get(address).status_code) for who in (officer, dispatcher, client)] == [200, 200, 404]
    send(officer, version)  # what follows without a file keeps the picture
    take(officer, version, "propose")
    take(dispatcher, version, "publish")
    client.cookies["django_language"] = "en"
    assert f'src="{address}"' in client.get("/answers/birth/").text
    assert 'alt="The form"' in client.get("/answers/birth/").text
    shown = client.get(address)
    assert (shown.status_code, shown["Content-Type"], shown.content[:2]) == (200, "image/jpeg", b"\xff\xd8")


def test_picture_without_words_is_not_handed_in(town, people, as_person):
    version = publishing.begin_change(factories.answer(), by=people["officer"], authority=town.office)
    officer = as_person("officer")
    send(officer, version, photo=factories.picture())
    refused = take(officer, version, "propose")
    assert (refused.status_code, "Say what the picture shows." in refused.text) == (400, True)
    send(officer, version, no_picture="on", picture_words="Tờ khai")
    version.refresh_from_db()
    assert (version.content["picture"], version.content["picture_words"]) == ("", "")
    assert take(officer, version, "propose").status_code == 302


def test_what_is_no_picture_is_refused_with_its_reason(town, people, as_person):
    version = publishing.begin_change(factories.answer(), by=people["officer"], authority=town.office)
    refused = send(as_person("officer"), version, photo=SimpleUploadedFile("form.jpg", b"<script>alert(1)</script>"))
    assert (refused.status_code, "“form.jpg” cannot be opened." in refused.text) == (400, True)
    assert AnswerPicture.objects.count() == 0


def test_picture_of_a_lost_draft_leaves_no_file(town, people, as_person, settings):
    version = publishing.begin_change(factories.answer(), by=people["officer"], authority=town.office)
    late = send(as_person("officer"), version, photo=factories.picture(), picture_words="Tờ khai", edit=7)
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file() and "answers" in path.parts]
    assert (late.status_code, AnswerPicture.objects.count(), files) == (409, 0, [])
