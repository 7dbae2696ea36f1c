"""Test rate limits: arithmetic, settings table, keys, and answers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client, RequestFactory
from django.utils.timezone import get_current_timezone, now
from hypothesis import given
from hypothesis import strategies as st

from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from geoapp.http.token_bucket import PERIODS, Limit, parse_limit, parse_table, take_token
from incidents.models import LimitBucket
from tests import factories

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 27, 12, tzinfo=get_current_timezone())


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/h", Limit(10, 3600)),
        ("30/15min", Limit(30, 900)),
        ("3/d", Limit(3, 86_400)),
        ("1/s", Limit(1, 1)),
        (" 100 ", Limit(100, 0)),
    ],
)
def test_limit_is_read_as_it_is_written(text, limit):
    assert parse_limit(text) == limit


@pytest.mark.parametrize("text", ["", "0/h", "10/0h", "ten/h", "10/week", "-1/h", "10/h/h"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(ImproperlyConfigured):
        parse_limit(text)


def test_city_changes_rows_and_adds_none():
    table = parse_table({"report:address": "10/h", "stream:address": "5"}, ["report:address=20/min", ""])
    assert table == {"report:address": Limit(20, 60), "stream:address": Limit(5, 0)}
    with pytest.raises(ImproperlyConfigured, match=r"there is no report:moon; there are report:address"):
        parse_table({"report:address": "10/h"}, ["report:moon=1/h"])


# (seconds after noon, tokens asked for, seconds to wait) of a bucket of 3 a minute, one after the other.
STORY = [
    (0, 1, 0), (0, 1, 0), (0, 1, 0), (0, 1, 20), (19, 1, 1), (20, 1, 0), (20, 1, 20), (60, 2, 0), (60, 1, 20),
    (600, 3, 0), (600, 1, 20),
]  # fmt: skip


def test_bucket_gives_what_has_come_in_and_no_more():
    full_at, waits = 0.0, []
    for seconds, cost, _wait in STORY:
        full_at, wait = take_token(full_at, 1e6 + seconds, Limit(3, 60), cost)
        waits.append((seconds, cost, round(wait)))
    assert waits == STORY


@pytest.mark.parametrize("name", ["report:address", "photo:address"])
def test_database_and_memory_tell_the_same_story(settings, name):
    settings.LIMITS = {name: Limit(3, 60)}
    waits = [
        rate_limits.take(Ask(name, "a", cost), at=NOON + timedelta(seconds=seconds)) for seconds, cost, _w in STORY
    ]
    assert [round(waits_by_name.get(name, 0)) for waits_by_name in waits] == [wait for _s, _c, wait in STORY]
    assert LimitBucket.objects.count() == (name == "report:address")


@given(st.lists(st.tuples(st.floats(0, 500), st.integers(1, 3)), max_size=40), st.integers(1, 5), st.integers(1, 90))
def test_no_bucket_gives_more_than_it_holds_and_fills(requests, count, period):
    """Whoever asks, however: in no stretch of time more than a bucket and what came in meanwhile."""
    full_at, at, given_away, limit = 0.0, 1e6, [], Limit(count, period)
    for pause, cost in requests:
        at += pause
        full_at, wait = take_token(full_at, at, limit, cost)
        if not wait:
            given_away.append((at, cost))
    for first, (start, _cost) in enumerate(given_away):
        for last in range(first, len(given_away)):
            granted = sum(cost for _at, cost in given_away[first : last + 1])
            assert granted <= count + (given_away[last][0] - start) / limit.step_s + 1e-3


@pytest.mark.parametrize("name", ["report:address", "photo:address"])
def test_clock_that_is_put_back_makes_nobody_wait(settings, name):
    settings.LIMITS = {name: Limit(3, 60)}
    before = NOON - timedelta(hours=1)
    asked_at = [NOON, NOON, NOON, NOON, before, before, before, before]
    waits = [rate_limits.take(Ask(name, "a"), at=at) for at in asked_at]
    assert waits == [{}, {}, {}, {name: pytest.approx(20)}] * 2


@pytest.mark.parametrize("name", ["report:address", "photo:address"])
def test_clock_that_goes_slower_elsewhere_fills_no_bucket(settings, name):
    settings.LIMITS = {name: Limit(3, 60)}
    elsewhere = NOON - timedelta(seconds=50)
    waits = [rate_limits.take(Ask(name, "a"), at=at) for at in (NOON, NOON, NOON, elsewhere, elsewhere)]
    assert waits == [{}, {}, {}, {name: pytest.approx(20)}, {name: pytest.approx(20)}]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("a.b", "unknown"),
    ],
)
def test_network_of_an_address(address, network):
    assert rate_limits.network_of(address) == network


def test_bucket_is_one_persons_and_names_nobody(settings):
    settings.LIMITS = {"report:phone": Limit(1, 3600)}
    asks = [Ask("report:phone", number) for number in ("+84901234567", "+84901234568")]
    assert [rate_limits.take(ask, at=NOON) for ask in asks] == [{}, {}]
    assert [rate_limits.take(ask, at=NOON) for ask in asks] == [{"report:phone": pytest.approx(3600)}] * 2
    assert [key for key in LimitBucket.objects.values_list("key", flat=True) if "8490" in key] == []


def test_asking_takes_nothing(settings):
    settings.LIMITS = {"report:address": Limit(2, 60)}
    ask = Ask("report:address", "a")
    waits = []
    for seconds in (0, 0, 0, 31):
        at = NOON + timedelta(seconds=seconds)
        waits.append(rate_limits.are_reached(ask, at=at))
        rate_limits.take(ask, at=at)
    assert waits == [False, False, True, False]


def test_tokens_that_are_left_are_counted_whole(settings):
    settings.LIMITS = {"sign-in:pair": Limit(10, 900)}
    ask, at = Ask("sign-in:pair", "a"), now()
    rate_limits.take(ask._replace(cost=3), at=at)
    later = {seconds: at + timedelta(seconds=seconds) for seconds in (0, 89, 90, 270, 9000)}
    left = {seconds: rate_limits.count_tokens_left(ask, at=moment) for seconds, moment in later.items()}
    assert left == {0: 7, 89: 7, 90: 8, 270: 10, 9000: 10}


def test_full_buckets_are_removed(settings):
    settings.LIMITS = {"report:address": Limit(2, 60)}
    rate_limits.take(Ask("report:address", "a"), at=NOON)
    rate_limits.take(Ask("report:address", "b"), at=NOON + timedelta(seconds=40))
    assert rate_limits.count_reached("report:address", at=NOON + timedelta(seconds=40)) == 0
    rate_limits.remove_full_buckets(NOON + timedelta(seconds=50))
    assert LimitBucket.objects.count() == 1


def test_memory_does_not_grow_without_end(settings, monkeypatch):
    settings.LIMITS = {"photo:address": Limit(1, 60)}
    monkeypatch.setattr(rate_limits, "BUCKETS_IN_MEMORY", 3)
    for number in range(10):
        rate_limits.take(Ask("photo:address", str(number)), at=NOON)
    assert [whom for _name, whom in rate_limits.buckets.full_at] == ["7", "8", "9"]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_as_many_tokens_as_there_are(settings):
    settings.LIMITS = {"report:address": Limit(5, 3600), "report:phone": Limit(50, 3600)}

    def ask(number):
        try:
            asks = [Ask("report:address", "a"), Ask("report:phone", "b")]
            return rate_limits.take(*(asks if number % 2 else reversed(asks)), at=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        all_waits = list(pool.map(ask, range(40)))
    assert sum(not waits for waits in all_waits) == 5
    assert {name for waits in all_waits for name in waits} == {"report:address"}


def test_table_of_buckets_is_not_logged():
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE oid = 'incidents_limitbucket'::regclass")
        assert cursor.fetchone() == ("u",)


# ---- each row of the table of settings ----

ROWS = {
    "report:address": "10/h", "report:phone": "5/h", "report:place": "20/h", "report:category": "600/h",
    "hold:address": "120/h", "hold:phone": "12/h", "hold:place": "60/h", "hold:category": "3000/h",
    "urgent:address": "5/h", "urgent:phone": "5/h", "urgent:unconfirmed": "20/h",
    "mail-answer:unconfirmed": "1/h", "mail-answer:all": "120/h", "mail-answer:confirmed": "7/h",
    "upload:address": "150/h", "waiting:address": "400/h",
    "open311:address": "600/min", "open311:key": "3000/h", "surge:reports": "6000/min", "surge:key": "60000/h",
    "webhook:address": "6000/min",
    "chat:address": "120/min", "me-too:address": "60/h", "answer-vote:address": "60/h", "neighbour:address": "20/h",
    "idea:person": "5/d", "idea:address": "60/d", "support:address": "600/h",
    "follow:address": "60/h", "add:report": "10/h",
    "code:own": "10/d", "code:pair": "3/d", "code:address": "20/d", "code:to": "3/d", "code:puzzled": "200/d",
    "code:to-puzzled": "10/d", "code-try:report": "5/15min", "code-try:address": "300/h",
    "puzzle:once": "1/h",
    "sign-in:pair": "10/15min", "sign-in:lock": "1/15min",
    "sign-in:address": "60/15min", "sign-in:name": "30/15min", "sign-in-page:address": "300/min",
    "photo:address": "1200/min", "search:address": "300/min", "api:address": "1200/min", "link:address": "120/min",
    "export:address": "60/min", "stream:address": "100", "lookup:address": "30000/min",
    "cost:address": "30000/2min", "cost:all": "90000/2min", "bytes:address": "600000/10min",
    "bytes:all": "6000000/10min", "report-cost:address": "30000/2min",
}  # fmt: skip


def test_every_row_of_the_table_stands_here(settings):
    assert {name: parse_limit(text) for name, text in ROWS.items()} == settings.LIMITS


@pytest.mark.parametrize("name", [name for name in ROWS if name != "stream:address"])
def test_row_gives_so_many_and_the_next_in_its_time(settings, name):
    """All tokens at once, then none, then one when one has come."""
    limit = settings.LIMITS[name]
    assert rate_limits.take(Ask(name, "x", limit.count), at=NOON) == {}
    assert rate_limits.take(Ask(name, "x"), at=NOON) == {
        name: pytest.approx(
            max(limit.step_s, 1 if rate_limits.is_shared(name) else 0), abs=1e-6
        )  # as exact as the clock
    }
    assert rate_limits.take(Ask(name, "other"), at=NOON) == {}
    assert rate_limits.take(Ask(name, "x"), at=NOON + timedelta(seconds=limit.step_s)) == {}


# The address of each row that a network reaches by asking pages, and the form in which it is told.
PAGES = [
    ("photo:address", "/photo/1/small.jpg", "json"),
    ("search:address", "/addresses/?q=Harbour", "json"),
    ("search:address", "/areas/search/?q=Old", "json"),
    ("search:address", "/report/here/?lon=10.005&lat=50.005", "json"),
    ("search:address", "/report/near/?lon=10.005&lat=50.005", "json"),
    ("search:address", "/report/kinds/?words=hole", "json"),
    ("search:address", "/report/danger/?words=hole", "json"),
    ("search:address", "/report/puzzle/", "json"),
    ("search:address", "/report/questions/?category=ST.1", "json"),
    ("search:address", "/list/?q=hole", "json"),
    ("search:address", "/box/?q=hole", "json"),
    ("search:address", "/box/groups/?q=hole", "json"),
    ("search:address", "/before-after/", "html"),
    ("search:address", "/news/", "html"),
    ("waiting:address", "/report/photos/", "json"),
    ("link:address", "/f/nothing/", "html"),
    ("link:address", "/q/nothing/", "html"),
    ("link:address", "/following/nothing/", "html"),
    ("link:address", "/t/nothing/", "html"),
    ("link:address", "/w/nothing/", "html"),
    ("link:address", "/c/nothing/", "html"),
    ("link:address", "/stop/nothing/", "html"),
    ("link:address", "/developers/keys/nothing/", "html"),
    ("link:address", "/developers/keys/new/", "html"),
    ("export:address", "/data/areas.csv", "json"),
    ("export:address", "/stats/areas.csv", "json"),
    ("open311:address", "/open311/v2/requests.json", "open311"),
    ("open311:address", "/open311/v2/requests.xml", "xml"),
    ("api:address", "/ogc/collections", "ogc"),
    ("api:address", "/feeds/all.atom", "json"),
    ("api:address", "/webhooks/", "json"),
    ("export:address", "/sitemap.xml", "json"),
    ("export:address", "/i/nothing/map.png", "json"),
    ("export:address", "/i/nothing/before-after.jpg", "json"),
    ("export:address", "/news/0/map.png", "json"),
    ("webhook:address", "/hooks/zalo/", "json"),
    ("webhook:address", "/hooks/voice/night", "json"),
    ("chat:address", "/chat/", "html"),
    ("chat:address", "/chat/lines/", "html"),
    ("sign-in-page:address", "/sign-in/", "html"),
    ("sign-in-page:address", "/sign-in/second/", "html"),
    ("sign-in-page:address", "/sign-in/passkey/", "json"),
    ("sign-in-page:address", "/sign-in/city/", "html"),
    ("sign-in-page:address", "/sign-in/city/back/", "html"),
    ("sign-in-page:address", "/sign-in/city/sign-out/", "json"),
]
SAID = "Too many requests from here. Please try again in 30 seconds."
FORMS = {
    "json": f'{{"error": "{SAID}", "code": 429}}',
    "open311": f'[{{"code": 429, "description": "{SAID}"}}]',
    "xml": '<?xml version="1.0" encoding="utf-8"?>\n'
    f"<errors><error><code>429</code><description>{SAID}</description></error></errors>",
    "ogc": f'{{"code": "TooManyRequests", "description": "{SAID}"}}',
}


def stranger(address):
    """Return an anonymous client at this address, in English."""
    client = Client(REMOTE_ADDR=address)
    client.cookies["django_language"] = "en"
    return client


@pytest.mark.usual_rows(14)
@pytest.mark.parametrize(("name", "address", "form"), PAGES)
def test_page_is_answered_429_in_its_own_form(town, settings, standing_clock, name, address, form):
    settings.LIMITS = settings.LIMITS | {name: Limit(1, 30)}
    ask = {"path": address, "headers": {"Accept": "text/html"} if form == "html" else {}}
    first, second = (stranger("203.0.113.7").get(**ask) for _time in range(2))
    elsewhere = stranger("203.0.113.8").get(**ask)
    assert (first.status_code == 429, second.status_code, elsewhere.status_code == 429) == (False, 429, False)
    assert (second["Retry-After"], second["Cache-Control"]) == ("30", "no-store")
    if form == "html":
        assert SAID in second.text
        assert "<h1>Too many requests</h1>" in second.text
    else:
        assert second.text == FORMS[form]


def test_neighbours_in_one_ipv6_network_share_their_tokens(town, settings):
    settings.LIMITS = settings.LIMITS | {"search:address": Limit(1, 30)}
    statuses = [Client(REMOTE_ADDR=address).get("/addresses/?q=x").status_code
             for address in ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")]  # fmt: skip
    assert statuses == [200, 429, 200]


def test_who_is_signed_in_has_no_limit_by_address(client, town, officer, settings):
    settings.LIMITS = settings.LIMITS | {"search:address": Limit(1, 30)}
    client.force_login(officer)
    assert [client.get("/addresses/?q=x").status_code for _time in range(3)] == [200] * 3


def test_form_that_was_sent_is_told_that_it_was_not_kept(town, settings):
    settings.LIMITS = settings.LIMITS | {"link:address": Limit(1, 300)}
    report = factories.incident(town.hole).reports.get()
    options = {"headers": {"Accept": "text/html"}}
    responses = [
        stranger("203.0.113.7").post(f"/f/{report.token}/answer/", {"note": "x"}, **options) for _time in range(2)
    ]
    assert responses[1].status_code == 429
    assert "try again in 5 minutes" in responses[1].text
    assert "What you sent was not saved." in responses[1].text


def test_limits_can_be_switched_off(client, town, settings):
    settings.LIMITS = {}
    assert rate_limits.take(Ask("report:address", "a")) == {}
    assert not rate_limits.are_reached(Ask("report:address", "a"))
    assert client.get("/addresses/?q=x").status_code == 200


def test_network_has_so_many_streams_open_and_no_more(settings):
    settings.LIMITS = {"stream:address": Limit(2)}
    streams, factory = rate_limits.OpenStreams(), RequestFactory()
    opened = []
    for _time in range(2):
        assert not streams.is_full("203.0.113.7")
        opened.append(rate_limits.too_many_response(with_match(factory.get("/")), 1))
        streams.count_until_closed("203.0.113.7", opened[-1])
    assert (streams.is_full("203.0.113.7"), streams.is_full("203.0.113.8")) == (True, False)
    opened.pop().close()
    assert not streams.is_full("203.0.113.7")
    opened.clear()  # one that is gone without having been closed counts no more
    assert streams.open == {}


def test_one_stream_too_many_is_told_when_to_come_again(settings, monkeypatch):
    settings.LIMITS = settings.LIMITS | {"stream:address": Limit(2)}
    monkeypatch.setattr(rate_limits, "streams", rate_limits.OpenStreams())
    rate_limits.streams.open["203.0.113.7"] = 2
    answer = stranger("203.0.113.7").get("/live/")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")


def with_match(request):
    request.resolver_match = None
    return request


def test_periods_are_those_that_the_settings_name():
    assert PERIODS == {"s": 1, "min": 60, "h": 3600, "d": 86_400}
    assert now() > NOON - timedelta(days=36_500)
