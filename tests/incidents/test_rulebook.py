"""The rules that a process keeps in memory are those that stand in the database, whoever changed them and when."""

import re
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from gis_data.addresses import geocode
from incidents import rulebook
from incidents.deadlines import service_levels
from incidents.models import Authority, CalendarDay, EscalationStep, RoutingRule, ServiceLevel
from incidents.routing import rules
from tests import factories, owner
from tests.town import RULES as WATCHED

QUICKLY = "SET lock_timeout = '2s'"


def watched_tables():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'edits_leave_a_mark' ORDER BY 1")
        return [table for (table,) in cursor.fetchall()]


def elsewhere(work):
    """Do something on a connection of its own, as another process would; returns what it gives."""
    results = []

    def does():
        try:
            results.append(work())
        finally:
            connection.close()

    thread = threading.Thread(target=does)
    thread.start()
    thread.join()
    return results[0]


def hours():
    """When Old Wharf's office works, as the rulebook in memory says it."""
    book = rulebook.current_rulebook()
    return next(unit for unit in book.units.values() if unit.code == "old").office_hours


def test_everything_that_is_kept_is_watched(town):
    rulebook.read_rulebook.cache_clear()
    with CaptureQueriesContext(connection) as captured:
        rulebook.current_rulebook()
    read = set(
        re.findall(r'(?:FROM|JOIN) "?((?:incidents|gis_data)_\w+)', " ".join(query["sql"] for query in captured))
    )
    assert sorted(read - {"incidents_edits"}) == watched_tables() == sorted(model._meta.db_table for model in WATCHED)


def test_it_is_read_once_until_something_changes(town):
    book = rulebook.current_rulebook()
    with CaptureQueriesContext(connection) as captured:
        again = rulebook.current_rulebook()
    assert (again is book, len(captured)) == (True, 1)
    Authority.objects.filter(code="old").update(office_hours="Mon 08:00-09:00")
    assert hours() == "Mon 08:00-09:00"


@pytest.mark.parametrize("model", WATCHED, ids=lambda model: model.__name__)
def test_each_kind_of_edit_of_each_table_is_seen_at_once(town, model):
    table, seen = model._meta.db_table, [rulebook.current_rulebook()]
    with connection.cursor() as cursor:
        for edit in (
            f"UPDATE {table} SET id = id WHERE false",
            f"DELETE FROM {table} WHERE false",
            f"INSERT INTO {table} (id) SELECT id FROM {table} WHERE false",
        ):
            cursor.execute(edit)
            seen.append(rulebook.current_rulebook())
    assert len({id(book) for book in seen}) == 4


def test_what_was_rolled_back_was_never_so(town):
    def in_vain(named):
        with transaction.atomic():
            Authority.objects.filter(code="old").update(office_hours=named)
            seen = hours()
            transaction.set_rollback(True)
        return seen, hours()

    assert in_vain("Mon 08:00-09:00") == ("Mon 08:00-09:00", "")
    assert in_vain("Tue 08:00-09:00") == ("Tue 08:00-09:00", "")


def test_who_changes_what_was_given_away_changes_no_rule(town):
    located = geocode.locate(factories.IN_OLD)
    leaf, unit = rulebook.current_rulebook().leaf("ST.1"), rules.find_route(town.hole, located).authority
    leaf.name, unit.name = "Mine", "Mine, too"
    assert rulebook.current_rulebook().leaf("ST.1").name == "Ổ gà"
    assert rules.find_route(town.hole, located).authority.name == "UBND Old Wharf"


@pytest.mark.django_db(transaction=True)
def test_others_see_an_edit_when_it_is_committed_and_not_before(town):
    assert (hours(), elsewhere(hours)) == ("", "")
    with transaction.atomic():
        Authority.objects.filter(code="old").update(office_hours="Mon 08:00-09:00")
        assert (hours(), elsewhere(hours)) == ("Mon 08:00-09:00", "")
    assert (hours(), elsewhere(hours)) == ("Mon 08:00-09:00", "Mon 08:00-09:00")


@pytest.mark.django_db(transaction=True)
def test_report_follows_rules_just_written_by_another_process(town):
    assert factories.incident(town.hole).authority == town.office

    def gives_it_to_the_water_company():
        RoutingRule.objects.filter(category=town.hole).update(authority=town.water)
        ServiceLevel.objects.create(accept_within="1h", resolve_within="2h")
        EscalationStep.objects.create(target="accept", offset="0", who="head")
        return True

    assert elsewhere(gives_it_to_the_water_company)
    incident = factories.incident(town.hole)
    assert (incident.authority, incident.target, incident.next_check_at) == (town.water, "2h", incident.accept_by)


@pytest.mark.django_db(transaction=True)
def test_who_edits_rules_waits_for_nobody_who_edits_others(town):
    def edits():
        with connection.cursor() as cursor:
            cursor.execute(QUICKLY)
        return EscalationStep.objects.create(target="accept", offset="0", who="head").pk

    with transaction.atomic():
        Authority.objects.filter(code="old").update(office_hours="Mon 08:00-09:00")
        key = elsewhere(edits)
        # Both edits are in the book of who made one and sees the other.
        assert ([step.pk for step in rulebook.current_rulebook().escalation_steps[None]], hours()) == (
            [key],
            "Mon 08:00-09:00",
        )
    assert elsewhere(hours) == "Mon 08:00-09:00"


@pytest.mark.django_db(transaction=True)
def test_edit_waits_while_all_marks_are_changed_and_is_then_seen(town):
    def edits():
        Authority.objects.filter(code="old").update(office_hours="Mon 08:00-09:00")
        connection.close()

    one_more = threading.Thread(target=edits)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("UPDATE incidents_edit SET mark = gen_random_uuid()")
        one_more.start()
        one_more.join(0.5)
        assert (one_more.is_alive(), hours()) == (True, "")
    one_more.join()
    assert hours() == "Mon 08:00-09:00"


@pytest.mark.django_db(transaction=True)
def test_an_emptied_table_is_empty(town):
    CalendarDay.objects.create(day="2026-01-02", works=False, name="Off")
    assert service_levels.current_rules().data["days"] == [["2026-01-02", False, "Off"]]
    with owner.as_owner() as cursor:
        cursor.execute("TRUNCATE incidents_calendarday")
    assert service_levels.current_rules().data["days"] == ()
