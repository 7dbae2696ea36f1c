"""Storing reports step by step, in one round trip or many in a transaction gives the same rows."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.gis.geos import Point
from django.db import IntegrityError, connection
from django.utils.timezone import localtime, now

from geoapp.db import connections
from geoapp.http import rate_limits
from geoapp.http.rate_limits import Ask
from geoapp.http.token_bucket import Limit
from incidents import photos, reporting, timeline
from incidents.models import (
    AreaShare,
    Category,
    Event,
    HeldReport,
    Incident,
    LimitBucket,
    Report,
    RoutingRule,
    ServiceLevel,
    WatchedWord,
)
from incidents.reporting import batch, building
from incidents.reporting.sender import Sender
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MOMENT = localtime(now()).replace(microsecond=123456)
PHONE, EMAIL = "+84901234567", "ann@example.org"
KNOWN = Sender(network="203.0.113.7", confirmed=frozenset({PHONE}))
WEB = Sender(network="203.0.113.7", puzzle=True, puzzle_solved=True)
NEAR_BORDER = Point(10.0098, 50.005, srid=4326)
CASES = {
    "plain": {},
    "by a stranger": {"sender": WEB},
    "with a phone that was confirmed": {"phone": PHONE, "email": EMAIL, "sender": KNOWN},
    "by phone": {"channel": "phone", "phone": PHONE, "by": "operator"},
    "by another system": {"channel": "open311", "email": EMAIL, "sender": Sender()},
    "by chat": {"channel": "zalo", "chat": "4711", "language": "en"},
    "by a camera": {"channel": "camera", "by": "operator"},
    "without a word": {"text": ""},
    "with contacts in its words": {"text": "0901 234 567\n or ann@example.org", "address": "1 Lê Lợi, 0901234567"},
    "to the duty desk": {"category": "ST.9"},
    "urgent": {"category": "WA.1", "sender": WEB},
    "never public": {"category": "ST.3", "notice_version": "3"},
    "in working days": {"category": "ST.2"},
    "in working hours": {"category": "ST.4"},
    "around the clock": {"category": "ST.5"},
    "as agreed with a unit": {"category": "ST.6"},
    "in the other ward": {"place": factories.IN_NEW},
    "on the border": {"place": factories.ON_BORDER},
    "near the border": {"place": NEAR_BORDER},
    "known to within some metres": {"accuracy_m": 12.5},
    "vague": {"place": NEAR_BORDER, "accuracy_m": 80.0},
    "vague in a ward": {"place": NEAR_BORDER, "accuracy_m": 80.0, "ward_named": True},
    "let through": {"public_text": "Covered", "received_at": MOMENT - timedelta(hours=3)},
    "with a photo": {"pictures": "photo"},
    "of the same incident": {"join": "incident", "text": "It is deeper now"},
    "watched": {"text": "All of it is gambling", "sender": WEB, "category": "ST.2"},
    "watched and urgent": {"text": "All of it is gambling", "sender": WEB, "category": "WA.1"},
    "outside": {"place": factories.OUTSIDE},
    "too long": {"text": "x" * 4001},
    "a group": {"category": "ST"},
}  # fmt: skip


@pytest.fixture
def people(town, operator, monkeypatch):
    """The town with more targets at a fixed moment, and the people of the cases."""
    for code, times in {"ST.4": ("30wmin", "4wh"), "ST.5": ("30min", "10d"), "ST.6": ("1h", "1d")}.items():
        accept, resolve = times
        leaf = factories.leaf(code, town.streets, code, code, "c-road", accept_within=accept, resolve_within=resolve)
        RoutingRule.objects.create(category=leaf, reason="Việc này do phường xử lý.")
        if code == "ST.6":
            ServiceLevel.objects.create(category=leaf, authority=town.office, accept_within="2wh", resolve_within="3wd")
    WatchedWord.watch("gambling")
    monkeypatch.setattr(building, "now", lambda: MOMENT)
    return {"operator": operator}


@pytest.fixture
def news():
    """Listener to the live streams that returns so many items."""
    with connections.connect() as listener:
        listener.execute(f"LISTEN {timeline.CHANNEL}")

        def read_news(count):
            if not count:
                return []
            return [
                json.loads(notification.payload) for notification in listener.notifies(stop_after=count, timeout=60)
            ]

        yield read_news


def incoming_of(case, people):
    """A fresh (IncomingReport, Sender or None) of a case."""
    fields = {"channel": "web", "category": "ST.1", "place": factories.IN_OLD, "text": "Knee deep"} | case
    sender = fields.pop("sender", None)
    fields["category"] = Category.objects.get(code=fields["category"])
    fields["by"] = people.get(fields.pop("by", None))
    if "pictures" in fields:
        fields["pictures"] = [photos.read_photo(factories.picture())]
    if "join" in fields:
        fields["join"] = factories.incident(Category.objects.get(code="ST.1"))
    return reporting.IncomingReport(**fields), sender


def rows_of(outcome, news):
    """All rows of a report by field, without values that always differ."""
    if isinstance(outcome, Exception):
        return type(outcome), str(outcome)
    if isinstance(outcome, HeldReport):
        return row_without(HeldReport.objects.filter(pk=outcome.pk).values().get(), "id sending token held_at")
    incident = Incident.objects.filter(reports=outcome)
    lines = list(Event.objects.filter(incident__in=incident).values())
    mine = lines[-1:] if lines[-1]["kind"] == "joined" else lines
    numbers = {line["id"]: place for place, line in enumerate(lines)}
    for line in mine:
        if words := (line["receipt"] or {}).get("words"):  # the number of the report, and a digest with it
            line["receipt"] = words["report"] == outcome.pk
    items = sorted((item for item in news if item["id"] in numbers), key=lambda item: item["id"])
    return {
        "incident": row_without(incident.values().get(), "id reference search_text"),
        "searched": incident.get().search_text.split()[2:],  # after the reference
        "report": row_without(Report.objects.filter(pk=outcome.pk).values().get(), "id incident_id sending token"),
        "token": len(Report.objects.get(pk=outcome.pk).token),
        "lines": [row_without(line, "id incident_id at salt") | {"place": numbers[line["id"]]} for line in mine],
        "sealed": [line["salt"] is not None and line["at"] <= now() for line in mine],
        "shares": list(AreaShare.objects.filter(incident__in=incident).values("area", "share")),
        "photos": list(outcome.photos.values("width", "height", "public", "masking", "held_reason")),
        "jobs": jobs_of(incident.get().pk, numbers),
        "news": [
            row_without(item, "at reference")
            | {"id": numbers[item["id"]], "traced": item["traced"] and item["traced"] == incident.get().pk}
            for item in items[-len(mine) :]
        ],
    }


def row_without(row, names):
    return {name: value for name, value in row.items() if name not in names.split()}


def jobs_of(incident, numbers):
    """Queued jobs of an incident in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, task_name, priority, lock, queueing_lock, scheduled_at, status, args"
            " FROM procrastinate_jobs WHERE (args->>'incident_id')::bigint = %s"
            " OR (args->>'event_id')::bigint = ANY (%s) ORDER BY id",
            [incident, list(numbers)],
        )
        jobs = [(*row, json.loads(args)) for *row, args in cursor.fetchall()]
    return [
        (*row, args | ({"event_id": numbers[args["event_id"]]} if "event_id" in args else {"incident_id": "its"}))
        for *row, args in jobs
    ]


def receive_all(reports):
    return [batch.outcome_of(reporting.receive, *arrival) for arrival in reports]


def receive_all_together(reports):
    return batch.receive_together(batch.look_up(reports))


def receive_each_together(reports):
    return [batch.receive_together(batch.look_up([arrival]))[0] for arrival in reports]


def play(way, people, news):
    """{case: all its rows} where reports are received in this way."""
    reports = [incoming_of(case, people) for case in CASES.values()]
    news(Event.objects.count() - people.get("heard", 0))  # of the incidents that are joined
    before = Event.objects.count()
    outcomes = way(reports)
    people["heard"] = Event.objects.count()
    heard = news(people["heard"] - before)
    return {name: rows_of(outcome, heard) for name, outcome in zip(CASES, outcomes, strict=True)}


def test_every_way_stores_the_same_rows(people, news, monkeypatch, settings):
    settings.LIMITS = settings.LIMITS | {"urgent:address": Limit(100, 3600)}  # each way sends some from one network
    with monkeypatch.context() as only:
        only.setattr(building.NewReport, "is_plain", False)
        expected = play(receive_all, people, news)
    assert [name for name, rows in expected.items() if not isinstance(rows, dict)] == ["outside", "too long", "a group"]
    assert [name for name, rows in expected.items() if "reasons" in rows] == ["watched", "watched and urgent"]
    for way in (receive_all, receive_all_together, receive_each_together):
        stored_rows = play(way, people, news)
        assert [name for name in CASES if stored_rows[name] != expected[name]] == []


def partner_report(town, sending=None):
    """(IncomingReport, Sender) of a partner's system."""
    more = {"sending": sending} if sending else {}
    return reporting.IncomingReport("open311", town.hole, factories.IN_OLD, **more), Sender()


def test_what_comes_together_is_committed_together(town):
    receive_all_together([partner_report(town) for _n in range(5)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT xmin::text) FROM incidents_event")
        assert cursor.fetchone() == (10, 1)


def test_the_same_report_twice_at_once_is_one(town):
    sending = uuid4()
    first, second, third = receive_all_together(
        [partner_report(town, sending), partner_report(town, sending), partner_report(town)]
    )
    assert (first.pk, Incident.objects.count()) == (second.pk, 2)
    assert third.pk != first.pk


def test_one_that_was_stored_meanwhile_keeps_no_other_back(town):
    """Another process stored one of them: PostgreSQL refuses all, and each is retried alone."""
    sending = uuid4()
    arrivals = batch.look_up([partner_report(town), partner_report(town, sending), partner_report(town)])
    stored = reporting.receive(*partner_report(town, sending))
    outcomes = batch.receive_together(arrivals)
    assert outcomes[1].pk == stored.pk
    assert sorted(report.pk for report in outcomes) == sorted(Report.objects.values_list("pk", flat=True))
    assert Incident.objects.count() == 3


def test_nothing_is_left_of_a_transaction_that_failed(town):
    first = reporting.receive(reporting.IncomingReport("web", town.hole, factories.IN_OLD))
    again = Report(pk=first.pk, incident=first.incident, channel="web", place=factories.IN_OLD)
    with pytest.raises(IntegrityError):
        store(Report(pk=first.pk + 1, incident=first.incident, channel="web", place=factories.IN_OLD), again)
    assert (Report.objects.count(), connection.in_atomic_block) == (1, False)


def store(*reports):
    with connections.open_pipelined_transaction() as pipeline:
        pipeline.insert(reports)


def test_tokens_taken_at_once_are_those_taken_in_turn(town, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"hold:place": Limit(2, 3600), "hold:category": Limit(3, 3600)}
    questions = [[Ask("hold:place", place), Ask("hold:category", "ST.1")] for place in "aabacd"]
    in_turn = [rate_limits.take(*asks) for asks in questions]
    assert [" ".join(sorted(waits)) for waits in in_turn] == [
        "",
        "",
        "",
        "hold:category hold:place",
        *["hold:category"] * 2,
    ]
    left = sorted(LimitBucket.objects.values_list("key", "full_at"))
    for at_once in (1, 2, 3, 6):
        LimitBucket.objects.all().delete()
        parts = [questions[n : n + at_once] for n in range(0, 6, at_once)]
        assert [waits for part in parts for waits in rate_limits.take_each([*part, []])[:-1]] == in_turn
        assert sorted(LimitBucket.objects.values_list("key", "full_at")) == left
