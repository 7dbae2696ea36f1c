"""The watch over deadlines: every unit counted by hand, what is late, more time, quiet changes; never a contact."""

import csv
import io
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import now
from pytest_django.asserts import assertContains

from geoapp.http.query_parameters import QueryError
from incidents import timeline, workflow
from incidents.analytics import oversight
from incidents.analytics.oversight import OversightQuery, UnitFigures
from incidents.models import EscalationStep, Event, Extension, Incident, Membership, Rating, Reminder
from tests import factories

K = Event.Kind
PAGES = ["watch", "watch-late", "watch-extensions", "watch-changes", "watch-rules"]
FILES = [f"{name}-csv" for name in PAGES]
PHONE, EMAIL = "0901234567", "an@example.org"


@pytest.fixture
def watcher(town):
    return factories.person("watcher", town.desk, Membership.Role.SUPERVISOR)


@pytest.fixture
def day(town, officer, outsider):
    """At Old Wharf: one accepted after two hours, done late with 12 more hours; one disputed, upheld; one late now."""
    at = now()

    def ago(hours):
        return at - timedelta(hours=hours)

    done = factories.incident(town.hole, phone=PHONE, email=EMAIL)
    events = [
        (K.ASSIGNED, ago(80)),
        (K.HANDED_OVER, ago(70)),
        (K.ACCEPTED, ago(68)),
        (K.RESOLVED, ago(5)),
    ]
    for kind, moment in events:
        Event.objects.create(incident=done, kind=kind, state="assigned", at=moment, authority=town.office, note="Xong")
    Incident.objects.filter(pk=done.pk).update(
        received_at=ago(80), due_at=ago(20), first_due_at=ago(32), closed_at=ago(5), state="resolved"
    )
    extension = Extension.objects.create(
        incident=done, asked_by=officer, asked_at=ago(40), reason=f"=Chờ vật tư, gọi {PHONE}", was_due_at=ago(32),
        until=ago(20), granted=True, decided_by=outsider, decided_at=ago(39), note="Được",
    )  # fmt: skip
    result = done.timeline.last()
    Rating.objects.create(report=done.reports.get(), result=result, stars=3)
    disputed = factories.incident(town.waste)
    for kind in (K.DISPUTED, K.UPHELD):
        Event.objects.create(incident=disputed, kind=kind, state="working", note=f"Chưa xong, {PHONE}")
    late = factories.incident(town.hole, place=factories.IN_OLD, text="Hố sâu giữa đường")
    Incident.objects.filter(pk=late.pk).update(received_at=ago(60), due_at=ago(12))
    step = EscalationStep.objects.create(target="resolve", offset="0", who="head")
    Reminder.objects.create(incident=late, step=step, deadline=ago(12))
    Reminder.objects.create(incident=late, step=step, deadline=ago(13), told=False)
    return SimpleNamespace(done=done, disputed=disputed, late=late, extension=extension)


def test_every_unit_counted_by_hand(town, day):
    rows, total = oversight.count_units(OversightQuery.usual())
    office = UnitFigures(
        open=2, late=1, done=1, done_late=1, in_time=0, in_time_first=0, to_accept=2.0, to_resolve=75.0, asked=1,
        granted=1, disputes=1, upheld=1, stars=3.0, ratings=1, reminders=1,
    )  # fmt: skip
    assert [(row.unit.code, round_off(row)) for row in rows[:1]] == [("old", office)]
    assert {row.unit.code for row in rows[1:]} == {"new", "water", "desk"}
    assert all(row == UnitFigures() for row in rows[1:])
    assert (total.open, total.stars, total.to_accept) == (2, 3.0, None)


def round_off(row):
    return oversight.replace(row, to_accept=round(row.to_accept, 2), to_resolve=round(row.to_resolve, 2))


@pytest.mark.parametrize(
    ("parameters", "units"),
    [
        ({"kind": "WARD"}, ["new", "old"]),
        ({"unit": "water"}, ["water"]),
        ({"sort": "name"}, ["water", "desk", "new", "old"]),
        ({"sort": "-open", "kind": "WARD"}, ["old", "new"]),
        ({"sort": "to_accept", "kind": "WARD"}, ["old", "new"]),
    ],
)
def test_filters_and_order(town, day, parameters, units):
    question = OversightQuery.from_parameters(query({"sort": "name"} | parameters))
    assert [row.unit.code for row in oversight.count_units(question)[0]] == units


def query(parameters):
    query_dict = QueryDict(mutable=True)
    query_dict.update(parameters)
    return query_dict


def test_a_field_counts_only_its_own(town, day):
    rows, _total = oversight.count_units(OversightQuery.from_parameters(query({"field": "WA"})))
    assert all(row == UnitFigures() for row in rows)


@pytest.mark.parametrize(
    "parameters",
    [
        {"from": "yesterday"},
        {"from": "1066-10-14"},
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"kind": "PIRATES"},
        {"unit": "nowhere"},
        {"field": "ST.1"},
        {"field": "\x07"},
        {"sort": "password"},
    ],
)
def test_odd_questions_are_refused_in_words(client, town, watcher, parameters):
    with pytest.raises(QueryError):
        OversightQuery.from_parameters(query(parameters))
    client.force_login(watcher)
    page, file = client.get(reverse("watch"), parameters), client.get(reverse("watch-csv"), parameters)
    assert (page.status_code, file.status_code) == (400, 400)
    assert page.context["faults"]


def test_what_is_late_stands_with_the_last_words_and_the_reason(client, town, watcher, day, today):
    client.force_login(watcher)
    shown = list(client.get(reverse("watch-late")).context["page"])
    assert [incident.pk for incident in shown] == [day.done.pk, day.late.pk]
    assert (shown[0].last_words, shown[0].reason) == ("Xong", "=Chờ vật tư, gọi ‹…›")
    yesterday = today - timedelta(days=20)
    before = client.get(reverse("watch-late"), {"from": yesterday, "to": yesterday})
    assert [incident.pk for incident in before.context["page"]] == [
        day.late.pk
    ]  # what is late now is late whenever one asks


def keys_by_page(question, size):
    """The keys of all that is late, as pages of this size find them one after the other."""
    pages = range(0, oversight.count_late(question), size)
    pages_of_incidents = [
        Incident.objects.filter(pk__in=oversight.late_keys(question, first, first + size)) for first in pages
    ]
    return [key for page in pages_of_incidents for key in page.order_by("due_at", "pk").values_list("pk", flat=True)]


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_late_ones_of_one_deadline_stand_on_pages_in_turn(town, day, size):
    day.late.refresh_from_db()
    for number, hours in enumerate((0, 0, 0, 0, 18)):
        incident = factories.incident(town.hole, text=f"Ổ gà {number}")
        Incident.objects.filter(pk=incident.pk).update(due_at=day.late.due_at - timedelta(hours=hours))
    question = OversightQuery.usual()
    late = list(oversight.late_incidents(question).values_list("pk", flat=True))
    assert keys_by_page(question, size) == late
    assert len(late) == oversight.count_late(question) == 7


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"kind": "WARD"}, 2), ({"unit": "old"}, 2), ({"field": "ST"}, 2), ({"unit": "water"}, 0), ({"field": "WA"}, 0),
        ({"kind": "WATER"}, 0),
    ],
)  # fmt: skip
def test_late_ones_are_counted_as_they_are_listed(town, day, parameters, count):
    question = OversightQuery.from_parameters(query(parameters))
    assert oversight.count_late(question) == oversight.late_incidents(question).count() == count


def test_more_time_says_who_asked_why_and_who_decided(client, watcher, day):
    client.force_login(watcher)
    (extension,) = client.get(reverse("watch-extensions")).context["page"]
    assert (extension.asker, extension.decider, extension.clean_reason) == (
        "officer",
        "outsider",
        "=Chờ vật tư, gọi ‹…›",
    )


@pytest.mark.parametrize(("decided", "expected"), [
    ({}, ["đồng ý", "outsider"]),
    ({"granted": False}, ["bị từ chối", "outsider"]),
    ({"granted": False, "decided_by": None}, ["hết hiệu lực: chưa ai quyết định trước bước tiếp theo"]),
])  # fmt: skip
def test_each_decision_stands_with_who_made_it(client, watcher, day, decided, expected):
    Extension.objects.filter(pk=day.extension.pk).update(**decided)
    client.force_login(watcher)
    for address in (reverse("watch-extensions"), reverse("watch-incident", args=[day.done.reference])):
        text = client.get(address).text.partition(" → ")[2][:400]
        assert [words for words in expected if words not in text] == []
    assert sheet(client, "watch-extensions-csv")[1][8:10] == [expected[0], *expected[1:], ""][:2]


def test_quiet_changes_are_those_that_the_public_does_not_see(client, town, watcher, officer, incident):
    workflow.move(incident, "accept", by=officer)
    for kind, by, public in (
        (K.GRADED, officer, True),
        (K.REDATED, None, True),
        (K.HIDDEN, officer, False),
        (K.VIEWED, officer, False),
        (K.NOTE, officer, False),
        (K.REMINDED, None, False),
        (K.ANSWERED, None, False),
    ):
        timeline.record(incident, kind, by=by, public=public, note=f"{PHONE} 10:00 → 12:00")
    client.force_login(watcher)
    shown = list(client.get(reverse("watch-changes")).context["page"])
    assert [event.kind for event in shown] == [K.NOTE, K.VIEWED, K.HIDDEN, K.REDATED, K.GRADED]
    assert shown[2].what == "công khai → không công khai · ‹…› 10:00 → 12:00"
    assert (shown[2].who, shown[3].who) == ("officer", "hệ thống")


def test_a_rule_that_was_changed_is_seen(client, town, watcher, officer):
    what = [{"changed": {"fields": ["resolve within"]}}]
    step = EscalationStep.objects.create(target="resolve", offset="0", who="head")
    for rule in (town.hole, town.city, step):
        LogEntry.objects.log_actions(officer.pk, [rule], CHANGE, change_message=what)
    client.force_login(watcher)
    latest, first = client.get(reverse("watch-rules")).context["page"]
    assert (latest.who, latest.named) == ("officer", str(step))
    assert (first.who, first.named) == ("officer", "Ổ gà")
    assert len(sheet(client, "watch-rules-csv")) == 3


def test_files_hold_no_contact_and_no_formula(client, watcher, officer, day):
    timeline.record(day.done, K.NOTE, by=officer, public=False, note=f"@chief gọi {PHONE}, {EMAIL}")
    client.force_login(watcher)
    for name in PAGES + FILES:
        text = client.get(reverse(name)).content.decode()
        assert PHONE not in text
        assert EMAIL not in text
    rows = {name: sheet(client, name) for name in FILES}
    assert [len(lines) for lines in rows.values()] == [6, 3, 2, 2, 1]
    assert rows["watch-extensions-csv"][1][5] == "'=Chờ vật tư, gọi ‹…›"
    assert rows["watch-changes-csv"][1][6].startswith("'@chief")


def test_one_incident_is_read_whole_but_for_contacts(client, watcher, outsider, officer, day):
    timeline.record(day.done, K.NOTE, by=officer, public=False, note=f"gọi {PHONE}")
    here = reverse("watch-incident", args=[day.done.reference])
    client.force_login(watcher)
    page = client.get(here)
    assert [event.kind for event in page.context["history"]][:2] == [K.NOTE, K.RESOLVED]
    assert "gọi ‹…›" in page.content.decode()
    assert PHONE not in page.content.decode()
    client.force_login(outsider)
    assert client.get(here).status_code == 404


def sheet(client, name):
    text = client.get(reverse(name)).content.decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize("role", [role for role in Membership.Role if role != Membership.Role.SUPERVISOR])
def test_nobody_else_finds_these_pages(client, town, role):
    client.force_login(factories.person("somebody", town.desk, role))
    assert {client.get(reverse(name)).status_code for name in PAGES + FILES} == {404}


@pytest.mark.parametrize(
    ("language", "kinds"),
    [
        ("vi", {"WARD": "Các đơn vị tại chỗ", "WATER": "Cấp nước", "DESK": "Tổ trực"}),
        ("en", {"WARD": "The local units", "WATER": "Water Company", "DESK": "Duty Desk"}),
    ],
)
def test_kinds_of_units_are_offered_in_words(client, watcher, language, kinds):
    client.force_login(watcher)
    client.cookies["django_language"] = language
    page = client.get(reverse("watch"))
    assert page.context["kinds"] == kinds
    for kind, words in kinds.items():
        assertContains(page, f'<option value="{kind}">{words}</option>', html=True)
