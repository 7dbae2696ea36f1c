"""Chat by the city's page at Messenger."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st

from gis_data.addresses import map_links
from incidents import workflow
from incidents.channels import chat, messenger
from incidents.channels.chat import persons
from incidents.models import ChatEvent, Correspondent, Draft, Event, Incident, Medium, Notice, Report
from incidents.notify import announce_event, deliver_notice
from incidents.notify import messenger as transport
from incidents.notify.transport import Refused, Sent, Unsure
from tests import factories
from tests.fakes.messenger import PAGE, Messenger
from tests.incidents.channels.chats import work

USER = "messenger:9001"
HOOK = "/hooks/messenger/"


@pytest.fixture
def page(town, settings, policies):
    """The city's page and its Send API."""
    settings.MESSENGER_PAGE_ID, settings.MESSENGER_APP_SECRET = PAGE, "app secret"
    settings.MESSENGER_PAGE_TOKEN, settings.MESSENGER_VERIFY_TOKEN = "page token", "verify token"
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    policies.quiet_hours = ""
    with Messenger() as messenger:
        settings.MESSENGER_URL = f"{messenger.url}/v26.0"
        yield messenger


@pytest.fixture
def says(page):
    """Send a message; returns the texts of the answers."""

    def says(text=None, **message):
        event = page.event(message={**({"text": text} if text else {}), **message})
        chat.store_event(Medium.MESSENGER, json.dumps(event).encode())
        return [sent["message"]["text"] for sent in work_of(page)]

    return says


def work_of(page, user=USER):
    """Run the worker's part; returns the messages sent."""
    seen = len(page.inbox)
    work(page, user)
    return [message for to, message in page.inbox[seen:] if f"messenger:{to}" == user]


def test_danger_is_answered_with_the_numbers_first(town, page, says):
    town.city.emergency = [
        {"number": "113", "what": "Công an", "dangers": ["crime"]},
        {"number": "114", "what": "Cứu hỏa", "dangers": ["fire"]},
    ]
    town.city.save()
    assert says("nhà bên đang cháy lớn")[0].startswith("Có ai đang gặp nguy hiểm không? Gọi ngay: 114 (Cứu hỏa), 113")


# ---- a whole story, over sockets ----


@pytest.mark.django_db(transaction=True)
def test_from_the_first_word_to_the_result(page, officer, live_server):
    page.hook = f"{live_server.url}{HOOK}"
    page.media["/p/1.jpg"] = factories.jpeg()

    def says(**fields):
        body = page.call(page.event(**fields))
        assert [page.bring(body), page.bring(body)] == [200, 200]  # brought twice
        return [sent["message"] for sent in work_of(page)]

    [greeting] = says(postback={"title": "Bắt đầu", "payload": "GET_STARTED"})
    assert "24 tháng" in greeting["text"]
    [where] = says(message={"text": "Có ổ gà rất sâu trước cổng"})
    assert where["text"].endswith("hoặc gửi liên kết từ bản đồ.")
    picture = {"type": "image", "payload": {"url": f"{page.url}/p/1.jpg"}}
    says(message={"attachments": [picture]})
    [summary] = says(message={"text": "https://maps.google.com/?q=50.0052,10.005"})
    assert "- 1 ảnh" in summary["text"]
    other = summary["quick_replies"][1]
    [groups] = says(message={"text": other["title"], "quick_reply": {"payload": other["payload"]}})
    assert [reply["title"] for reply in groups["quick_replies"]] == ["Đường phố", "Nước"]
    says(message={"text": "1"})
    says(message={"text": "Ổ gà"})
    [received] = says(message={"text": "gửi"})

    report = Report.objects.get()
    assert (report.channel, report.chat) == ("messenger", USER)
    assert report.text == "Có ổ gà rất sâu trước cổng"
    assert report.incident.reference in received["text"]
    workflow.move(report.incident, "ask", by=officer, note="Trước nhà số mấy?")
    assert "Trước nhà số mấy?" in work_of(page)[0]["message"]["text"]
    [thanks] = says(message={"text": "Nhà số 12"})
    assert thanks["text"].startswith("Cảm ơn bạn")
    assert report.incident.timeline.last().reasons == [{"vi": "Qua Messenger.", "en": "By Messenger."}]


# ---- the hook ----


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status", "body"),
    [
        ({"hub.mode": "subscribe", "hub.verify_token": "verify token", "hub.challenge": "0012"}, 200, b"0012"),
        ({"hub.mode": "subscribe", "hub.verify_token": "other", "hub.challenge": "1"}, 403, b"Wrong token"),
        ({"hub.mode": "unsubscribe", "hub.verify_token": "verify token", "hub.challenge": "1"}, 403, b"Wrong token"),
        ({}, 403, b"Wrong token"),
    ],
)
def test_the_handshake_tells_the_challenge_to_whom_knows(page, client, query, status, body):
    answer = client.get(HOOK, query)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (status, body, "text/plain")


@pytest.mark.django_db
def test_nobody_shakes_hands_without_a_token_of_ours(page, client, settings):
    settings.MESSENGER_VERIFY_TOKEN = ""
    query = {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}
    assert client.get(HOOK, query).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "é", None])
def test_what_meta_did_not_sign_is_refused(page, client, signature):
    body = page.call(page.event(message={"text": "Ổ gà"}))
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    answer = client.post(HOOK, body, content_type="application/json", headers=headers)
    assert (answer.status_code, ChatEvent.objects.count()) == (403, 0)


@pytest.mark.django_db
def test_without_a_page_the_hook_is_not_there(client, settings):
    settings.MESSENGER_APP_SECRET = ""
    assert client.post(HOOK, b"{}", content_type="application/json").status_code == 404
    assert client.get(HOOK).status_code == 404


@pytest.mark.django_db
def test_a_call_may_bring_several_events_of_our_page_only(page, client):
    words = [page.event(user, message={"text": "Ổ gà"}) for user in ("9001", "9002")]
    for body in (page.call(*words), page.call(page.event(message={"text": "Ổ gà"}), page="666")):
        headers = {"X-Hub-Signature-256": page.signature(body)}
        assert client.post(HOOK, body, content_type="application/json", headers=headers).status_code == 200
    users = [event.user for event in ChatEvent.objects.order_by("pk")]
    assert users == ["messenger:9001", "messenger:9002"]


# ---- what an event says ----

STICKER = {"type": "image", "payload": {"url": "https://x.example/like.png", "sticker_id": 369239263222822}}
PLACE = {"type": "location", "payload": {"coordinates": {"lat": 50.0052, "long": 10.005}}}
READINGS = {
    "words": ({"message": {"text": "Ổ gà"}}, ("sent", "Ổ gà", None, False)),
    "a place": ({"message": {"attachments": [PLACE]}}, ("sent", "", (10.005, 50.0052), False)),
    "a sticker": ({"message": {"attachments": [STICKER]}}, ("sent", "", None, True)),
    "a new sticker": ({"message": {"attachments": [{"type": "sticker", "payload": {}}]}}, ("sent", "", None, True)),
    "a film": (
        {"message": {"attachments": [{"type": "video", "payload": {"url": "https://x"}}]}},
        ("sent", "", None, False),
    ),
    "a shared link": (
        {"message": {"attachments": [{"type": "fallback", "payload": {"url": "https://x.example"}}]}},
        ("sent", "https://x.example", None, False),
    ),
    "a link without an address": ({"message": {"attachments": [{"type": "fallback"}]}}, ("sent", "", None, True)),
    "a pressed reply": (
        {"message": {"text": "Gửi", "quick_reply": {"payload": "#send"}}},
        ("sent", "#send", None, False),
    ),
    "a pressed button": ({"postback": {"mid": "m1", "payload": "#send"}}, ("sent", "#send", None, False)),
    "the beginning": ({"postback": {"mid": "m1", "payload": "GET_STARTED"}}, ("follow", "", None, False)),
    "an edited message": (
        {"message_edit": {"mid": "m1", "text": "Ổ gà to", "num_edit": 1}},
        ("sent", "Ổ gà to", None, False),
    ),
    "an echo": ({"message": {"text": "Chào bạn", "is_echo": True}}, None),
    "a receipt": ({"delivery": {"mids": ["m1"], "watermark": 1}}, None),
    "a reading": ({"read": {"watermark": 1}}, None),
    "a reaction": ({"reaction": {"mid": "m1", "action": "react", "emoji": "👍"}}, None),
}


@pytest.mark.parametrize(("event", "read"), READINGS.values(), ids=READINGS)
def test_an_event_is_read_as_it_is_meant(event, read):
    with Messenger() as page:
        heard = messenger.parse_event(json.dumps(page.event(**event)).encode())
    assert (heard and (heard.kind, heard.text, heard.place, heard.unsupported)) == read


def test_an_edited_message_is_another_event_than_the_first():
    with Messenger() as page:
        events = (
            page.event(message={"mid": "m1", "text": "Ổ gà"}),
            page.event(message={"mid": "m1", "text": "Ổ gà"}),
            page.event(message_edit={"mid": "m1", "text": "Ổ gà to", "num_edit": 1}),
        )
    keys = [messenger.parse_event(json.dumps(event).encode()).event_id for event in events]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) <= 100


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["entry", "messaging", "sender", "id", "message", "text", "attachments", "payload", "type"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_event_is_read_without_a_fault(wild):
    body = json.dumps(wild).encode()
    messenger.split_events(body)
    heard = messenger.parse_event(body)
    assert heard is None or heard.user.startswith("messenger:")


@pytest.mark.django_db
def test_a_short_link_of_a_map_leads_to_the_place(page, says, monkeypatch):
    monkeypatch.setattr(map_links, "SHORT_LINKS", (f"{page.url}/short/",))
    page.moved["/short/AbC"] = "https://www.google.com/maps/@50.0052,10.005,17z"
    says("Có ổ gà")
    [summary] = says(f"{page.url}/short/AbC")
    assert summary.splitlines()[0] == "Hãy kiểm tra lại:"
    says(f"{page.url}/short/nowhere")
    assert Draft.objects.get().text.endswith("/short/nowhere")


# ---- what goes out ----


def notice(text="Phản ánh đã xong.", **more):
    return Notice(cause="event:1", medium="messenger", address=USER, text=text, language="vi", **more)


@pytest.fixture
def writer(page):
    return Correspondent.objects.create(user=USER)


@pytest.mark.django_db
def test_a_notice_goes_out_with_its_choices(page, writer, settings):
    settings.MESSENGER_PROOF = True
    choices = [["#kind RD.01", "Ổ gà, hư hỏng mặt đường"], ["#kinds", "Việc khác"]]
    assert transport.send(notice(choices=choices)) == Sent(provider_id="m_1")
    [(user, sent)] = page.inbox
    assert (user, sent["messaging_type"]) == ("9001", "RESPONSE")
    assert [(reply["title"], reply["payload"]) for reply in sent["message"]["quick_replies"]] == [
        ("1. Ổ gà, hư hỏng mặ…", "#kind RD.01"),
        ("Việc khác", "#kinds"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "code", "again", "reachable"),
    [
        ((10, 2018278), "10/2018278", False, False),
        ((551, 1545041), "551", False, False),
        ((100, 1893061), "100/1893061", False, False),
        ((100, 0), "100", False, True),
        ((190, 463), "190", False, True),
        ((613, 0), "613", True, True),
        ((10, 1893063), "10/1893063", True, True),
    ],
)
def test_what_follows_from_an_error(page, writer, error, code, again, reachable):
    page.answers = [error]
    with pytest.raises(Refused) as refused:
        transport.send(notice())
    assert (refused.value.code, refused.value.retry) == (code, again)
    assert transport.is_reachable(refused.value.code) == reachable


@pytest.mark.django_db
def test_without_an_answer_a_person_decides(page, writer):
    page.silent = True
    with pytest.raises(Unsure) as unsure:
        transport.send(notice())
    assert unsure.value.then == Unsure.PERSON


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("silent", "by_person", "sent"),
    [
        (timedelta(hours=23), False, "RESPONSE"),
        (timedelta(hours=23), True, "RESPONSE"),
        (timedelta(hours=25), False, None),
        (timedelta(hours=25), True, "MESSAGE_TAG"),
        (timedelta(days=7, hours=1), True, None),
    ],
)
def test_who_may_still_write_after_a_silence(page, writer, officer, silent, by_person, sent):
    Correspondent.objects.update(heard_at=now() - silent)
    answer = notice(written_by=officer if by_person else None)
    if sent:
        transport.send(answer)
        assert page.inbox[0][1]["messaging_type"] == sent
    else:
        with pytest.raises(Refused) as refused:
            transport.send(answer)
        assert (refused.value.code, page.inbox) == ("window", [])


@pytest.mark.django_db
def test_a_result_after_the_window_goes_by_sms(page, says, officer, settings):
    says("Có ổ gà")
    says(attachments=[PLACE])
    says("+84 901 234 567")
    says("gửi")
    workflow.move(Incident.objects.get(), "accept", by=officer)
    Correspondent.objects.update(heard_at=now() - timedelta(days=3))
    settings.SMS_PROVIDER = "esms"
    workflow.move(Incident.objects.get(), "resolve", by=officer, note="Đã vá")
    event = Event.objects.latest("pk")
    announce_event(event.pk)
    deliver_notice(Notice.objects.get(event=event, medium="messenger").pk)
    notices = Notice.objects.filter(event=event).order_by("pk").values_list("medium", "address", "state")
    assert list(notices) == [("messenger", USER, "failed"), ("sms", "+84901234567", "waiting")]


@pytest.mark.django_db
def test_a_person_answers_in_the_same_chat(page, says, officer):
    says("gặp tổng đài viên")
    writer = Correspondent.objects.get()
    persons.write_answer(writer, by=officer, text="Chào bạn", sending=uuid4())
    assert [sent["message"]["text"] for sent in work_of(page)] == ["Chào bạn"]
