"""Test the strip of crews at a desk, and the pages on which a unit arranges them."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

from incidents.casework import crews
from incidents.models import Crew
from tests import factories

ALL_DAY = {"starts": time(0, 0), "ends": time(23, 59)}
FORM = {"name": " Tổ  cây xanh ", "starts": "06:00", "ends": "14:00", "days": ["0", "4"], "others": "2", "room": "4"}


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def crew(town, officer):
    crew = Crew.objects.create(authority=town.office, name="Tổ vệ sinh", room=1, **ALL_DAY)
    crew.members.set([officer])
    return crew


def test_the_strip_says_how_each_stands_and_filters(client, town, crew, incident, officer):
    other = factories.incident(town.waste)
    crews.assign_crew(other, crew, officer)
    client.force_login(officer)
    (crew_link,) = client.get("/desk/").context["crews"]
    assert (crew_link["state"].people, crew_link["state"].is_full, crew_link["state"].has) == (1, True, [other])
    page = client.get(f"/desk/{crew_link['query']}")
    rows = [row.reference for _name, members in page.context["groups"] for row in members]
    assert (rows, page.context["crews"][0]["here"]) == ([other.reference], True)
    assert page.context["crews"][0]["query"] == ""
    assert len(client.get("/desk/?crew=99").context["groups"][0][1]) == 2


def test_several_are_given_to_a_crew_at_once(client, town, crew, incident, officer):
    two = factories.incident(town.waste)
    client.force_login(officer)
    ticked = {"of": [incident.reference, two.reference], "crew": crew.pk}
    form = client.post("/desk/several/crew/?part=form", ticked)
    assert f'value="{crew.pk}"' in form.content.decode()
    answer = client.post("/desk/several/crew/?part=form", ticked | {"filled": "1"})
    assert answer.json()["said"] == "Đã giao cho Tổ vệ sinh: 2 việc"
    assert set(crew.incidents.all()) == {incident, two}


def test_people_of_a_crew_are_named_and_others_counted(client, english, town, officer):
    people = lambda: " ".join(  # noqa: E731
        client.get("/desk/crews/").content.decode().split("People</dt>")[1].split("</dd>")[0].split()
    )
    new_crew = Crew.objects.create(authority=town.office, name="A", others=6, **ALL_DAY)
    client.force_login(officer)
    assert '<span class="num">6</span>, all without an account' in people()
    new_crew.members.set([officer])
    assert f'{officer.username}<span class="quiet" >, and 6 without an account</span>' in people()


def test_a_unit_without_crews_is_offered_none(client, incident, officer):
    client.force_login(officer)
    assert client.get(f"/desk/{incident.reference}/crew/?part=form").status_code == 409
    assert client.get("/desk/").context["crews"] == []


def test_another_units_crew_is_no_choice(client, town, crew, incident, officer):
    others = Crew.objects.create(authority=town.other, name="Other", **ALL_DAY)
    client.force_login(officer)
    answer = client.post(f"/desk/{incident.reference}/crew/?part=form", {"crew": others.pk})
    assert (answer.status_code, "crew" in answer.context["form"].errors) == (400, True)


def test_a_crew_is_made_changed_and_given_up(client, town, incident, officer):
    client.force_login(officer)
    assert client.post("/desk/crews/new/", FORM | {"members": [officer.pk]}).status_code == 302
    own_crew = Crew.objects.get()
    assert (own_crew.name, own_crew.authority, own_crew.days) == ("Tổ cây xanh", town.office, [0, 4])
    assert (own_crew.others, own_crew.room, list(own_crew.members.all())) == (2, 4, [officer])
    crews.assign_crew(incident, own_crew, officer)
    assert client.post(f"/desk/crews/{own_crew.pk}/", FORM | {"name": "Tổ xanh", "others": ""}).status_code == 302
    page = client.get("/desk/crews/")
    assert [(state.crew.name, state.crew.others, state.has) for state in page.context["states"]] == [
        ("Tổ xanh", 0, [incident])
    ]
    assert f"?of={incident.reference}" in page.content.decode()
    assert client.post(f"/desk/crews/{own_crew.pk}/end/").status_code == 302
    incident.refresh_from_db()
    assert (incident.crew, client.get("/desk/crews/").context["states"]) == (None, [])
    assert client.get(f"/desk/crews/{own_crew.pk}/").status_code == 404


def test_all_that_is_wrong_is_said_at_once(client, town, crew, officer):
    client.force_login(officer)
    wrong = {"name": crew.name, "starts": "6", "ends": "", "days": ["9"], "others": "-1", "room": "0", "members": ["x"]}
    answer = client.post("/desk/crews/new/", wrong)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"name", "starts", "ends", "days", "others", "room", "members"}
    same = client.post("/desk/crews/new/", FORM | {"ends": "06:00", "members": [factories.person("far").pk]})
    assert set(same.context["form"].errors) == {"ends", "members"}


def test_crews_of_others_are_not_found(client, town, crew, outsider):
    client.force_login(outsider)
    assert client.get("/desk/crews/").context["states"] == []
    answers = client.post(f"/desk/crews/{crew.pk}/", FORM), client.post(f"/desk/crews/{crew.pk}/end/")
    assert [answer.status_code for answer in answers] == [404, 404]
    foreign = client.post("/desk/crews/new/", FORM | {"authority": town.office.pk})
    assert foreign.status_code == 400 or Crew.objects.latest("pk").authority != town.office


@pytest.mark.parametrize(("language", "until_words"), [("vi", "nghỉ đến 05:00"), ("en", "off until 05:00")])
def test_a_crew_that_is_off_says_until_when(town, language, until_words):
    crew = Crew(authority=town.office, name="A", **ALL_DAY)
    back = datetime(2026, 11, 30, 5, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
    state = crews.CrewState(crew=crew, people=1, until=None, back=back, at=None, has=[])
    with translation.override(language):
        words = render_to_string("incidents/desk/crew_doing.html", {"state": state})
    assert " ".join(strip_tags(words).split()) == until_words
