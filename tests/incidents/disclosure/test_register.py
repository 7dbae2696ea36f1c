"""The register of who looked at whose personal data: written down before, sealed, filtered, and flagged."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.timezone import get_default_timezone

from incidents.disclosure import register, subject_requests
from incidents.escalation import unusual_views
from incidents.escalation.unusual_views import ViewLine
from incidents.models import (
    Membership,
    Notice,
    PersonalDataView,
    PersonalDataViewHead,
    UnusualView,
)
from tests import factories, owner

H = PersonalDataView.How
PHONE = "+84901234567"


@pytest.fixture
def keeper(town):
    return factories.person("keeper", town.desk, Membership.Role.PRIVACY)


@pytest.fixture
def report(town):
    return factories.incident(town.hole, phone=PHONE).reports.get()


@pytest.fixture
def viewed_report(report, officer):
    """A register of three lines."""
    for how in (H.DESK, H.MESSAGE, H.REQUEST):
        register.record_views(how, [report], by=officer)


def lines():
    return list(PersonalDataView.objects.order_by("pk").values_list("pk", "how", "by__username", "reports"))


def test_shown_contact_of_desk_is_in_the_register(client, report, officer):
    client.force_login(officer)
    assert client.post(f"/desk/{report.incident.reference}/contact/").status_code == 200
    assert lines() == [(1, "desk", "officer", [report.pk])]


def test_shown_address_of_a_message_is_in_the_register(client, town, report):
    client.force_login(factories.person("boss", town.desk, Membership.Role.SUPERVISOR))
    notice = Notice.objects.create(address=PHONE, medium="sms", text="x", report=report)
    client.post(f"/notices/{notice.pk}/address/")
    assert lines() == [(1, "message", "boss", [report.pk])]
    assert PersonalDataView.objects.get().incident == report.incident


def test_request_and_hand_out_are_in_the_register(client, report, keeper):
    subject_request = subject_requests.record_request("access", by=keeper, phone=PHONE)
    client.force_login(keeper)
    client.get(f"/privacy/{subject_request.pk}/")
    client.get(f"/privacy/{subject_request.pk}/?look")
    assert client.post(f"/privacy/{subject_request.pk}/data.zip").getvalue()
    assert lines() == [(1, "request", "keeper", [report.pk]), (2, "data", "keeper", [report.pk])]
    assert set(PersonalDataView.objects.values_list("request", flat=True)) == {subject_request.pk}


def test_each_incident_of_a_request_has_a_line(town, officer):
    both = [factories.incident(town.hole, phone=PHONE).reports.get() for _n in range(2)]
    register.record_views(H.REQUEST, both, by=officer)
    assert [(line.incident_id, line.reports) for line in PersonalDataView.objects.order_by("pk")] == [
        (report.incident_id, [report.pk]) for report in both
    ]


def test_nothing_is_shown_where_it_cannot_be_written_down(client, report, officer, settings):
    client.force_login(officer)
    with owner.as_owner() as cursor:
        cursor.execute(
            "CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''full''; END'"
        )
        cursor.execute(
            "CREATE TRIGGER disk_is_full BEFORE INSERT ON incidents_personaldataview"
            " FOR EACH ROW EXECUTE FUNCTION pg_temp.full()"
        )
    client.raise_request_exception = False
    with transaction.atomic():
        answer = client.post(f"/desk/{report.incident.reference}/contact/")
        transaction.set_rollback(True)
    assert (answer.status_code, PHONE in answer.content.decode()) == (500, False)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incidents_personaldataview SET how = 'link' WHERE id = 2",
        "DELETE FROM incidents_personaldataview WHERE id = 3",
        "DELETE FROM incidents_personaldataview",
        "TRUNCATE incidents_personaldataview",
    ],
)
def test_database_refuses_to_change_the_register(viewed_report, statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic(), owner.as_owner() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("statement", "fault", "right"),
    [
        ("UPDATE incidents_personaldataview SET reports = '{}' WHERE id = 2", "Line 2 was altered.", 1),
        (
            "DELETE FROM incidents_personaldataview WHERE id = 2",
            "Line 3 follows line 1: what was between was removed.",
            1,
        ),
        ("SELECT 1", "", 3),
    ],
)
def test_verifying_finds_what_was_changed_all_the_same(viewed_report, statement, fault, right):
    with owner.without_guards("incidents_personaldataview") as cursor:
        cursor.execute(statement)
    with translation.override("en"):
        verdict = register.PERSONAL_VIEWS.verify()
    assert (verdict.fault, verdict.last) == (fault, right)


def test_command_says_whether_the_register_is_right(viewed_report, capsys):
    call_command("verify_ledger", "personal-views")
    assert capsys.readouterr().out.startswith("OK: 3 lines, 0 heads.")
    with pytest.raises(CommandError):
        call_command("verify_ledger", "personal-views", f"--head=2026-01-01={'00' * 32}")


def test_heads_are_published_and_old_lines_go_up_to_one(viewed_report, client, moment):
    assert register.PERSONAL_VIEWS.publish_due_heads() == 0  # nothing was there yesterday
    later = (moment + timedelta(days=1)).date()
    head = register.PERSONAL_VIEWS.publish_head(later)
    assert (head.line, client.get("/privacy/views/heads.json").json()["heads"][0]["digest"]) == (3, head.hex)
    assert register.forget_old() == 0
    assert PersonalDataViewHead.objects.count() == 1


def test_only_privacy_officers_find_the_register(client, viewed_report, town, officer, keeper):
    for who, status in ((officer, 404), (keeper, 200)):
        client.force_login(who)
        for page in ("/privacy/views/", "/privacy/views.csv"):
            assert client.get(page).status_code == status


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"how": "desk"}, [1]),
        ({"person": "keeper"}, []),
        ({"person": "officer", "how": "message"}, [2]),
    ],
)
def test_register_is_filtered_and_written_into_a_file(client, viewed_report, keeper, parameters, numbers):
    client.force_login(keeper)
    rows = list(csv.reader(io.StringIO(client.get("/privacy/views.csv", parameters).content.decode("utf-8-sig"))))
    assert sorted(int(row[0]) for row in rows[1:]) == numbers
    assert client.get("/privacy/views/", parameters).context["page"].paginator.count == len(numbers)


def test_a_filter_that_is_nothing_is_told(client, viewed_report, keeper):
    client.force_login(keeper)
    assert client.get("/privacy/views/", {"how": "x"}).status_code == 400
    assert client.get("/privacy/views.csv", {"person": "nobody"}).status_code == 400


# ---- unusual looking ----

NOON = datetime(2026, 11, 27, 12, tzinfo=get_default_timezone())
LATE, LONG_AGO = NOON.replace(hour=23), NOON - timedelta(days=91)


def views(count, seconds=1, how=H.DESK, at=NOON, ended=None):
    return [ViewLine(at + timedelta(seconds=n * seconds), how, n, ended) for n in range(count)]


@pytest.mark.parametrize(
    ("rule", "lines", "habit", "expected"),
    [
        ("many", views(30), True, None),
        ("many", views(31), True, 31),
        ("many", views(31, how=H.REQUEST), True, None),
        ("many", views(31, seconds=21), True, None),
        ("day", views(150, seconds=200), True, None),
        ("day", views(151, seconds=200), True, 151),
        ("old", views(6), True, None),
        ("old", views(5, ended=LONG_AGO), True, None),
        ("old", views(6, ended=LONG_AGO), True, 6),
        ("old", views(6, ended=NOON - timedelta(days=80)), True, None),
        ("night", views(2, at=LATE), False, 2),
        ("night", views(2, at=LATE), True, None),
        ("night", views(2), False, None),
    ],
)
def test_what_is_unusual(rule, lines, habit, expected):
    pattern = unusual_views.RULES[rule](lines, habit)
    assert (pattern and pattern.count) == expected


def test_unusual_looking_is_flagged_once_and_told_to_the_others(town, officer, keeper, client):
    other = factories.person("other-keeper", town.desk, Membership.Role.PRIVACY)
    for person in (keeper, other):
        person.email = f"{person.username}@example.org"
        person.save()
    report = factories.incident(town.hole).reports.get()
    for _n in range(2):
        register.record_views(H.DESK, [report], by=keeper)
    day = PersonalDataView.objects.first().at.astimezone(get_default_timezone()).date()
    pattern = unusual_views.Pattern(PersonalDataView.objects.first().at, PersonalDataView.objects.first().at, 31)
    assert len(unusual_views.store_flag("many", keeper.pk, day, pattern)) == 1
    assert unusual_views.store_flag("many", keeper.pk, day, pattern) == []
    assert [notice.address for notice in Notice.objects.all()] == ["other-keeper@example.org"]
    client.force_login(other)
    assert [flag.count for flag, _link in client.get("/privacy/views/").context["flags"]] == [31]


def test_a_day_without_unusual_looks_has_no_flag(viewed_report):
    assert unusual_views.flag_lately() == 0
    assert not UnusualView.objects.exists()
