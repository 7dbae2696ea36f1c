"""Test what supervisors see of everybody's viewing, and what everybody sees of their own."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.utils import translation
from django.utils.timezone import get_default_timezone, now

from cameras.models import Flag
from cameras.viewlog import ledger, unusual
from cameras.viewlog.unusual import Line, Pattern
from incidents.models import Membership, Notice, User
from tests import factories
from tests.cameras.conftest import camera, keeps

NOON = datetime(2026, 11, 24, 12, tzinfo=get_default_timezone())
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def supervisor(town):
    person = factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR)
    User.objects.filter(pk=person.pk).update(email="supervisor@example.vn", language="en")
    person.refresh_from_db()
    return person


@pytest.fixture
def watching(client, supervisor):
    client.force_login(supervisor)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def written_looks(eye, controller, operator, incident):
    """Record that two people looked: at a wall, at an incident's kept picture, and for a stated purpose."""
    second = camera("B2", name="=Quay")
    evidence = keeps(eye, incident)
    ledger.record_viewing(controller, "wall", [eye.pk, second.pk])
    ledger.record_viewing(controller, "focus", [eye.pk], incident=incident, evidence=[evidence.pk])
    ledger.record_viewing(operator, "history", [second.pk], hour=now(), purpose="@lost child")
    return second


def shown_lines(client, **parameters):
    """Return the numbers of the lines on the page."""
    page = client.get("/cameras/looks/", parameters)
    return page.status_code, [look.pk for look in page.context["page"]]


def test_view_log_is_filtered_by_each_of_its_fields(watching, written_looks, incident, today):
    today, before = today.isoformat(), (today - timedelta(days=3)).isoformat()
    assert shown_lines(watching) == (200, [3, 2, 1])
    assert {name: shown_lines(watching, **parameters)[1] for name, parameters in {
        "person": {"person": "controller"},
        "camera": {"camera": "B2"},
        "incident": {"incident": incident.reference},
        "kind": {"how": "history"},
        "several": {"person": "controller", "camera": "A1", "how": "wall"},
        "today": {"from": today, "to": today},
        "other days": {"from": before, "to": before},
    }.items()} == {
        "person": [2, 1], "camera": [3, 1], "incident": [2], "kind": [3], "several": [1], "today": [3, 2, 1],
        "other days": [],
    }  # fmt: skip


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"person": "nobody"}, "There is no such person."),
        ({"camera": "none"}, "There is no such camera."),
        ({"incident": "none"}, "There is no such incident."),
        ({"how": "dream"}, "There is no such kind of view."),
        ({"from": "today"}, "Write dates like 2026-11-24."),
        ({"from": "2026-11-25", "to": "2026-11-24"}, "The first day is after the last one."),
    ],
)
def test_what_cannot_be_understood_is_said(watching, written_looks, parameters, fault):
    page = watching.get("/cameras/looks/", parameters)
    assert (page.status_code, page.context["faults"]) == (400, [fault])
    as_file = watching.get("/cameras/looks.csv", parameters)
    assert (as_file.status_code, as_file.content.decode()) == (400, fault)


def test_the_file_says_the_same_and_no_cell_begins_a_formula(watching, written_looks, eye, incident):
    text = watching.get("/cameras/looks.csv").content.decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(text))
    assert heads == [
        "Number", "Time", "Done by", "User name", "How", "Cameras", "Saved pictures", "Pictures of the last hour",
        "Incident",
        "Purpose", "Pictures shown",
    ]  # fmt: skip
    assert [[row[0], *row[3:6], *row[8:]] for row in rows] == [
        ["3", "operator", "earlier pictures", "'=Quay (B2)", "", "'@lost child", "1"],
        ["2", "controller", "opened in the control room", "Harbour A1 (A1)", incident.reference, "", "2"],
        ["1", "controller", "on the wall", "Harbour A1 (A1); =Quay (B2)", "", "", "2"],
    ]


def test_everybody_sees_the_own_looks_and_nobody_elses(client, written_looks, controller, officer, incident):
    for user, expected in ((controller, [2, 1]), (officer, [])):
        client.force_login(user)
        for parameters in ({}, {"person": "operator"}):
            page = client.get("/cameras/looks/mine/", parameters)
            assert [look.pk for look in page.context["page"]] == expected
            assert "/watch/" not in page.content.decode()
    assert client.get("/cameras/looks/").status_code == 404


def test_of_a_kept_picture_it_is_said_which_camera_took_it(watching, officer, eye, incident):
    evidence = keeps(eye, incident)
    ledger.record_viewing(officer, "export", incident=incident, evidence=[evidence.pk, 999], purpose="Court")
    ledger.record_viewing(officer, "focus", [777])
    page = watching.get("/cameras/looks/", {"camera": "A1"})
    assert [(look.how, look.seen) for look in page.context["page"]] == [("export", ["Harbour A1 (A1)"])]
    assert f'href="/evidence/{incident.reference}/"' in page.content.decode()
    assert watching.get("/cameras/looks/").context["page"][0].seen == ["camera 777 (removed)"]
    assert "Harbour A1 (A1)" in watching.get("/cameras/looks.csv").content.decode()


def test_the_page_asks_the_same_few_questions_however_long_it_is(
    watching, controller, eye, django_assert_max_num_queries
):
    for number in range(150):
        ledger.record_viewing(controller, "export", [eye.pk], purpose=str(number))
    with django_assert_max_num_queries(12):
        page = watching.get("/cameras/looks/")
    assert len(page.context["page"]) == 100
    assert shown_lines(watching, page=2) == (200, list(range(50, 0, -1)))


# ---- what is unusual


def cameras(count, minutes, how="focus", incident=None):
    """Return lines that view so many cameras, one after the other, evenly over so many minutes."""
    return [Line(NOON + MINUTE * minutes * n / count, how, (n,), incident) for n in range(count)]


def night(hour, incident=None):
    return [Line(NOON.replace(hour=hour), "focus", (1,), incident)]


@pytest.mark.parametrize(
    ("rule", "lines", "habit", "count"),
    [
        ("many", cameras(121, 9), True, 121),
        ("many", cameras(120, 9), True, None),
        ("many", cameras(240, 30), True, None),  # 80 in ten minutes
        ("many", cameras(200, 9, how="wall"), True, None),
        ("many", cameras(200, 9, incident=5), True, None),
        ("many", [Line(NOON, "history", tuple(range(150)))], True, 150),
        ("many", cameras(100, 5) + cameras(100, 5), True, None),  # the same hundred
        ("elsewhere", [Line(NOON + MINUTE * n, "focus", (1,), n, True) for n in range(41)], True, 41),
        ("elsewhere", [Line(NOON + MINUTE * n, "focus", (1,), n, True) for n in range(40)], True, None),
        ("elsewhere", [Line(NOON + MINUTE * n, "focus", (1,), n, False) for n in range(59)], True, None),
        ("elsewhere", [Line(NOON + MINUTE * n * 3, "focus", (1,), n, True) for n in range(60)], True, None),
        ("night", night(23), False, 1),
        ("night", night(3), False, 1),
        ("night", night(3), True, None),
        ("night", night(3, incident=7), False, None),
        ("night", night(5) + night(21), False, None),
        ("long", [Line(NOON + MINUTE * 5 * n, "live", (1,)) for n in range(36)], True, 180),
        ("long", [Line(NOON + MINUTE * 5 * n, "live", (1,)) for n in range(35)], True, None),
        ("long", [Line(NOON + MINUTE * 5 * n, "live", (n % 2,)) for n in range(70)], True, None),
        ("long", [Line(NOON + MINUTE * 5 * n, "wall", (1,)) for n in range(90)], True, None),
        ("long", [Line(NOON, "live", (1,))] * 99, True, None),
        ("many", [], True, None),
        ("elsewhere", [], True, None),
        ("night", [], False, None),
        ("long", [], True, None),
    ],
)
def test_what_each_rule_finds(rule, lines, habit, count):
    pattern = unusual.RULES[rule](lines, habit)
    assert (pattern and pattern.count) == count
    assert pattern is None or pattern.first <= pattern.last


def test_every_rule_has_its_words():
    assert set(unusual.RULES) == set(Flag.Rule)


def test_a_window_is_said_by_its_ends():
    moments = [NOON + MINUTE * n for n in (0, 20, 21, 22, 50)]
    pattern = unusual.most_different_within(list(zip(moments, "aabca", strict=True)), timedelta(minutes=10))
    assert pattern == Pattern(moments[1], moments[3], 3)


def test_unusual_viewing_is_flagged_and_notified_once_a_day(watching, operator, supervisor, town, today):
    ledger.record_viewing(operator, "picture", range(1, 130))
    assert unusual.flag_lately() == 1
    for more in (200, 300):
        ledger.record_viewing(operator, "picture", range(1, more))
        assert unusual.flag_lately() == 0
    flag = Flag.objects.get()
    assert (flag.rule, flag.by, flag.day, flag.count) == ("many", operator, today, 299)
    notice = Notice.objects.get()
    assert (notice.address, notice.template) == ("supervisor@example.vn", "unusual_looking")
    assert "operator viewed cameras in an unusual way" in notice.text
    assert "more than 120 cameras in 10 minutes without an incident" in notice.text
    page = watching.get("/cameras/looks/").content.decode()
    assert "Unusual views" in page
    assert "person=operator" in page
    assert "Unusual views" not in watching.get("/cameras/looks/", {"person": "supervisor"}).content.decode()


def test_evidence_views_are_unusual_only_for_other_units(controller, officer, town, eye, monkeypatch, today):
    """People of the responsible unit look at its incidents; the control room looks at those of others."""
    monkeypatch.setattr(unusual, "MANY_INCIDENTS", 2)
    for _number in range(3):
        incident = factories.incident(town.hole)
        evidence = keeps(eye, incident)
        for user in (controller, officer):
            ledger.record_viewing(user, "evidence", [eye.pk], incident=incident, evidence=[evidence.pk])
    unusual.flag_day(today)
    assert list(Flag.objects.values_list("rule", "by__username", "count")) == [("elsewhere", "controller", 3)]


def test_whether_a_night_is_usual_follows_from_the_days_before(operator, controller, town, monkeypatch):
    def looks(user, moment, camera=1):
        monkeypatch.setattr(ledger, "now", lambda: moment)
        ledger.record_viewing(user, "focus", [camera])

    today = NOON.replace(hour=2)
    looks(controller, today - timedelta(days=1))
    assert unusual.looks_at_night(operator.pk, today)  # nobody can know
    looks(controller, today - timedelta(days=20), camera=2)
    assert not unusual.looks_at_night(operator.pk, today)
    assert unusual.looks_at_night(controller.pk, today)
    looks(operator, today)
    looks(controller, today)
    unusual.flag_day(today.date())
    assert list(Flag.objects.values_list("rule", "by__username", "day")) == [("night", "operator", today.date())]
