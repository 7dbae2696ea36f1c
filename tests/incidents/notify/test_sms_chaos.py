"""Gateways that lose requests and answers, take too long, are down, and say everything twice: no notice is lost, none
arrives twice at a phone, and each knows at the end what became of it.
"""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.timezone import now

from incidents.models import Notice
from incidents.notify import smpp, sms
from incidents.notify.sending import deliver_notice
from tests.fakes.smpp import Centre
from tests.fakes.sms_http import SmsOverHttp

TOKEN = "a-token-nobody-can-guess"
S = Notice.State
WORDS = "Phản ánh CTY-2026-{:06} của bạn đã được giải quyết. Xem: https://city.example/t/{:06}/"
LONG = " Đội sửa chữa đã thay nắp cống và dọn sạch bùn đất quanh miệng cống, mời bạn xem ảnh và cho biết ý kiến."


@pytest.fixture(autouse=True)
def at_all_hours(settings, policies):
    policies.quiet_hours = ""
    policies.notice_cap_per_day = 0
    settings.NOTICE_TRIES = 12
    settings.OUTBOUND_ALLOWED = {"gateways": ["private"]}
    settings.SMS_ASCII, settings.SMS_COST = True, 850
    settings.SMS_BRAND, settings.SMS_CALLBACK_TOKEN, settings.SMS_UNSURE_MINUTES = "CITY", TOKEN, 60


@pytest.fixture
def over_http(settings):
    settings.SMS_PROVIDER, settings.SMS_KEY, settings.SMS_SECRET = "esms", "key", "secret"
    settings.SMS_TIMEOUT = 0.5


@pytest.fixture
def over_smpp(settings, monkeypatch):
    monkeypatch.setattr(smpp, "IDLE_S", 0.2)
    settings.SMS_PROVIDER, settings.SMPP_HOST, settings.SMPP_TLS = "smpp", "127.0.0.1", False
    settings.SMPP_USER, settings.SMPP_PASSWORD, settings.SMS_TIMEOUT = "city", "secret", 1.0


def notices(count):
    return Notice.objects.bulk_create(
        Notice(
            cause=f"event:{n}",
            medium="sms",
            address=f"+8490{n:07}",
            text=WORDS.format(n, n) + LONG * (n % 5 == 0),
        )
        for n in range(count)
    )


def deliver_until_quiet(rounds, between, at=None):
    """What workers do in a day, with the clock put forward; `between` is what happens meanwhile."""
    moment = at or now()
    for _round in range(rounds):
        for pk in Notice.objects.filter(state__in=Notice.UNSENT, send_after__lte=moment).values_list("pk", flat=True):
            deliver_notice(pk, moment)
        between()
        moment += timedelta(days=1)
        if not Notice.objects.filter(state__in=Notice.UNSENT).exists():
            break


def what_phones_show(notices):
    return sorted((notice.address.lstrip("+"), "".join(sms.split_text(notice.text).texts)) for notice in notices)


def test_over_http_none_is_lost_and_none_is_doubled(town, over_http, settings, client):
    whims = {
        "lose_request": 0.08,
        "lose_answer": 0.08,
        "hang": 0.02,
        "error": 0.06,
        "error_after": 0.06,
        "throttle": 0.1,
    }
    with SmsOverHttp(whims=whims | {"double_receipt": 0.5}, seed=1) as provider:
        settings.SMS_URL = provider.url
        sent = notices(60)

        def night():
            """Receipts come, in any order and some twice; after that the provider knows no number of the day before."""
            for address in provider.receipts():
                assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
            run_checks()
            provider.midnight()

        deliver_until_quiet(12, between=night)
        assert sorted(provider.inbox) == what_phones_show(sent)
        assert {notice.state for notice in Notice.objects.all()} == {S.DELIVERED}


def test_an_hour_of_errors_delays_and_loses_nothing(town, over_http, settings):
    with SmsOverHttp() as provider:
        settings.SMS_URL = provider.url
        sent, begun = notices(10), now()
        provider.down = True
        for pk in [notice.pk for notice in sent]:
            deliver_notice(pk, begun)
        assert provider.inbox == []
        assert {notice.state for notice in Notice.objects.all()} == {S.WAITING}
        provider.down = False
        deliver_until_quiet(3, between=lambda: None, at=begun + timedelta(hours=1))
        assert sorted(provider.inbox) == what_phones_show(sent)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("seed", "echo", "hexadecimal"), [(1, True, False), pytest.param(2, False, True, marks=pytest.mark.deep)]
)
def test_over_smpp_none_is_lost_and_none_is_doubled(town, over_smpp, settings, seed, echo, hexadecimal):
    whims = {"lose_request": 0.08, "lose_answer": 0.12, "throttle": 0.1, "full": 0.05, "double_receipt": 0.5}
    with Centre(whims=whims, seed=seed, echo=echo, hexadecimal=hexadecimal) as centre:
        settings.SMPP_PORT = centre.port
        sent = notices(30)
        deliver_until_quiet(12, between=lambda: listen_until_silent(centre))
        listen_until_silent(centre)
        assert sorted(centre.inbox) == what_phones_show(sent)
        assert centre.waiting == []
        assert centre.highest == 1
        assert {notice.state for notice in Notice.objects.all()} == {S.DELIVERED}


def listen_until_silent(centre):
    """What a worker does each minute, for as many minutes as the centre has something to say."""
    for _minute in range(60):
        sms.collect_receipts()
        if not centre.waiting:
            break


def run_checks():
    """What a worker does with what was deferred when the gateway called; what gets no answer in time it tries again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'incidents.check_sms' RETURNING args")
        jobs = [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]
    for job in jobs:
        try:
            sms.fetch_status(**job)
        except sms.StatusNotKnown:
            jobs.append(job)
