"""What gateways call: receipts, and messages that people send to our number."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from incidents.models import Notice, Receipt, StoredSms
from incidents.notify import esms, smpp, sms
from incidents.notify.sending import deliver_notice
from incidents.notify.transport import Refused
from tests.fakes.smpp import Centre
from tests.fakes.sms_http import SmsOverHttp

TOKEN = "a-token-nobody-can-guess"
HOOKS = f"/hooks/sms/esms/{TOKEN}"
MESSAGE = {
    "sender": "84901234567",
    "content": "CTY OK cảm ơn",
    "serviceNumber": "8079",
    "keyword": "CTY",
    "cpid": "17",
    "smsid": "20261124-1",
    "receiverTime": "20261124221500",
}


@pytest.fixture(autouse=True)
def gateways(town, settings):
    settings.SMS_CALLBACK_TOKEN, settings.SMS_INBOUND_KEY = TOKEN, "17417a0d20114d36a902e49cad0e97f3"
    settings.SMS_PROVIDER, settings.SMS_KEY, settings.SMS_SECRET, settings.SMS_BRAND = "esms", "key", "secret", "CITY"
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.SMS_TIMEOUT = 2


def jobs(task):
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", [task])
        return [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]


def sign_message(**changed):
    message = MESSAGE | changed
    text = message["cpid"] + message["smsid"] + message["content"] + message["receiverTime"]
    return message | {"sign": esms.inbound_signature(text)}


@pytest.mark.parametrize("kind", ["receipt", "inbound"])
@pytest.mark.parametrize(
    "path", ["esms/wrong-token-of-some-length", f"other/{TOKEN}", f"smpp/{TOKEN}", f"esms/{TOKEN}x"]
)
def test_who_does_not_know_the_address_finds_nothing(client, kind, path):
    assert client.get(f"/hooks/sms/{path}/{kind}/", sign_message()).status_code == 404
    assert (StoredSms.objects.count(), jobs("incidents.check_sms")) == (0, [])


def test_without_a_token_there_are_no_hooks(client, settings):
    settings.SMS_CALLBACK_TOKEN = ""
    assert client.get(f"{HOOKS}/receipt/", {"SMSID": "7"}).status_code == 404


def test_a_receipt_is_asked_back_before_it_is_believed(client, settings):
    notice = Notice.objects.create(cause="event:1", medium="sms", address="+84901234567", text="Xong")
    with SmsOverHttp() as provider:
        settings.SMS_URL = provider.url
        sent = sms.send(notice)
        Notice.objects.update(state="sent", sent_at=notice.made_at, segments=1)
        [address] = provider.receipts()
        assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
        assert jobs("incidents.check_sms") == [
            {"provider": "esms", "provider_id": sent.provider_id, "reference": provider.asked[0]["RequestId"]}
        ]
        assert Notice.objects.get().state == "sent"
        sms.fetch_status(**jobs("incidents.check_sms")[0])
        assert Notice.objects.get().state == "delivered"

        provider.messages[sent.provider_id]["arrives"] = False  # and whatever it says later
        sms.fetch_status(**jobs("incidents.check_sms")[0])
        assert Notice.objects.get().state == "delivered"

        with pytest.raises(sms.StatusNotKnown):
            sms.fetch_status("esms", "nobody-knows-it")


def test_a_receipt_that_does_not_come_is_asked_for(settings):
    with SmsOverHttp() as provider:
        settings.SMS_URL = provider.url
        for n in range(2):
            notice = Notice.objects.create(cause=f"event:{n}", medium="sms", address="+84901234567", text=f"Xong {n}")
            sms.send(notice)
        Notice.objects.update(state="sent", sent_at=notice.made_at, segments=1)
        assert sms.collect_receipts() == 0
        Receipt.objects.update(at=now() - timedelta(minutes=11))
        provider.down = True
        assert sms.collect_receipts() == 0
        provider.down = False
        Receipt.objects.update(at=now() - timedelta(minutes=11))
        assert sms.collect_receipts() == 2
        assert {row.state for row in Notice.objects.all()} == {"delivered"}
        assert sms.collect_receipts() == 0


@pytest.mark.parametrize(
    "body", [{}, {"SMSID": ""}, {"SMSID": "x" * 101}, {"SMSID": "7", "SendStatus": "5", "SendSuccess": "?"}]
)
def test_a_receipt_that_says_nothing_is_refused(client, body):
    assert client.get(f"{HOOKS}/receipt/", body).status_code == 400
    assert jobs("incidents.check_sms") == []


def test_a_message_that_comes_in_is_taken_once(client, monkeypatch):
    monkeypatch.setattr(sms, "now", lambda: datetime(2026, 11, 25, tzinfo=UTC))  # gateways keep one for a week
    for _time in range(3):
        answer = client.get(f"{HOOKS}/inbound/", sign_message())
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/xml")
    stored = StoredSms.objects.get()
    assert jobs("incidents.take_reply") == [{"inbound_id": stored.pk}]  # a job that ended stays for a while
    assert (stored.provider, stored.message_id, stored.phone, stored.text, stored.at.isoformat()) == (
        "esms", "20261124-1", "+84901234567", "CTY OK cảm ơn", "2026-11-24T15:15:00+00:00",
    )  # fmt: skip
    client.get(f"{HOOKS}/inbound/", sign_message(smsid="20261124-2"))
    assert len(jobs("incidents.take_reply")) == 2


@pytest.mark.parametrize(
    "changed", [{"content": "CTY NO"}, {"smsid": "2"}, {"cpid": "1"}, {"receiverTime": "20261124221501"}, {"sign": "x"}]
)
def test_a_message_with_a_wrong_sign_is_not_kept(client, changed):
    assert client.get(f"{HOOKS}/inbound/", sign_message() | changed).status_code == 403
    assert (StoredSms.objects.count(), jobs("incidents.take_reply")) == (0, [])


@pytest.mark.parametrize("changed", [{"sender": "someone"}, {"smsid": "x" * 101}, {"content": "x" * 5000}])
def test_a_message_that_cannot_be_read_is_refused(client, changed):
    assert client.get(f"{HOOKS}/inbound/", sign_message(**changed)).status_code == 400
    assert StoredSms.objects.count() == 0


def test_without_a_key_nothing_comes_in(client, settings):
    message = sign_message()
    settings.SMS_INBOUND_KEY = ""
    assert client.get(f"{HOOKS}/inbound/", message).status_code == 403


def test_the_other_provider_posts_json(client):
    notice = Notice.objects.create(
        cause="event:1", medium="sms", address="+84901234567", text="Xong", state="sent", segments=1, provider_id="9",
        sent_at="2026-11-24T10:00Z",
    )  # fmt: skip
    Receipt.objects.create(provider="speedsms", provider_id="9", notice=notice)
    call = {"type": "report", "tranId": 9, "phone": "0901234567", "status": 0}
    path = f"/hooks/sms/speedsms/{TOKEN}"
    for _time in range(2):
        assert client.post(f"{path}/receipt/", call, content_type="application/json").status_code == 200
    assert Notice.objects.get().state == "delivered"
    call = {"type": "sms", "phone": "84901234567", "content": "OK"}
    for _time in range(2):
        assert client.post(f"{path}/inbound/", call, content_type="application/json").status_code == 200
    assert list(StoredSms.objects.values_list("phone", "text")) == [("+84901234567", "OK")]
    for body in ("", "[]", '{"type": "report"}', "{"):
        assert client.post(f"{path}/receipt/", body, content_type="application/json").status_code == 400


@pytest.mark.parametrize(
    ("changed", "code"), [({"SMS_KEY": "wrong"}, "HTTP 404"), ({"SMS_BRAND": "OTHER"}, "105"), ({}, "")]
)
def test_the_other_provider_sends(settings, changed, code):
    settings.SMS_PROVIDER = "speedsms"
    for name, value in changed.items():
        setattr(settings, name, value)
    notice = Notice.objects.create(cause="event:1", medium="sms", address="+84901234567", text="Xong")
    with SmsOverHttp() as provider:
        settings.SMS_URL = provider.url
        if code:
            with pytest.raises(Refused) as refused:
                sms.send(notice)
            assert (refused.value.code, refused.value.retry) == (code, False)
        else:
            assert sms.send(notice).provider_id == "4001"
            assert provider.inbox == [("84901234567", "Xong")]


def test_speedsms_receipt_settles_a_notice_without_an_answer(client, settings, policies):
    policies.quiet_hours = ""
    settings.SMS_PROVIDER = "speedsms"
    notice = Notice.objects.create(cause="event:1", medium="sms", address="+84901234567", text="Xong")
    with SmsOverHttp(whims={"lose_answer": 1}) as provider:
        settings.SMS_URL = provider.url
        deliver_notice(notice.pk)
        assert Notice.objects.get().state == "unsure"
        body = {"type": "report", "tranId": 4001, "phone": "84901234567", "status": 0}
        client.post(f"/hooks/sms/speedsms/{TOKEN}/receipt/", body, content_type="application/json")
        assert Notice.objects.get().state == "delivered"


def test_over_smpp_messages_come_in_with_the_receipts(settings, monkeypatch):
    monkeypatch.setattr(smpp, "IDLE_S", 0.2)
    settings.SMS_PROVIDER, settings.SMPP_HOST, settings.SMPP_TLS = "smpp", "127.0.0.1", False
    settings.SMPP_USER, settings.SMPP_PASSWORD = "city", "secret"
    with Centre() as centre:
        settings.SMPP_PORT = centre.port
        centre.write_to_us("84901234567", "Được rồi, cảm ơn")
        for _minute in range(30):
            if centre.waiting:
                sms.collect_receipts()
    assert list(StoredSms.objects.values_list("phone", "text")) == [("+84901234567", "Được rồi, cảm ơn")]
