"""Test the cameras that a new edition of boundaries gives another area."""

import pytest

from gis_data.editions import succession
from incidents.models import Membership
from tests import factories
from tests.cameras.conftest import camera

ADDRESS = "/editions/2026/cameras/"


@pytest.fixture
def drawn_editions(town):
    redrawn = factories.redrawn_town(town)
    succession.compute_successions(redrawn.edition)
    return redrawn


@pytest.fixture
def mapmaker(client, town):
    person = factories.person("mapmaker", town.desk, Membership.Role.GIS)
    client.force_login(person)
    return person


def listed_changes(answer):
    return [
        (was.code, will_be and will_be.code, [moved.code for moved in some])
        for was, will_be, some in answer.context["rows"]
    ]


def test_each_camera_is_told_with_its_old_and_its_new_area(client, drawn_editions, mapmaker):
    camera("B1", lon=10.008)
    camera("A2", lon=10.002)
    camera("A1", lon=10.003)
    camera("C1", lon=10.018)
    camera("FAR", lon=11)
    answer = client.get(ADDRESS)
    assert listed_changes(answer) == [("001", "101", ["A1", "A2"]), ("001", "102", ["B1"]), ("002", "103", ["C1"])]
    assert answer.context["total"] == 4
    part = client.get(f"{ADDRESS}?against=2025&part=rows").text
    assert ("A1, A2" in part, "<h1" in part) == (True, False)


def test_edition_changes_list_cameras_without_an_area_only(client, town, drawn_editions, mapmaker):
    camera("A1", lon=10.003)
    camera("C1", lon=10.018)
    drawn_editions.west.code, drawn_editions.west.full_name = town.old.code, town.old.full_name
    drawn_editions.west.save()
    drawn_editions.east.delete()
    assert listed_changes(client.get(ADDRESS)) == [("002", None, ["C1"])]


def test_only_who_does_boundaries_sees_it(client, town, drawn_editions, officer, controller):
    camera("SECRET", lon=10.003)
    for who in (officer, controller):
        client.force_login(who)
        answer = client.get(ADDRESS)
        assert (answer.status_code, "SECRET" in answer.text) == (404, False)
    client.logout()
    assert client.get(ADDRESS).status_code == 302
