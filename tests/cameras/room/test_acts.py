"""Test the acts of the control room on incidents, and new incidents from a camera."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils.timezone import localtime, now

from cameras.models import Evidence, RoomLine, ViewLogEntry
from cameras.register import fields_of_view
from cameras.room import creating
from incidents.models import CallScript, Category, Contact, Directive, Incident, Membership, Report
from tests import factories
from tests.cameras.conftest import camera, sees


@pytest.fixture
def room(controller):
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(controller)
    return client


def act(room, incident, name, **sent):
    return room.post(f"/control/incident/{incident.reference}/act/{name}/", {"seen": incident.steps_taken} | sent)


def list_log():
    return list(RoomLine.objects.order_by("pk").values_list("kind", "text"))


@pytest.mark.parametrize(
    ("name", "kind", "line"),
    [("remark", "remarked", "remarked"), ("inquire", "inquired", "asked"), ("urge", "urged", "urged")],
)
def test_the_room_speaks_to_the_unit(room, incident, town, controller, name, kind, line):
    assert act(room, incident, name, words="The water rises").status_code == 200
    event = incident.timeline.last()
    assert (event.kind, event.note, event.by, event.authority, event.public) == (
        kind, "The water rises", controller, town.desk, False,
    )  # fmt: skip
    assert list_log() == [(line, "The water rises")]


def test_the_room_raises_an_incident(room, incident):
    before = incident.due_at
    assert act(room, incident, "grade", severity="dangerous", words="A child fell").status_code == 200
    incident.refresh_from_db()
    assert (incident.severity, incident.timeline.last().kind, incident.due_at <= before) == (
        "dangerous",
        "graded",
        True,
    )
    assert list_log() == [("graded", "dangerous: A child fell")]
    assert RoomLine.objects.get().words == "nguy hiểm: A child fell"


def test_an_order_is_given_to_any_unit_and_settled_by_the_room(room, incident, town, controller):
    until = localtime(now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    answer = act(room, incident, "order", to=town.water.code, until=until, words="Close the valve")
    assert answer.status_code == 200
    order = Directive.objects.get()
    assert (order.to, order.what, order.by, order.giver) == (town.water, "Close the valve", controller, town.desk.title)
    assert incident.timeline.last().kind == "directed"
    assert list_log() == [("ordered", f"{town.water.title}: Close the valve")]
    assert room.post(f"/directives/{order.pk}/settle/").status_code == 302
    order.refresh_from_db()
    assert order.settled_at is not None


@pytest.mark.parametrize(
    ("name", "sent", "fields"),
    [
        ("remark", {"words": " "}, ["words"]),
        ("grade", {"severity": "awful", "words": ""}, ["severity", "words"]),
        ("grade", {"severity": "normal", "words": "So"}, ["severity"]),
        ("order", {"to": "none", "until": "soon", "words": ""}, ["to", "until", "words"]),
        ("remark", {"words": "Late", "seen": 99}, [""]),
    ],
)
def test_what_cannot_be_done_names_every_fault(room, incident, name, sent, fields):
    answer = act(room, incident, name, **sent)
    assert (answer.status_code, sorted(answer.json()["faults"])) == (409 if fields == [""] else 400, fields)
    assert (list_log(), Directive.objects.count()) == ([], 0)


def test_forms_are_shown_and_an_unknown_act_is_none(room, incident):
    for name in ("remark", "inquire", "urge", "grade", "order"):
        assert room.get(f"/control/incident/{incident.reference}/act/{name}/").status_code == 200
    assert act(room, incident, "close").status_code == 404


def test_officers_find_no_such_acts(client, incident, officer):
    client.force_login(officer)
    for path in ("take/", "give-back/", "act/remark/"):
        assert client.post(f"/control/incident/{incident.reference}/{path}").status_code == 404
    assert client.get("/control/create/?lon=10.005&lat=50.005").status_code == 404


# ---- new incidents


@pytest.fixture
def looking(town):
    """A camera that looks east along the street, with a current picture."""
    east = camera("E1", lon=10.0048, name="Harbour Road")
    fields_of_view.update_view(
        east.views.model(camera=east, bearing_deg=90, angle_deg=60, range_m=60, state="fits"), current=True
    )
    sees(east)
    return east


def test_two_presses_make_an_incident_of_a_tile(room, looking, town, controller):
    form = room.get("/control/create/?camera=E1").content.decode()
    assert (f'value="{town.hole.code}"' in form, town.office.title in form) == (True, True)
    frame = looking.frames.get()

    sent = {"camera": "E1", "taken": frame.micros, "category": town.hole.code, "sending": str(uuid4())}
    answers = [room.post("/control/create/", sent) for _twice in range(2)]

    made_incident = Incident.objects.get()
    assert [answer.json()["reference"] for answer in answers] == [made_incident.reference] * 2
    report = made_incident.reports.get()
    assert (report.channel, made_incident.timeline.first().by, made_incident.text) == (
        "camera",
        controller,
        "Harbour Road",
    )
    assert fields_of_view.cameras_seeing(made_incident.place) == [looking]
    evidence = Evidence.objects.get()
    assert (evidence.moment, evidence.sha256, evidence.sees, evidence.by) == ("pinned", frame.sha256, True, controller)
    assert [line.kind for line in RoomLine.objects.all()] == ["created"]
    assert ViewLogEntry.objects.filter(cameras=[looking.pk]).exists()


def test_a_place_on_the_map_makes_one_without_a_picture(room, town):
    sent = {"lon": "10.005", "lat": "50.005", "category": town.leak.code, "severity": "dangerous", "words": "It gushes"}
    assert room.post("/control/create/", sent).status_code == 200
    made_incident = Incident.objects.get()
    assert (made_incident.severity, made_incident.text, made_incident.reports.get().channel) == (
        "dangerous",
        "It gushes",
        Report.Channel.OFFICER,
    )
    assert not Evidence.objects.exists()


def test_what_was_reported_near_by_can_be_joined(room, looking, incident, town):
    form = room.get("/control/create/?camera=E1").content.decode()
    assert f'name="join" value="{incident.reference}"' in " ".join(form.split())
    answer = room.post("/control/create/", {"camera": "E1", "category": town.hole.code, "join": incident.reference})
    assert answer.json()["reference"] == incident.reference
    assert (Incident.objects.count(), incident.reports.count()) == (1, 2)


@pytest.mark.parametrize(
    ("sent", "status", "fields"),
    [
        ({"lon": "x", "lat": "50"}, 400, ["place"]),
        ({"lon": "10.005", "lat": "50.005", "category": "none", "severity": "awful", "words": "x" * 501}, 400,
         ["category", "severity", "words"]),
        ({"lon": "0", "lat": "0", "category": "HOLE"}, 400, ["place"]),
        ({"camera": "none"}, 404, None),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_nothing_made(room, town, sent, status, fields):
    if sent.get("category") == "HOLE":
        sent = sent | {"category": town.hole.code}
    answer = room.post("/control/create/", sent)
    assert answer.status_code == status
    if fields:
        assert sorted(answer.json()["faults"]) == fields
    assert not Incident.objects.exists()


def test_kinds_are_proposed_by_what_is_usual_there(town, incident):
    proposed = creating.suggest_kinds(factories.IN_OLD, first=[town.leak])
    assert proposed[:2] == [town.leak, town.hole]
    Category.objects.filter(pk=town.hole.pk).update(cameras=False)
    assert town.hole not in creating.suggest_kinds(factories.IN_OLD)


def test_the_room_may_only_act_within_its_post(town, incident):
    beside = factories.person("beside", town.desk, Membership.Role.CONTROL)
    factories.change_posts(Membership.objects.filter(user=beside), area=town.new)
    client = Client()
    client.force_login(beside)
    assert client.post(f"/control/incident/{incident.reference}/take/").status_code == 404


# ---- telephone calls


def call(room, incident, **sent):
    fields = {"number": "028 1234 0001", "outcome": "reached", "words": "crew 3 leaves", "seconds": "40"} | sent
    return room.post(f"/control/incident/{incident.reference}/act/call/", fields)


@pytest.fixture
def phone(incident):
    return Contact.objects.create(authority=incident.authority, label="Duty", phone="028 1234 0001")


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ({}, "{unit}, Duty, 40 giây: crew 3 leaves"),
        ({"seconds": "180", "words": ""}, "{unit}, Duty, 3 phút: đã gặp"),
        ({"outcome": "busy", "words": ""}, "{unit}, Duty: máy bận, chưa gặp được"),
        ({"outcome": "no_answer", "words": "again at nine"}, "{unit}, Duty: không nghe máy; again at nine"),
        ({"outcome": "unknown", "words": "", "seconds": "x"}, "{unit}, Duty: chưa ghi kết quả"),
    ],
)
def test_call_stands_in_log_history_and_strip(room, incident, phone, controller, town, sent, written):
    written = written.replace("{unit}", incident.authority.name)
    assert call(room, incident, **sent).status_code == 200
    assert list_log() == [("called", written)]
    event = incident.timeline.last()
    assert (event.kind, event.note, event.by, event.authority, event.public) == (
        "note", f"Đã gọi {written}", controller, town.desk, False,
    )  # fmt: skip
    assert written in room.get(f"/control/incident/{incident.reference}/").text
    assert written in room.get("/control/shift/").text


@pytest.mark.parametrize(("sent", "fields"), [
    ({"number": "0900 000 000"}, ["number"]),
    ({"outcome": "shouted"}, ["outcome"]),
    ({"number": "", "outcome": "", "words": "x" * 301}, ["number", "outcome", "words"]),
])  # fmt: skip
def test_faulty_call_is_not_written(room, incident, phone, sent, fields):
    answer = call(room, incident, **sent)
    assert (answer.status_code, sorted(answer.json()["faults"])) == (400, fields)
    assert list_log() == []


def test_form_of_a_call_dials_unit_and_who_takes_urgent_ones(room, incident, phone):
    CallScript.objects.create(
        category=incident.category, danger="hurt", words="-", transfer_to="Ambulance", number="115"
    )
    page = room.get(f"/control/incident/{incident.reference}/act/call/").text
    assert re.findall('href="tel:([^"]*)"', page) == ["02812340001", "115"]


# ---- kinds that a camera can show


@pytest.fixture
def suggested_kinds(town):
    for rank, category in enumerate((town.leak, town.hole), 1):
        Category.objects.filter(pk=category.pk).update(camera_rank=rank, cameras=True)
    Category.objects.filter(pk=town.waste.pk).update(cameras=True, everyday=True)
    return [town.leak, town.hole]


def test_only_kinds_a_camera_shows_are_guessed_of_a_picture(room, town, suggested_kinds):
    for _number in range(3):
        factories.incident(town.waste)  # the most usual one here, which no camera over the street shows
    assert creating.suggest_kinds_of_picture(factories.IN_OLD) == suggested_kinds
    assert creating.suggest_kinds_of_picture(factories.IN_OLD, first=town.waste) == suggested_kinds
    factories.incident(town.hole)
    assert creating.suggest_kinds_of_picture(factories.IN_OLD) == [town.hole, town.leak]
    assert creating.suggest_kinds_of_picture(factories.IN_OLD, first=town.leak) == [town.leak, town.hole]
    sees(camera("A1"))
    page = room.get("/control/create/?camera=A1").text
    assert re.findall(r'name="kind"\s+value="([^"]*)"', page) == [town.hole.code, town.leak.code]
    assert f'value="{town.waste.code}"' in page  # under all other kinds


def test_city_without_order_guesses_what_cameras_may_see(town):
    Category.objects.filter(pk=town.waste.pk).update(cameras=False)
    kinds = creating.suggest_kinds_of_picture(factories.IN_OLD)
    assert kinds
    assert all(kind.cameras for kind in kinds)
