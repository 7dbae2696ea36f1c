"""Test layouts of the wall: owners, refusals, sharing; and personal settings."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cameras.models import Habits, Layout
from incidents.models import Membership
from tests import factories
from tests.cameras.conftest import camera
from tests.pages import one_line

WALL = {
    "name": "Port at night", "size": "6x5", "state": "all", "group": "area:001", "words": "", "dwell_s": 30,
    "pins": json.dumps({"A1": 29}),
}  # fmt: skip


@pytest.fixture
def room(client, controller, eye):
    client.force_login(controller)
    return client


@pytest.fixture
def colleague(town):
    client = Client()
    client.force_login(factories.person("colleague", town.desk, Membership.Role.CONTROL))
    return client


def save(client, **changed):
    return client.post("/control/layouts/", {**WALL, **changed})


def names(client):
    return [(layout["name"], layout["mine"]) for layout in client.get("/control/layouts/").json()["layouts"]]


def test_a_layout_is_saved_and_chosen_again(room):
    document = save(room).json()
    assert document["layouts"] == [
        {
            "key": document["saved"], "name": "Port at night", "mine": True, "shared": False, "by": "controller",
            "size": "6x5", "state": "all", "group": "area:001", "words": "", "pins": {"A1": 29}, "dwell": 30,
        }
    ]  # fmt: skip
    assert room.get("/control/layouts/").json() == {"layouts": document["layouts"]}


def test_a_layout_of_the_same_name_takes_the_place_of_the_first(room):
    save(room)
    save(room, name=" Port  at night ", size="4x3", pins="{}")
    assert list(Layout.objects.values_list("name", "size")) == [("Port at night", "4x3")]


def test_shared_layout_is_for_all_but_changed_by_its_owner_only(room, colleague):
    save(room, name="Mine")
    shared = save(room, name="Ours", shared="on").json()["saved"]
    save(colleague, name="Ours")
    assert names(room) == [("Mine", True), ("Ours", True)]
    assert names(colleague) == [("Ours", False), ("Ours", True)]
    assert colleague.post(f"/control/layouts/{shared}/remove/").status_code == 404
    assert room.post(f"/control/layouts/{shared}/remove/").json()["layouts"][0]["name"] == "Mine"
    assert names(colleague) == [("Ours", True)]


@pytest.mark.usual_rows(10)
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "\u200b "},
        {"name": "x" * 61},
        {"size": "9x9"},
        {"size": ""},
        {"size": "4x"},
        {"state": "what?"},
        {"group": "planet:Mars"},
        {"group": "area:"},
        {"group": "x" * 201},
        {"words": "x" * 61},
        {"dwell_s": "4"},
        {"dwell_s": "601"},
        {"dwell_s": "soon"},
        {"pins": "{"},
        {"pins": "[1]"},
        {"pins": json.dumps({"A1": 30})},
        {"pins": json.dumps({"A1": -1})},
        {"pins": json.dumps({"A1": "3"})},
        {"pins": json.dumps({"A1": True})},
        {"pins": json.dumps({"A1": 3, "B1": 3})},
    ],
)
def test_what_no_wall_can_show_is_refused_in_words(room, wrong):
    answer = save(room, **wrong)
    assert (answer.status_code, bool(answer.json()["error"].strip())) == (400, True)
    assert not Layout.objects.exists()


def test_a_pinned_camera_that_is_not_there_is_left_out(room):
    camera("B1")
    assert save(room, pins=json.dumps({"A1": 0, "B1": 1, "GONE": 2})).json()["layouts"][0]["pins"] == {"A1": 0, "B1": 1}


def test_nobody_has_more_layouts_than_can_be_read(room, controller):
    Layout.objects.bulk_create(Layout(name=f"{n}", owner=controller) for n in range(100))
    assert save(room).status_code == 400
    assert save(room, name="7").status_code == 200


def test_the_database_refuses_what_the_form_would(controller):
    for wrong in ({"size": "9x9"}, {"dwell_s": 1}, {"name": "A"}):
        Layout.objects.get_or_create(name="A", owner=controller)
        with pytest.raises(IntegrityError), transaction.atomic():
            Layout.objects.create(**{"name": "B", "owner": controller} | wrong)


@pytest.mark.parametrize(
    ("method", "address"),
    [("get", "layouts/"), ("post", "layouts/"), ("post", "layouts/1/remove/"), ("post", "habits/")],
)
def test_only_the_room_lays_walls_out(client, operator, method, address):
    assert getattr(client, method)(f"/control/{address}").status_code == 404
    client.force_login(operator)
    assert getattr(client, method)(f"/control/{address}").status_code == 404


def test_what_a_person_is_used_to_is_kept(room, colleague, controller):
    def shown(client):
        page = one_line(client.get("/control/"))
        return [
            f'name="{name}" checked' in page.replace(' id="keys"', "")
            for name in ("sound_urgent", "sound_disputed", "keys")
        ]

    assert shown(room) == [True, True, True]
    assert room.post("/control/habits/", {"sound_urgent": "on", "keys": "on"}).status_code == 204
    assert shown(room) == [True, False, True]
    assert room.post("/control/habits/", {}).status_code == 204
    assert (shown(room), shown(colleague)) == ([False, False, False], [True, True, True])
    assert Habits.objects.count() == 1
