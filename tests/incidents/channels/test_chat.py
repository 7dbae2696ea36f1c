"""Chat by the city's Zalo account, from the first message to the stars."""

import json
from datetime import timedelta

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from incidents import workflow
from incidents.casework import verdicts
from incidents.channels import chat
from incidents.channels import zalo as channel
from incidents.channels.chat.draft import spot_title
from incidents.data_requests import handover
from incidents.data_requests import requests as data_requests
from incidents.models import (
    Category,
    ChatEvent,
    Correspondent,
    Draft,
    Event,
    Incident,
    Notice,
    OptOut,
    Photo,
    Rating,
    Report,
    SubjectRequest,
)
from incidents.notify import announce_event, sending
from incidents.reporting import address_candidates, categories, danger
from tests import factories
from tests.fakes.zalo import Zalo
from tests.incidents.channels.chats import USER, buttons, locate_message, photo, work
from tests.incidents.test_at_once import together

# ---- a whole story, over sockets ----


@pytest.mark.django_db(transaction=True)
def test_from_the_first_word_to_the_stars(account, officer, live_server, settings):
    account.hook = f"{live_server.url}/hooks/zalo/"

    def says(text=None, name="user_send_text", **message):
        body = account.event(USER, name, **({"text": text} if text else {}), **message)
        assert [account.bring(body), account.bring(body, num_retry="1")] == [200, 200]  # brought twice
        return work(account)

    [first] = says("Có ổ gà rất sâu trước cổng")
    assert "24 tháng" in first
    assert first.endswith("viết địa chỉ hay tên một nơi.")
    assert "1 ảnh" not in says(**photo(account))[0]
    [summary] = says(**locate_message())
    assert summary.splitlines()[:5] == [
        "Hãy kiểm tra lại:", "- Ổ gà", "- Harbour Road, Phường Old Wharf",
        "- Có ổ gà rất sâu trước cổng", "- 1 ảnh",
    ]  # fmt: skip
    [received] = says(buttons(account)["Gửi phản ánh"])

    report = Report.objects.get()
    incident = report.incident
    assert (report.channel, report.chat, report.text) == ("zalo", USER, "Có ổ gà rất sâu trước cổng")
    assert report.photos.count() == 1
    for phrase in (
        incident.reference,
        "UBND Old Wharf",
        verdicts.short_link(report, incident.timeline.get(kind="assigned")),
    ):
        assert phrase in received
    assert buttons(account)["Xem chi tiết"]["url"].startswith(f"{settings.SITE_URL}/t/")

    workflow.move(incident, "ask", by=officer, note="Trước nhà số mấy?")
    assert "Trước nhà số mấy?" in work(account)[0]
    [thanks] = says("Nhà số 12, cổng xanh")
    assert thanks.startswith("Cảm ơn bạn")
    assert incident.timeline.last().note == "Nhà số 12, cổng xanh"
    assert incident.timeline.last().reasons == [{"vi": "Qua Zalo.", "en": "By Zalo."}]

    workflow.move(incident, "resolve", by=officer, note="Đã vá")
    [resolved] = work(account)
    assert incident.reference in resolved
    assert {"Đã làm xong": "xong", "Chưa xong": "chưa xong"}.items() <= buttons(account).items()
    [content] = says(buttons(account)["Đã làm xong"])
    assert "mấy sao" in content
    assert Incident.objects.get().state == "closed"
    assert says("5 sao, làm nhanh lắm") == ["Cảm ơn bạn đã đánh giá."]
    rating = Rating.objects.get()
    assert (rating.stars, rating.reason) == (5, "5 sao, làm nhanh lắm")
    assert Incident.objects.count() == 1


# ---- who may call the hook ----


@pytest.mark.django_db
@pytest.mark.parametrize("spoilt", ["mac", "time", "body", "none", "key"])
def test_what_is_not_signed_leaves_nothing(account, client, spoilt):
    body, when = account.event(text="Ổ gà"), "1764000000000"
    headers = {"X-ZEvent-Signature": account.signature(body, when), "X-ZEvent-Timestamp": when}
    match spoilt:
        case "mac":
            headers["X-ZEvent-Signature"] = "mac=" + "0" * 64
        case "time":
            headers["X-ZEvent-Timestamp"] = "1764000000001"
        case "body":
            body = body + b" "
        case "none":
            headers = {}
        case "key":
            account.oa = "another"
            headers["X-ZEvent-Signature"] = account.signature(body, when)
    answer = client.post("/hooks/zalo/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 403
    assert (ChatEvent.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)


@pytest.mark.usual_rows(4)
@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["mac=", "sha256=", "", " mac="])
@pytest.mark.parametrize("where", ["header", "body"])
def test_what_is_signed_is_kept_with_its_job(account, client, where, prefix):
    body = account.event(text="Ổ gà")
    when = json.loads(body)["timestamp"] if where == "body" else "1764000000000"
    headers = {"X-ZEvent-Signature": prefix + account.signature(body, when).removeprefix("mac=")}
    headers["X-ZEvent-Timestamp"] = when if where == "header" else "1"
    for _ in range(6):  # Zalo tries it five times more
        assert client.post("/hooks/zalo/", body, content_type="application/json", headers=headers).status_code == 200
    event = ChatEvent.objects.get()
    assert event.user == USER
    jobs = ProcrastinateJob.objects.values_list("task_name", "args")
    assert list(jobs) == [("incidents.take_chat", {"event_id": event.pk})]


@pytest.mark.django_db
def test_where_it_is_not_set_up_there_is_nothing(town, client, settings):
    settings.ZALO_APP_ID, settings.ZALO_OA_SECRET = "app", ""
    assert client.post("/hooks/zalo/", b"{}", content_type="application/json").status_code == 404
    settings.ZALO_OA_SECRET = "oa secret"
    assert client.get("/hooks/zalo/").status_code == 405
    assert client.post("/hooks/zalo/", b"x" * 300_000, content_type="application/json").status_code == 413


@pytest.mark.django_db
def test_echoes_receipts_and_other_accounts_are_not_heard(account, settings):
    settings.ZALO_OA_ID = "1"
    chat.store_event("zalo", account.event(text="Ổ gà"))
    settings.ZALO_OA_ID = "579745863508352884"
    for name in ("oa_send_text", "user_seen_message", "user_received_message", "user_asking_product"):
        chat.store_event("zalo", account.event(name=name, text="Ổ gà"))
    assert not ChatEvent.objects.exists()
    chat.store_event("zalo", account.event(text="Ổ gà"))
    assert ChatEvent.objects.count() == 1


# ---- what an event says ----

PLACES = {
    "A": {"attachments": [{"type": "location", "payload": {"coordinates": {"latitude": "50.1", "longitude": "10.2"}}}]},
    "B": {
        "attachments": [{"type": "location", "payload": {"coordinates": {"lat": 50.1, "long": 10.2}, "address": "x"}}]
    },
    "C": {"location": {"latitude": 50.1, "longitude": 10.2}},
    "flat": {"attachments": [{"type": "location", "payload": {"latitude": "50.1", "longitude": "10.2"}}]},
}


@pytest.mark.parametrize("spelling", PLACES)
def test_a_location_in_each_spelling(settings, spelling):
    heard = channel.parse_event(Zalo.event(FAKE, name="user_send_location", **PLACES[spelling]))
    assert heard.place == (10.2, 50.1)


@pytest.mark.parametrize(
    "wrong", [{"lat": "north", "long": "10"}, {"lat": "nan", "long": "10"}, {"lat": 91, "long": 1}, {}]
)
def test_what_is_no_place_on_earth_is_none(wrong):
    event = Zalo.event(FAKE, attachments=[{"type": "location", "payload": {"coordinates": wrong}}])
    assert channel.parse_event(event).place is None


def stamp_of(account):
    """Time of the next event in milliseconds."""
    return str(int(now().timestamp() * 1000) + account.events_sent)


class FAKE:
    app, events_sent = "app", 0


def test_variants_of_an_event():
    bare = {
        "event_name": "user_send_image",
        "sender": {"id": "1"},
        "recipient": {"id": "2"},
        "timestamp": 1764000000000,
    }
    picture = {"type": "image", "payload": {"url": "https://cdn.example/1.jpg", "description": "Ổ gà"}}
    heard = channel.parse_event(json.dumps(bare | {"message": {"mid": "m7"}, "attachments": [picture]}).encode())
    assert (heard.event_id, heard.text, heard.pictures) == ("m7", "Ổ gà", ("https://cdn.example/1.jpg",))
    for phone in (84901234567, "84901234567"):
        event = bare | {"event_name": "user_submit_info", "info": {"phone": phone}}
        assert channel.parse_event(json.dumps(event).encode()).phone == "84901234567"
    inside = bare | {"event_name": "user_submit_info", "message": {"text": '{"phone": 84901234567}'}}
    assert channel.parse_event(json.dumps(inside).encode()).phone == "84901234567"


WORDS = st.text(max_size=40) | st.sampled_from(
    ["user_send_text", "user_send_image", "follow", "\x00", "1e999", "\ud800"]
)
NAMES = st.sampled_from(
    ["event_name", "sender", "id", "follower", "message", "text", "msg_id", "attachments", "type", "payload", "url",
     "coordinates", "latitude", "longitude", "location", "timestamp", "info", "phone", "oa_id"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
EVENTS = st.fixed_dictionaries(
    {"event_name": st.sampled_from(["user_send_text", "user_send_location", "user_submit_info", "follow"]) | VALUES},
    optional={
        "sender": st.fixed_dictionaries({"id": st.just("7") | VALUES}) | VALUES,
        "message": st.dictionaries(NAMES, VALUES, max_size=5) | VALUES,
        "attachments": VALUES,
        "timestamp": VALUES,
        "info": VALUES,
    },
)


@pytest.fixture
def heard_by(account, client):
    def post(body):
        headers = {"X-ZEvent-Signature": account.signature(body, "1"), "X-ZEvent-Timestamp": "1"}
        return client.post("/hooks/zalo/", body, content_type="application/json", headers=headers).status_code

    return post


@pytest.mark.django_db
def test_wild_events_never_break_the_hook_nor_the_worker(account, heard_by):
    @given(EVENTS.map(lambda event: json.dumps(event).encode()) | st.binary(max_size=200))
    def wild(body):
        assert heard_by(body) == 200
        for user in set(ChatEvent.objects.filter(taken_at=None).values_list("user", flat=True)):
            chat.process_waiting_events(user)
        assert not ChatEvent.objects.filter(taken_at=None).exists()

    wild()
    assert heard_by(b"[" * 100_000) == 200


# ---- the conversation ----


@pytest.mark.django_db
def test_in_whatever_order_it_is_told(account, says):
    says(**locate_message())
    says(**photo(account))
    [summary] = says("Rác thải đổ đầy vỉa hè")  # the description, and the kind is understood from it
    assert summary.splitlines()[1:5] == [
        "- Rác thải",
        "- Harbour Road, Phường Old Wharf",
        "- Rác thải đổ đầy vỉa hè",
        "- 1 ảnh",
    ]


@pytest.mark.django_db
def test_an_address_in_words_and_the_menu_by_numbers(account, says):
    says("Xin giúp với nha")
    [unknown] = says("Xyzzy 99")
    assert unknown.startswith("Chúng tôi không tìm thấy nơi này.")
    [groups] = says("Old Wharf")
    assert groups.splitlines()[1:] == ["1. Đường phố", "2. Nước"]
    [leaves] = says("2")
    assert leaves.splitlines() == ["Cụ thể là gì?", "1. Rò rỉ nước", "2. Việc khác"]
    [summary] = says("Rò rỉ nước")
    assert summary.startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 113 (Công an).")
    assert Draft.objects.get().ward == "001"
    says("0901 234 567")
    says("Sau trạm bơm")
    says("gửi")
    report = Report.objects.get()
    assert (report.phone, report.text) == (
        "",
        "Xin giúp với nha\n0901 234 567\nSau trạm bơm",
    )  # the town has no country
    assert report.incident.authority.code == "water"


@pytest.mark.django_db
def test_a_phone_number_is_taken_down(town, account, says):
    town.city.holidays = "VN"
    town.city.save()
    says("Ổ gà lớn")
    says("0901.234.567")
    draft = Draft.objects.get()
    assert (draft.phone, draft.text) == ("+84901234567", "Ổ gà lớn")


@pytest.mark.django_db
def test_it_is_given_up_and_the_language_changes(account, says):
    says("Ổ gà lớn")
    assert says("huỷ") == ["Đã hủy, chưa gửi gì.\n1. Lấy lại"]
    assert not Draft.objects.exists()
    [english] = says("English")
    assert english.startswith("Tell us what is wrong: write a few words")
    [question] = says("A pothole at the gate")
    assert question.startswith("Where is it?")
    assert says("cancel") == ["Cancelled; nothing was sent.\n1. Bring it back"]
    assert says("Cancel") == ["There is nothing to cancel."]
    assert (Report.objects.count(), Correspondent.objects.get().language) == (0, "en")


@pytest.mark.django_db
def test_who_may_be_in_danger_is_told_whom_to_call_first(account, says):
    [answer] = says("Nhà bên cạnh đang cháy lớn quá")
    assert answer.startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 113 (Công an)")


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        ("đang cháy", True), ("CHÁY NHÀ!!!", True), ("chay nha roi", True), ("hoả hoạn", True), ("có tai nạn", True),
        ("Somebody is injured", True), ("nước chảy tràn", False), ("xe chạy nhanh", False), ("dang chay xe", False),
        ("cướp", True), ("cuop", False), ("đèn bị cháy bóng", False), ("", False),
    ],
)  # fmt: skip
def test_words_of_danger(text, is_so):
    assert danger.mentions_danger(text) == is_so


@pytest.mark.django_db
def test_kinds_that_words_speak_of(town):
    Category.objects.filter(pk=town.waste.pk).update(keywords="bãi rác, xà bần, rác")
    leaves = list(Category.objects.leaves())
    codes = {text: [category.code for category in categories.suggest_categories(text, leaves)] for text in (
        "Xà bần đổ trước cổng", "bai rac hoi", "pothole", "rò rỉ nước và rác", "ổ gà", "o ga", "hello", "rắc rối",
    )}  # fmt: skip
    assert codes == {
        "Xà bần đổ trước cổng": ["ST.2"], "bai rac hoi": ["ST.2"], "pothole": ["ST.1"],
        "rò rỉ nước và rác": ["WA.1", "ST.2"], "ổ gà": ["ST.1"], "o ga": ["ST.1"], "hello": [], "rắc rối": [],
    }  # fmt: skip


@pytest.mark.django_db
def test_a_sticker_and_a_picture_that_is_none_open_nothing_wrong(account, says):
    [answer] = says(name="user_send_sticker", attachments=[{"type": "sticker", "payload": {"id": "7"}}])
    assert "Ở đây chúng tôi nhận tin chữ, ảnh và vị trí." in answer
    assert not Draft.objects.exists()
    [answer] = says(**photo(account, b"<html>no photo"))
    assert answer.startswith("Có ảnh không mở được.")
    [answer] = says(
        **photo(account, path="/gone") | {"attachments": [{"type": "image", "payload": {"url": account.url}}]}
    )
    assert answer.startswith("Có ảnh không mở được.")
    assert not Draft.objects.get().photos.exists()


@pytest.mark.django_db
def test_a_picture_inside_our_own_network_is_not_fetched(account, says, settings):
    picture = photo(account)
    settings.OUTBOUND_ALLOWED = {}
    chat.store_event("zalo", account.event(**picture))
    chat.process_waiting_events(USER)
    assert not Draft.objects.get().photos.exists()


@pytest.mark.django_db
def test_no_more_photos_than_by_the_web(account, says, settings):
    settings.PHOTOS_MAX = 2
    for _ in range(2):
        says(**photo(account))
    [answer] = says(**photo(account))
    assert answer.startswith("Mỗi phản ánh nhận tối đa 2 ảnh")
    assert Draft.objects.get().photos.count() == 2


@pytest.mark.django_db
def test_outside_the_city_is_asked_again(account, says):
    says("Ổ gà lớn")
    [answer] = says(**locate_message({"latitude": "51", "longitude": "11"}))
    assert answer.startswith("Nơi này nằm ngoài thành phố.")
    assert Draft.objects.get().place is None


def send_report(says, text="Có ổ gà lớn"):
    """A report sent by chat."""
    says(text)
    says(**locate_message())
    if "Có phải" in Notice.objects.latest("pk").text:
        says("#apart")
    says("#send")
    return Report.objects.latest("pk")


@pytest.mark.django_db
def test_what_lies_close_by_may_be_the_same(town, account, says):
    other = factories.incident(town.hole)
    says("Có ổ gà lớn")
    [question] = says(**locate_message())
    assert question.splitlines()[0] == "Gần đó đã có phản ánh. Có phải cùng một việc không?"
    says("1")
    says("ok")
    assert Report.objects.latest("pk").incident == other
    assert other.reports.count() == 2


@pytest.mark.django_db
def test_only_what_was_offered_can_be_chosen(town, account, says):
    secret = factories.incident(town.secret)
    says("Xin giúp với nha")
    says(**locate_message())
    for forged in (f"#same {secret.reference}", "#kind WA.1", "#spot 0,0,0,", "#send", "#about x"):
        assert says(forged)[0].startswith("Câu hỏi đó đã được giải quyết.")
    assert Draft.objects.get().category is None
    reported_now = says("#group ST"), says("1"), says("#send"), says("#send")
    assert reported_now[3] == ["Câu hỏi đó đã được giải quyết."]
    assert Report.objects.filter(channel="zalo").count() == 1


@pytest.mark.django_db
def test_words_after_a_report_are_about_it_or_something_new(account, says):
    report = send_report(says)
    [question] = says("Khi nào làm vậy?")
    assert question.splitlines()[0] == f"Tin này là về phản ánh {report.incident.reference} (Ổ gà) phải không?"
    says("1")
    line = report.incident.timeline.last()
    assert (line.kind, line.note, line.public) == ("note", "Khi nào làm vậy?", False)
    assert not Draft.objects.exists()
    says("Rác thải đầy đường")
    [question] = says("#new")
    assert question.startswith("Việc xảy ra ở đâu?")


@pytest.mark.django_db
def test_a_photo_answers_a_question_and_stays_inside(account, says, officer):
    report = send_report(says)
    workflow.move(report.incident, "ask", by=officer, note="Cho xem ảnh?")
    says(**photo(account))
    line = report.incident.timeline.last()
    assert (line.kind, line.note, line.photos.get().public) == ("answered", "📷", False)


@pytest.mark.django_db
def test_danger_in_an_answer_to_a_question_is_told_whom_to_call(account, says, officer):
    report = send_report(says)
    workflow.move(report.incident, "ask", by=officer, note="Sâu bao nhiêu?")
    work(account)
    answer = says("Có người vừa té bất tỉnh ở đó")
    assert answer[0].startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 113 (Công an)")
    assert Incident.objects.get().state != "waiting"


@pytest.mark.django_db
def test_a_dispute_and_odd_words(account, says, officer):
    report = send_report(says)
    workflow.move(report.incident, "accept", by=officer)
    workflow.move(report.incident, "resolve", by=officer, note="Xong")
    work(account)
    assert "phản ánh" in says("ai làm vậy trời")[0]
    says("huỷ")
    assert says("chx xong đâu, vẫn còn") == ["Cảm ơn bạn. Một người không xử lý việc này sẽ xem lại."]
    assert Incident.objects.get().state == "disputed"


@pytest.mark.django_db
def test_two_at_once_from_a_question_and_a_draft(account, says, officer):
    """The latest context counts: the question asked after the draft's last step."""
    report = send_report(says)
    says("Rác thải đầy đường")
    says("#new")
    workflow.move(report.incident, "ask", by=officer, note="Số nhà?")
    work(account)
    says("Số 12")
    assert report.incident.timeline.last().note == "Số 12"
    assert Draft.objects.get().place is None


# ---- coming and going ----


@pytest.mark.django_db
def test_follower_gets_a_greeting_but_nothing_after_unfollowing(town, account, says, settings):
    def moves(name):
        account.events_sent += 1
        event = {"event_name": name, "follower": {"id": USER}, "oa_id": "5797", "timestamp": stamp_of(account)}
        chat.store_event("zalo", json.dumps(event | {"source": "qr"}).encode())
        return work(account)

    [greeting] = moves("follow")
    assert "dữ liệu của tôi" in greeting
    report = send_report(says)
    Report.objects.update(phone="+84901234567")
    settings.SMS_PROVIDER = "esms"
    moves("unfollow")
    before = len(account.inbox)
    workflow.move(report.incident, "reject", by=factories.person("deputy", town.office), note="Việc riêng")
    work(account)
    assert len(account.inbox) == before
    notice = Notice.objects.get(template="rejected")
    assert (notice.medium, notice.address) == ("sms", "+84901234567")
    moves("follow")
    assert not OptOut.objects.filter(medium="zalo").exists()


@pytest.mark.usual_rows(2)
@pytest.mark.django_db
@pytest.mark.parametrize(("error", "expected"), [(-230, True), (-213, True), (-201, False)])
def test_who_cannot_be_reached_here_any_more_is_told_by_sms(account, says, officer, settings, error, expected):
    report = send_report(says)
    Report.objects.update(phone="+84901234567")
    settings.SMS_PROVIDER = "esms"
    account.answers = [error]
    workflow.move(report.incident, "reject", by=officer, note="Việc riêng")
    for event in Event.objects.order_by("pk"):
        announce_event(event.pk)
    sending.deliver_notice(Notice.objects.get(template="rejected", medium="zalo").pk)
    assert Notice.objects.get(template="rejected", medium="zalo").state == "failed"
    sms = Notice.objects.filter(template="rejected", medium="sms")
    assert list(sms.values_list("address", flat=True)) == (["+84901234567"] if expected else [])
    assert not expected or report.incident.reference in sms.get().text


@pytest.mark.django_db
def test_who_wants_silence_gets_it(account, says, officer):
    report = send_report(says)
    assert says("Đừng gửi nữa") == ["Bạn sẽ không nhận tin nữa. Viết NHAN LAI để nhận lại."]
    workflow.move(report.incident, "reject", by=officer, note="Việc riêng")
    assert work(account) == []
    says("nhận lại")
    assert not OptOut.objects.exists()


# ---- personal data ----


@pytest.mark.django_db
def test_nobody_reads_the_id_of_a_follower(account, says, client, officer):
    report = send_report(says)
    for page in (f"/i/{report.incident.reference}/", f"/f/{report.token}/", "/"):
        assert USER not in client.get(page).content.decode()
    client.force_login(officer)
    desk = client.get(f"/desk/{report.incident.reference}/").content.decode()
    assert "Báo tin qua Zalo" in desk
    assert USER not in desk


@pytest.mark.django_db
def test_a_person_asks_for_erasure_in_the_chat(account, says, officer):
    report = send_report(says)
    for _ in range(2):
        [answer] = says("Xoá dữ liệu")
    assert answer.startswith("Đã ghi nhận yêu cầu của bạn.")
    subject_request = SubjectRequest.objects.get()
    assert (subject_request.kind, subject_request.chat, subject_request.taken_by) == ("erase", USER, None)
    assert (
        handover.personal_data(subject_request, data_requests.view_reports(subject_request, by=officer))["reports"][0][
            "chat"
        ]
        == USER
    )
    assert data_requests.fulfil_request(subject_request, by=officer) == 1
    report.refresh_from_db()
    assert (report.chat, report.text) == ("", "")
    assert not Notice.objects.filter(address=USER).exists()
    assert (Correspondent.objects.count(), ChatEvent.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_what_is_old_is_forgotten(account, says):
    says("Ổ gà lớn")
    assert ChatEvent.objects.get().body == ""
    data_requests.delete_old_chats(now() + timedelta(hours=23))
    assert Draft.objects.count() == 1
    data_requests.delete_old_chats(now() + timedelta(hours=25))
    assert (Draft.objects.count(), ChatEvent.objects.count(), Correspondent.objects.count()) == (0, 1, 1)
    data_requests.delete_old_chats(now() + timedelta(days=8))
    assert (ChatEvent.objects.count(), Notice.objects.count(), Correspondent.objects.count()) == (0, 0, 1)
    data_requests.delete_old_chats(now() + timedelta(days=91))
    assert not Correspondent.objects.exists()


@pytest.mark.django_db
def test_a_follower_with_a_report_is_known_as_long_as_it(account, says):
    send_report(says)
    data_requests.delete_old_chats(now() + timedelta(days=91))
    assert Correspondent.objects.count() == 1


# ---- at once, doubled, cut off ----


@pytest.mark.django_db(transaction=True)
def test_two_messages_at_once_are_both_in_the_one_draft(account):
    chat.store_event("zalo", account.event(text="Có ổ gà lớn"))
    chat.store_event("zalo", account.event(**locate_message()))
    assert together(*[lambda: chat.process_waiting_events(USER)] * 4) == [None] * 4
    draft = Draft.objects.get()
    assert (draft.text, draft.place.x) == ("Có ổ gà lớn", 10.005)
    assert Notice.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_sent_off_twice_at_once_is_one_report(account, says):
    says("Có ổ gà lớn")
    says(**locate_message())
    same = account.event(text="#send")
    assert (
        together(
            *[lambda: chat.store_event("zalo", same)] * 3, lambda: chat.store_event("zalo", account.event(text="#send"))
        )
        == [None] * 4
    )
    assert together(*[lambda: chat.process_waiting_events(USER)] * 4) == [None] * 4
    assert Report.objects.count() == 1


@pytest.mark.django_db
def test_what_comes_in_the_wrong_order_is_taken_in_the_right_one(account):
    first, second = account.event(text="Có ổ gà lớn"), account.event(text="Old Wharf")
    chat.store_event("zalo", second)
    chat.store_event("zalo", first)
    work(account)
    draft = Draft.objects.get()
    assert (draft.text, draft.where) == ("Có ổ gà lớn", "Old Wharf")


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_it_to_the_next(account, says, monkeypatch):
    says("Có ổ gà lớn")
    says(**locate_message())
    chat.store_event("zalo", account.event(text="#send"))
    with monkeypatch.context() as cut:
        cut.setattr("incidents.channels.chat.draft.opt_outs.opt_in", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            chat.process_waiting_events(USER)
    assert (Report.objects.count(), Draft.objects.count(), Photo.objects.count()) == (0, 1, 0)
    work(account)
    assert (Report.objects.count(), Draft.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_what_always_fails_is_left_aside(account, says, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("incidents.channels.chat.conversation.answer_input", lambda *_, **__: 1 / 0)
        chat.store_event("zalo", account.event(text="Có ổ gà lớn"))
        for _ in range(chat.MAX_TRIES):
            with pytest.raises(ZeroDivisionError):
                chat.process_waiting_events(USER)
        chat.process_waiting_events(USER)
    assert says("Rác thải đầy đường")
    assert Draft.objects.get().text == "Rác thải đầy đường"


@pytest.mark.parametrize(
    ("title", "ward", "shown"),
    [
        ("Harbour Road", "Old Wharf Ward", "Harbour Road, Old Wharf Ward"),
        ("Market, Old Wharf Ward", "Old Wharf Ward", "Market, Old Wharf Ward"),
    ],
)
def test_a_place_to_choose_names_its_ward_once(title, ward, shown):
    assert spot_title(address_candidates.Spot("1,2,3,", title, ("street", ward))) == shown
