"""Times given by platforms, gateways and telephone systems: past, future and invalid."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils.timezone import now

from incidents.channels import chat, web_chat
from incidents.channels.mail import settling
from incidents.channels.voice import own
from incidents.models import ChatEvent
from incidents.notify import smpp, sms

# How far from now, and whether an event of it is taken.
TABLE = [
    (timedelta(), True),
    (timedelta(hours=-20), True),
    (timedelta(days=-1, hours=-23), True),
    (timedelta(days=-3), False),
    (timedelta(days=-60), False),
    (timedelta(days=-20_000), False),
    (timedelta(minutes=30), True),
    (timedelta(hours=2), False),
    (timedelta(days=1), False),
    (timedelta(days=3650), False),
]
NONSENSE = ["9" * 18, "-" + "9" * 18, "-1"]


@pytest.fixture(autouse=True)
def accounts(settings):
    settings.ZALO_OA_ID, settings.MESSENGER_PAGE_ID = "", "5797"


def zalo_event(stamp):
    event = {"event_name": "user_send_text", "sender": {"id": "77"}, "message": {"text": "Ổ gà", "msg_id": "m1"}}
    return "zalo", json.dumps(event | {"timestamp": stamp}).encode()


def messenger_event(stamp):
    event = {"sender": {"id": "77"}, "message": {"text": "Ổ gà", "mid": "m1"}, "timestamp": stamp}
    return "messenger", json.dumps(event).encode()


def milliseconds(away):
    return str(int((now() + away).timestamp() * 1000))


@pytest.mark.django_db
@pytest.mark.parametrize("event", [zalo_event, messenger_event])
@pytest.mark.parametrize(("away", "is_taken"), TABLE)
def test_signed_event_of_another_time_is_dropped(event, away, is_taken):
    chat.store_event(*event(milliseconds(away)))
    assert ChatEvent.objects.exists() == is_taken


@pytest.mark.django_db
@pytest.mark.parametrize("event", [zalo_event, messenger_event])
@pytest.mark.parametrize("stamp", NONSENSE)
def test_stamp_that_no_calendar_has_is_dropped(event, stamp):
    chat.store_event(*event(stamp))
    assert not ChatEvent.objects.exists()


@pytest.mark.django_db
def test_event_that_waited_for_a_worker_is_taken_all_the_same():
    """The age is checked on arrival: stored events are processed however long no worker ran."""
    body = json.dumps({"user": "webchat:1", "text": "Ổ gà", "at": milliseconds(timedelta(days=-9))})
    assert web_chat.parse_event(body.encode()).text == "Ổ gà"


@pytest.mark.parametrize(("away", "is_taken"), TABLE)
def test_event_of_a_call_says_when_it_was(away, is_taken):
    reading = SimpleNamespace(fields={"occurred_at": (now() + away).isoformat()}, faults={})
    own_class = next(reader for reader in vars(own).values() if hasattr(reader, "moment"))
    own_class.moment(reading, "occurred_at")
    assert (reading.faults == {}) == is_taken


@pytest.mark.parametrize("away", [away for away, _is_taken in TABLE])
def test_sms_of_another_time_is_of_now(away):
    """An SMS is accepted with any time; only the time is ignored."""
    at, here = now() + away, now()
    is_believed = here - sms.KEPT_BY_GATEWAYS < at <= here
    assert abs(sms.sent_time(at) - (at if is_believed else here)) < timedelta(minutes=5)


@pytest.mark.parametrize("date", ["0001010000", "9912312359", "2613992599", "", "x" * 10, "99123123595"])
def test_receipt_by_smpp_of_another_time_is_of_now(date):
    assert abs(smpp.parse_done_date(date) - now()) < timedelta(minutes=5)


@pytest.mark.django_db
@pytest.mark.parametrize("at", [datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), None])
def test_mail_whose_date_is_wrong_is_of_when_it_came(at):
    mail = SimpleNamespace(came_at=now())
    read = SimpleNamespace(name="", message_id="", subject="", words="Ổ gà", digest="", left_out=[], at=at)
    settling.store_content(mail, read, None)
    assert mail.at == mail.came_at
