"""Test that staff enter what they saw through `reporting.receive`."""

import uuid

import pytest
from django.urls import reverse

from incidents.models import Incident, Report
from tests import factories

GIVEN = {"category": "ST.1", "lon": "10.005", "lat": "50.005", "text": "Hố sâu trước chợ"}


@pytest.fixture
def post(client, officer, town):
    client.force_login(officer)
    return lambda **values: client.post(reverse("desk-new"), GIVEN | {"sending": str(uuid.uuid4())} | values)


def test_what_an_officer_saw_is_a_report_with_its_unit(officer, town, post):
    answer = post(photos=factories.picture(), where="Trước chợ")
    report = Report.objects.select_related("incident").get()
    assert (answer.status_code, answer["Location"]) == (302, f"/desk/{report.incident.reference}/")
    assert (report.channel, report.text, report.photos.count()) == ("officer", "Hố sâu trước chợ", 1)
    assert (report.incident.authority, report.incident.address) == (town.office, "Trước chợ")
    assert report.incident.timeline.get(kind="received").by == officer


def test_what_another_unit_answers_for_goes_there(town, post):
    address = post(category="WA.1")["Location"]
    incident = Incident.objects.get()
    assert (address, incident.authority) == (f"/desk/{incident.reference}/", town.water)  # it is watched from there


@pytest.mark.parametrize(("unit", "home"), [("office", True), ("water", False)])
def test_the_pin_stands_in_the_own_area_at_first(client, town, unit, home):
    authority = getattr(town, unit)
    client.force_login(factories.person("clerk", authority))
    page = client.get(reverse("desk-new"))
    point = authority.area.label_point if home else None
    shown = f"{point.x},{point.y}" if home else ""
    assert page.context["home"] == point
    assert f'data-step-pin="{shown}"' in page.content.decode()


def test_the_same_form_sent_twice_is_one_report(post):
    page = str(uuid.uuid4())
    assert [post(sending=page, join="new").status_code for _n in range(2)] == [302, 302]
    assert Report.objects.count() == 1


def test_what_lies_near_is_asked_for_and_joined(town, post):
    near = factories.incident(town.hole)
    page = post()
    assert (page.status_code, page.context["form"].near) == (400, [near])
    assert post(join=near.reference).status_code == 302
    assert [report.incident for report in Report.objects.all()] == [near, near]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"category": ""}, "category"),
        ({"text": ""}, "text"),
        ({"lon": "", "lat": ""}, "__all__"),
        ({"lon": "11", "lat": "51"}, "__all__"),
        ({"photos": "no file", "text": "x" * 4001}, "text"),
    ],
)
def test_what_is_missing_is_said_at_its_field(post, values, fault):
    page = post(**values)
    assert (page.status_code, set(page.context["form"].errors)) == (400, {fault})
    assert not Report.objects.exists()


def test_who_has_no_desk_finds_no_form(client, town):
    client.force_login(factories.person("nobody"))
    assert client.get(reverse("desk-new")).status_code == 404


def test_who_tells_it_at_the_counter_is_told_what_becomes_of_it(post, town):
    post(phone="+84 903 123 456", email="an@example.org")
    report = Report.objects.get()
    assert (report.phone, report.email, report.channel) == ("+84903123456", "an@example.org", "officer")
    assert "0903" not in report.incident.text


def test_a_wrong_number_at_the_counter_is_told(post):
    answer = post(phone="12", email="x")
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {"phone", "email"})
