"""Push messages to browsers: who may have them, what they show, and when they end."""

import json

import pytest

from incidents.models import Notice, PushSubscription, Report
from incidents.notify import push
from incidents.notify.transport import Refused, Unsure
from tests.fakes.push import PushService


@pytest.fixture(autouse=True)
def key(settings):
    settings.OUTBOUND_ALLOWED = {"push": ["private"]}
    settings.VAPID_KEY = push.generate_key()


@pytest.fixture
def service():
    with PushService() as push_service:
        yield push_service


@pytest.fixture
def browser(service, officer):
    push_browser = service.browser()
    push.store_subscription(push_browser.subscription, person=officer)
    return push_browser


def notice(browser, **more):
    fields = {
        "subject": "CTY-2026-000123: đã xong",
        "text": "Phản ánh của bạn đã được giải quyết.\nXem: https://city.example/t/abc/",
    }
    return Notice(cause="event:1", medium="push", address=browser.endpoint, language="vi", **fields | more)


def test_the_browser_shows_what_it_alone_can_read(service, browser):
    sent = push.send(notice(browser))
    assert sent.provider_id == f"{service.url}/message/1"
    [shown] = browser.inbox
    assert shown == {
        "title": "CTY-2026-000123: đã xong",
        "text": "Phản ánh của bạn đã được giải quyết.",
        "link": "https://city.example/t/abc/",
        "tag": shown["tag"],
        "language": "vi",
    }
    assert (service.seen[0]["TTL"], service.seen[0]["Urgency"]) == ("86400", "normal")


def test_body_says_not_again_what_the_title_says(browser):
    title = "Ổ gà, Harbour Road: đã nhận việc"
    push.send(notice(browser, subject=title, text=f"{title} https://city.example/i/2611-1/"))
    assert [shown["text"] for shown in browser.inbox] == ["Xem chi tiết"]


def test_the_same_sent_again_takes_the_place_of_the_first(service, browser):
    service.silent = True
    for _time in range(2):
        with pytest.raises(Unsure) as unsure:
            push.send(notice(browser))
        assert unsure.value.then == Unsure.AGAIN
    assert (len(service.seen), len(browser.inbox)) == (2, 1)


def test_long_texts_are_cut_to_what_a_service_takes(browser):
    push.send(notice(browser, subject="", text="ẵ" * 3000))
    assert len(browser.inbox[0]["title"]) == push.MAX_TITLE


@pytest.mark.parametrize(
    ("status", "again", "stays"),
    [
        (404, False, 0),
        (410, False, 0),
        (400, False, 1),
        (403, False, 1),
        (413, False, 1),
        (429, True, 1),
        (503, True, 1),
    ],
)
def test_what_follows_from_a_refusal(service, browser, status, again, stays):
    service.answer = status
    with pytest.raises(Refused) as refused:
        push.send(notice(browser))
    assert (refused.value.code, refused.value.retry) == (str(status), again)
    assert PushSubscription.objects.count() == stays


def test_a_private_address_is_not_called(settings, service, browser):
    settings.OUTBOUND_ALLOWED = {}
    with pytest.raises(Refused) as refused:
        push.send(notice(browser))
    assert refused.value.code == "address"
    assert service.seen == []


def test_a_reporter_lets_a_browser_be_told_and_stops_it(client, service, incident):
    report, browser = Report.objects.get(), service.browser()
    address = f"/f/{report.token}/push/"
    assert client.post(address, json.dumps(browser.subscription), content_type="application/json").json() == {
        "on": True
    }
    assert list(PushSubscription.objects.values_list("endpoint", "report", "person")) == [
        (browser.endpoint, report.pk, None)
    ]
    page = client.get(f"/f/{report.token}/").content.decode()
    assert f'data-save="{address}"' in page
    assert f'data-key="{push.public_key()}"' in page

    off = json.dumps({"endpoint": browser.endpoint, "off": True})
    assert client.post("/f/no-such-report/push/", off, content_type="application/json").status_code == 404
    assert client.post(address, off, content_type="application/json").json() == {"on": False}
    assert PushSubscription.objects.count() == 0


def test_a_person_has_browsers_of_their_own(client, service, officer, outsider):
    browser = service.browser()
    assert client.get("/push/").status_code == 302
    client.force_login(officer)
    assert client.post("/push/", json.dumps(browser.subscription), content_type="application/json").json() == {
        "on": True
    }
    assert "127.0.0.1" in client.get("/push/").content.decode()
    client.force_login(outsider)
    client.post("/push/", json.dumps({"endpoint": browser.endpoint, "off": True}), content_type="application/json")
    assert PushSubscription.objects.get().person == officer


def test_of_too_many_browsers_the_oldest_go(officer, outsider):
    for n in range(push.MAX_BROWSERS + 2):
        push.store_subscription({"endpoint": f"https://push.example/{n}", "keys": GOOD}, person=officer)
    push.store_subscription({"endpoint": "https://push.example/other", "keys": GOOD}, person=outsider)
    endpoints = PushSubscription.objects.filter(person=officer).order_by("pk").values_list("endpoint", flat=True)
    assert list(endpoints) == [f"https://push.example/{n}" for n in range(2, push.MAX_BROWSERS + 2)]


GOOD = {"p256dh": push.encode_base64url(b"\x04" + bytes(64)), "auth": push.encode_base64url(bytes(16))}


@pytest.mark.parametrize(
    "body",
    [
        "", "[]", "{", "null", '"x"', "x" * 9000,
        {"endpoint": 5, "keys": GOOD},
        {"endpoint": "ftp://push.example/1", "keys": GOOD},
        {"endpoint": "https://", "keys": GOOD},
        {"endpoint": "https://user:word@push.example/1", "keys": GOOD},
        {"endpoint": "https://push.example/" + "x" * 500, "keys": GOOD},
        {"endpoint": "https://push.example/1"},
        {"endpoint": "https://push.example/1", "keys": GOOD | {"auth": "short"}},
        {"endpoint": "https://push.example/1", "keys": GOOD | {"auth": 5}},
        {"endpoint": "https://push.example/1", "keys": GOOD | {"p256dh": push.encode_base64url(bytes(65))}},
        {"endpoint": "https://push.example/1", "keys": {}},
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(client, officer, body):
    client.force_login(officer)
    body = body if isinstance(body, str) else json.dumps(body)
    assert client.post("/push/", body, content_type="application/json").status_code == 400
    assert PushSubscription.objects.count() == 0


def test_without_a_key_there_is_no_button_and_nothing_is_kept(client, settings, service, incident):
    settings.VAPID_KEY, report = "", Report.objects.get()
    assert "data-push" not in client.get(f"/f/{report.token}/").content.decode()
    body = json.dumps(service.browser().subscription)
    assert client.post(f"/f/{report.token}/push/", body, content_type="application/json").status_code == 400


def test_the_worker_is_served_for_the_whole_site(client, db):
    answer = client.get("/push-worker.js")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
