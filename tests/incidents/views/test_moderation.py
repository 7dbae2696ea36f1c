"""Test `/moderation/`, and the stranger's side: puzzle, held page, codes, privacy notice."""

import hashlib
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils.timezone import localdate, now

from geoapp.crypto.fields import rows_with_text
from geoapp.http import rate_limits
from geoapp.http.token_bucket import Limit
from incidents import reporting
from incidents.disclosure import privacy_notice, register, wording
from incidents.escalation.unusual_views import flag_day
from incidents.models import (
    Block,
    Category,
    HeldReport,
    Incident,
    Membership,
    Notice,
    PersonalDataView,
    Report,
    WatchedWord,
)
from incidents.photos import read_photo
from incidents.reporting import holding, puzzle
from incidents.reporting.sender import Sender
from tests import factories

pytestmark = pytest.mark.django_db
FORM = {
    "lon": "10.005",
    "lat": "50.005",
    "category": "ST.1",
    "text": "Knee deep",
    "join": "new",
    "notice": "2026-12-02",
}


@pytest.fixture(autouse=True)
def english(client):
    client.cookies["django_language"] = "en"


def stranger():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def moderator(client, town):
    client.force_login(factories.person("moderator", town.desk, "dispatcher"))
    return client


def hold_report(town, text="Quán bún chả lấn vỉa hè, gọi 0903 018 442", **more):
    WatchedWord.watch("bún chả")
    fields = {"phone": "+84901234567"} | more
    incoming = reporting.IncomingReport("web", town.hole, factories.IN_OLD, text=text, **fields)
    return reporting.receive(incoming, Sender(network="203.0.113.7"))


def new_key(name):
    out = io.StringIO()
    call_command("api_key", name, stdout=out)
    return out.getvalue().strip()


def text_of(answer):
    return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


# ---- words ----


@pytest.mark.parametrize(
    ("text", "numbers", "public"),
    [
        ("Gọi 0903 018 442 ngay", set(), "Gọi ‹…› ngay"),
        ("Bà Hoa nhà 92 bày bàn", {0, 1, 2, 3}, "‹…› bày bàn"),
        ("Bà Hoa gọi 0903 018 442", {0, 1}, "‹…› gọi ‹…›"),
        ("Mail an@example.org, đồ tồi", {2, 3}, "Mail ‹…›"),
        ("Một\nhai", {0}, "‹…›\nhai"),
        ("Sâu", {5, 99}, "Sâu"),
        ("", {0}, ""),
    ],
)
def test_covered_words_are_not_read(text, numbers, public):
    assert wording.cover_words(text, numbers) == public


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Gọi 0903 018 442 ngay", ["0903 018 442"]),
        ("0903018442", ["0903018442"]),
        ("a@b.vn và 0903 018 442", ["a@b.vn", "0903 018 442"]),
        ("Không có gì", []),
        ("", []),
    ],
)
def test_what_is_covered_anyway_is_found_in_the_text(text, spans):
    assert [text[first:last] for first, last in wording.covered_spans(text)] == spans


def test_words_say_why_they_stand_out():
    words = wording.words_of("Quán BÚN chả: gọi 0903 018 442", ["bun cha"])
    assert [word.text for word in words if word.watched] == ["BÚN", "chả:"]
    assert [word.text for word in words if word.contact] == ["0903", "018", "442"]
    assert "".join(word.text + word.blank for word in words) == "Quán BÚN chả: gọi 0903 018 442"


# ---- the queue ----


def test_queue_shows_the_oldest_and_what_the_public_will_read(moderator, town):
    old, new = hold_report(town), hold_report(town, text="Cũng bún chả")
    HeldReport.objects.filter(pk=old.pk).update(held_at=now() - timedelta(minutes=11))
    page = moderator.get("/moderation/")
    page_text = text_of(page)
    assert [page.context["chosen"], [row.pk for row in page.context["rows"]]] == [old, [old.pk, new.pk]]
    assert page.context["public_text"] == "Quán ‹…› lấn vỉa hè, gọi ‹…›"
    assert "words to review" in page_text
    assert "+84901234567" not in page_text  # who sent it is nobody's business here
    assert "203.0.113.7" in page_text  # but for what can be blocked


def test_each_look_at_a_held_report_is_in_the_register(moderator, town):
    first, second = hold_report(town), hold_report(town, text="Cũng bún chả")
    moderator.get("/moderation/")
    moderator.get(f"/moderation/{second.pk}/")
    moderator.post(f"/moderation/{second.pk}/refuse/", {"reason": " "})  # is shown again
    lines = PersonalDataView.objects.order_by("pk").values_list("how", "by__username", "held", "incident", "reports")
    assert list(lines) == [("held", "moderator", key, None, []) for key in (first.pk, second.pk, second.pk)]
    assert register.PERSONAL_VIEWS.verify().fault == ""
    assert not flag_day(localdate())


def test_register_names_what_was_held(moderator, town):
    held_report = hold_report(town)
    moderator.get("/moderation/")
    keeper = stranger()
    keeper.force_login(factories.person("keeper", town.desk, Membership.Role.PRIVACY))
    assert f"{held_report.category.title} held report {held_report.pk}" in text_of(keeper.get("/privacy/views/"))
    assert keeper.get("/privacy/views.csv").content.decode().splitlines()[-1].endswith(f",{held_report.pk},,,")


def test_queue_says_that_nothing_waits(moderator, town):
    assert "Nothing is waiting." in text_of(moderator.get("/moderation/"))


@pytest.mark.parametrize(
    ("sent", "public"),
    [
        ({"covered": "1", "cover": ["0", "1", "2"]}, "‹…› lấn vỉa hè, gọi ‹…›"),
        ({"covered": "1"}, "Quán bún chả lấn vỉa hè, gọi ‹…›"),
        ({"covered": "1", "cover": ["x", "-1", "999999"]}, "Quán bún chả lấn vỉa hè, gọi ‹…›"),
        ({}, "Quán bún chả lấn vỉa hè, gọi ‹…›"),
    ],
)
def test_moderator_lets_through_with_words_covered(moderator, town, sent, public):
    held_report = hold_report(town)
    answer = moderator.post(f"/moderation/{held_report.pk}/through/", sent, follow=True)
    report = Report.objects.get()
    assert report.public_text == report.incident.text == public
    assert f"{report.incident.reference} is released, to Old Wharf Office." in text_of(answer)
    assert moderator.post(f"/moderation/{held_report.pk}/through/").status_code == 409


def test_moderator_hides_photos(moderator, town):
    held_report = hold_report(town, pictures=[read_photo(factories.picture())])
    photo = moderator.get(f"/moderation/photo/{held_report.photos.get().pk}/small.jpg")
    photo_answer = photo.status_code, photo["Content-Type"], photo["Cache-Control"]
    assert photo_answer == (200, "image/jpeg", "private, no-store")
    moderator.post(f"/moderation/{held_report.pk}/through/", {"hide_photos": "on"})
    assert not Report.objects.get().photos.get().public


def test_refusal_is_read_by_the_sender_and_taken_back(moderator, town):
    held_report = hold_report(town)
    assert moderator.post(f"/moderation/{held_report.pk}/refuse/", {"reason": " "}).status_code == 400
    page = moderator.post(f"/moderation/{held_report.pk}/refuse/", {"reason": "Quảng cáo"}, follow=True)
    assert page.context["undo"] == held_report
    seen = stranger().get(f"/f/{held_report.token}/")
    assert "Your report was not accepted Quảng cáo" in text_of(seen)
    moderator.post(f"/moderation/{held_report.pk}/undo/")
    assert "Your report is being checked" in text_of(stranger().get(f"/f/{held_report.token}/"))
    assert moderator.post(f"/moderation/{held_report.pk}/undo/").status_code == 404


def test_block_has_an_end_and_can_be_lifted(moderator, town):
    held_report = hold_report(town)
    sent = {"kind": ["address", "phone"], "days": "7", "reason": "Quảng cáo"}
    for wrong in ({"days": "8"}, {"kind": []}, {"reason": ""}):
        assert moderator.post(f"/moderation/{held_report.pk}/block/", sent | wrong).status_code == 400
    assert not Block.objects.exists()
    moderator.post(f"/moderation/{held_report.pk}/block/", sent)
    held_report.refresh_from_db()
    assert (held_report.state, held_report.refusal) == ("refused", "Quảng cáo")
    listed = text_of(moderator.get("/moderation/blocks/"))
    assert "Network 203.0.113.7 Quảng cáo" in listed
    assert "Phone number •••567" in listed
    for block in Block.objects.all():
        moderator.post(f"/moderation/blocks/{block.pk}/lift/")
    assert not Block.objects.in_force().exists()


def test_taking_back_a_refusal_lifts_its_block(moderator, town):
    held_report = hold_report(town)
    moderator.post(f"/moderation/{held_report.pk}/block/", {"kind": "phone", "days": "1", "reason": "x"})
    moderator.post(f"/moderation/{held_report.pk}/undo/")
    assert not Block.objects.in_force().exists()


def test_watched_words_are_added_and_forgotten(moderator, town):
    assert moderator.post("/moderation/words/", {"word": "!"}).status_code == 400
    moderator.post("/moderation/words/", {"word": "Vay tiền"})
    word = WatchedWord.objects.get()
    assert (word.word, word.search) == ("Vay tiền", "vay tien")
    moderator.post("/moderation/words/", {"forget": word.pk})
    assert not WatchedWord.objects.exists()


# ---- what a stranger sees ----


def test_stranger_over_the_limit_is_held_and_sees_it(client, town, settings):
    settings.LIMITS = settings.LIMITS | {"report:address": Limit(1, 3600)}
    assert client.get("/report/puzzle/").status_code == 204
    client.post("/report/", FORM)
    assert set(client.get("/report/puzzle/").json()) == {"work", "question"}
    photo = SimpleUploadedFile("a.jpg", factories.jpeg(), "image/jpeg")
    page = client.post("/report/", FORM | {"text": "Second", "photos": photo}, follow=True)
    held_report = HeldReport.objects.get()
    assert page.redirect_chain == [(f"/f/{held_report.token}/?sent=1", 303)]
    assert (held_report.text, held_report.photos.count(), held_report.network, held_report.reasons) == (
        "Second",
        1,
        "127.0.0.1",
        ["puzzle"],
    )
    assert "Your report is being checked" in text_of(page)
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    with_token = client.get("/report/")
    question = with_token.context["question"]
    words = dict(zip(["two", "three", "four", "five", "six", "seven", "eight", "nine"], range(2, 10), strict=True))
    one_word, other = re.search(r"is (\w+) plus (\w+)\?", question["text"]).groups()
    answer = {"question": question["token"], "sum": str(words[one_word] + words[other])}
    client.post("/report/", FORM | {"text": "Third"} | answer)
    assert rows_with_text(Report.objects.all(), "text", "Third").count() == 1


def test_staff_meets_no_puzzle(client, town, officer, settings):
    settings.LIMITS = settings.LIMITS | {"report:address": Limit(1, 3600)}
    client.force_login(officer)
    for number in range(3):
        client.post("/report/", FORM | {"text": f"Report {number}"})
    assert (Report.objects.count(), HeldReport.objects.count()) == (3, 0)


def test_blocked_stranger_reads_why_and_keeps_the_words(client, moderator, town):
    held_report = hold_report(town)
    moderator.post(f"/moderation/{held_report.pk}/block/", {"kind": "phone", "days": "7", "reason": "Quảng cáo"})
    answer = stranger().post("/report/", FORM | {"phone": "+84901234567"})
    assert answer.status_code == 400
    assert "It was not sent Reports from here are not accepted until" in text_of(answer)
    assert "Knee deep" in answer.text


def test_version_of_the_notice_is_kept_with_the_report(client, town):
    page = client.get("/report/")
    shown = text_of(page)
    for question, answer in privacy_notice.notice_lines()[:4]:
        assert question in shown or answer in shown
    assert re.search(r'name="notice" value="(.*?)"', page.text)[1] == privacy_notice.VERSION
    assert "By sending you agree that your data is kept and used as described above." in shown
    client.post("/report/", FORM)
    assert Report.objects.get().notice_version == privacy_notice.VERSION
    whole = text_of(client.get("/report/privacy/"))
    assert f"Version of {privacy_notice.VERSION}" in whole
    assert "What can you ask for?" in whole


def test_notice_that_is_changed_gets_another_version():
    """A change of the notice needs a new VERSION, and then a new digest here."""
    notices = (privacy_notice.SENTENCES, privacy_notice.ENQUIRY_SENTENCES)
    digest = hashlib.sha256(repr(notices).encode()).hexdigest()[:12]
    assert (privacy_notice.VERSION, digest) == ("2026-12-02", "f6fac40f718b")


def test_held_at_another_system_it_is_told_a_token(client, town, moderator):
    key = new_key("Partner")
    WatchedWord.watch("bún chả")
    sent = {"api_key": key, "service_code": "ST.1", "lat": "50.005", "long": "10.005", "description": "Bún chả"}
    (receipt,) = stranger().post("/open311/v2/requests.json", sent).json()
    held_report = HeldReport.objects.get()
    assert set(receipt) == {"token", "service_notice", "account_id"}
    address = f"/open311/v2/tokens/{receipt['token']}.json"
    assert stranger().get(address).json() == [{"service_request_id": None, "token": held_report.token}]
    report = reporting.let_through(held_report, by=factories.person("m2", town.desk, "dispatcher"))
    assert stranger().get(address).json() == [
        {"service_request_id": report.incident.reference, "token": held_report.token}
    ]
    assert stranger().get("/open311/v2/tokens/none.json").status_code == 404
    other = hold_report(town, text="bún chả nữa")
    HeldReport.objects.filter(pk=other.pk).update(channel="open311")
    holding.refuse_report(other, by=factories.person("m3", town.desk, "dispatcher"), reason="Quảng cáo")
    refused_answer = stranger().get(f"/open311/v2/tokens/{other.token}.json")
    assert (refused_answer.status_code, refused_answer.json()) == (
        410,
        [{"code": 410, "description": "It was not accepted: Quảng cáo"}],
    )


def test_key_of_another_system_has_its_own_limit(client, town, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"open311:key": Limit(1, 60), "surge:key": Limit(1, 60)}
    sent = {"service_code": "ST.1", "lat": "50.005", "long": "10.005", "description": "Hole"}
    keys = [new_key(name) for name in ("One", "Other")]
    answers = [client.post("/open311/v2/requests.json", sent | {"api_key": key}) for key in [keys[0]] * 3 + [keys[1]]]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 200]
    assert ["token" in answer.json()[0] for answer in answers] == [False, True, False, False]
    assert answers[2]["Retry-After"] == "60"


# ---- codes ----


@pytest.fixture
def careful(town, settings):
    town.hole.confirm = "person"
    town.hole.save()
    return town


def test_code_is_asked_for_and_entered_on_the_private_page(client, careful):
    report = factories.incident(careful.hole, email="an@example.org").reports.get()
    page = client.get(f"/f/{report.token}/?sent=1")
    assert "By e-mail to a•••@example.org" in text_of(page)
    address = f"/f/{report.token}/confirm/"
    assert client.post(address, {"medium": "email", "send": "1"}).status_code == 303
    code = re.search(r"\d{6}", Notice.objects.get().text)[0]
    wrong = client.post(address, {"medium": "email", "code": "000000"})
    assert (wrong.status_code, "This is not the last code we sent." in text_of(wrong)) == (400, True)
    done = client.post(address, {"medium": "email", "code": code}, follow=True)
    assert "Confirmed: messages go there from now on." in text_of(done)
    report.refresh_from_db()
    assert report.email_confirmed_at is not None
    client.post("/report/", FORM | {"email": "an@example.org", "text": "Next"})  # this browser need not do it again
    assert rows_with_text(Report.objects.all(), "text", "Next").get().email_confirmed_at is not None
    stranger().post("/report/", FORM | {"email": "an@example.org", "text": "Forged"})
    assert rows_with_text(Report.objects.all(), "text", "Forged").get().email_confirmed_at is None


def test_code_that_is_not_sent_again_says_when_it_is(client, careful, settings, standing_clock, monkeypatch):
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(1, 3600), "code:to-puzzled": Limit(1, 3600)}
    report = factories.incident(careful.hole, email="an@example.org").reports.get()
    answers = [client.post(f"/f/{report.token}/confirm/", {"medium": "email", "send": "1"}) for _time in range(2)]
    assert [(answer.status_code, answer.get("Retry-After")) for answer in answers] == [(303, None), (429, None)]
    assert 'name="sum"' in answers[1].content.decode()  # the sum comes first
    rate_limits.take(rate_limits.Ask("code:to-puzzled", "an@example.org"))
    monkeypatch.setattr(puzzle, "is_solved", lambda **_answer: True)
    refused = client.post(f"/f/{report.token}/confirm/", {"medium": "email", "send": "1"})
    assert (refused.status_code, refused["Retry-After"]) == (429, "3600")
    assert "No more codes can be sent today." in text_of(refused)


@pytest.mark.parametrize(
    ("say", "words", "confirmed", "email"),
    [
        ("yes", "Confirmed", True, "an@example.org"),
        ("no", "Nothing more will be sent to you", False, ""),
        ("", "Is this your address?", False, "an@example.org"),
    ],
)
def test_link_of_the_letter_confirms_or_denies_by_a_press(client, careful, say, words, confirmed, email):
    report = factories.incident(careful.hole, email="an@example.org").reports.get()
    client.post(f"/f/{report.token}/confirm/", {"medium": "email", "send": "1"})
    link = re.search(r"/c/\S+", Notice.objects.get().text)[0]
    assert "Is this your address?" in text_of(client.get(link))  # opening it says nothing
    answer = client.post(link, {"say": say})
    report.refresh_from_db()
    assert words in text_of(answer)
    assert (report.email_confirmed_at is not None, report.email) == (confirmed, email)
    assert client.get("/c/forged/").status_code == 410


@pytest.mark.parametrize(
    "sent", [{"medium": "sms", "send": "1"}, {"medium": "", "send": "1"}, {"medium": "x", "code": "1"}]
)
def test_code_is_sent_nowhere_else(client, careful, sent):
    report = factories.incident(careful.hole, phone="+84901234567").reports.get()
    assert client.post(f"/f/{report.token}/confirm/", sent).status_code == 400
    assert not Notice.objects.exists()


def test_no_incident_is_made_of_what_waits(moderator, town):
    hold_report(town)
    assert not Incident.objects.exists()
    assert timedelta(hours=1) > puzzle.GOOD_FOR  # as long as a used one is remembered


# ---- photos that wait for a person ----


@pytest.fixture
def held_photo(town):
    Category.objects.filter(pk=town.hole.pk).update(check_photos=True)
    town.hole.refresh_from_db()
    return factories.incident(town.hole, pictures=[read_photo(factories.picture())]).photos.get()


def test_moderator_shows_a_photo_that_waits(moderator, held_photo, officer):
    page = moderator.get("/moderation/photos/")
    assert [list(page.context["rows"]), page.context["count"]] == [[held_photo], 1]
    assert "No software that finds faces and number plates is installed" in text_of(page)
    assert moderator.get("/moderation/").context["photos_held"] == 1
    assert stranger().get(f"/photo/{held_photo.pk}/large.jpg").status_code == 404
    release = f"/moderation/photos/{held_photo.pk}/release/"
    assert "The photo is shown in full." in text_of(moderator.post(release, follow=True))
    assert "Somebody else was faster." in text_of(moderator.post(release, follow=True))
    assert "No photos are waiting." in text_of(moderator.get("/moderation/photos/"))
    assert stranger().get(f"/photo/{held_photo.pk}/large.jpg").status_code == 200
    moderator.force_login(officer)
    assert moderator.post(release).status_code == 404


def test_moderator_covers_a_photo_and_goes_on(moderator, held_photo):
    address = f"/desk/{held_photo.incident.reference}/photo/{held_photo.pk}/?from=moderation"
    assert f'href="{address}"' in moderator.get("/moderation/photos/").text
    assert "Photos to check" in text_of(moderator.get(address))
    done = moderator.post(address, {"parts": "10 10 20 20"})
    assert (done.status_code, done["Location"]) == (302, "/moderation/photos/")
    held_photo.refresh_from_db()
    assert (held_photo.masking, held_photo.covers) == ("done", [[0.1, 0.1, 0.2, 0.2]])
