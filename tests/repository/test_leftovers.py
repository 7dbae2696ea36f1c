"""Test the check that names tests which change the database."""

import pytest
from django.db import connection

from incidents.models import CalendarDay, Category
from tests import owner, town
from tests.leftovers import DatabaseWatch

TABLES = [Category._meta.db_table, CalendarDay._meta.db_table]
SEQUENCE = "incidents_calendarday_id_seq"


def test_rows_and_turned_back_sequences_are_named(db):
    watch = DatabaseWatch(TABLES)
    assert watch.find_leftovers() == []
    Category.objects.create(code="A", name="A", name_en="A", icon="c-road")
    assert watch.find_leftovers() == [Category._meta.db_table]
    Category.objects.all().delete()
    number = watch.sequences[SEQUENCE]
    with owner.as_owner() as cursor:
        cursor.execute("SELECT setval(%s, %s)", [SEQUENCE, number + 5])
        assert watch.find_leftovers() == []
        cursor.execute("SELECT setval(%s, %s)", [SEQUENCE, number + 4])
        assert watch.find_leftovers() == [SEQUENCE]


def test_the_town_is_not_loaded_into_another_database(db, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "HOST", "another")
    with pytest.raises(AssertionError, match="own test database"):
        town.load_town()


@pytest.fixture(scope="module")
def name_of_database(django_db_setup):
    return connection.settings_dict["NAME"]


def test_fixture_of_a_module_alone_has_a_test_database(request, name_of_database):
    assert [mark.name for mark in request.node.iter_markers("django_db")] == ["django_db"]
    assert name_of_database.startswith("test_")
