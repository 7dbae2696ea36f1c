"""Test the reasons why an incident wants attention: in words, and only by facts of the database."""

from datetime import datetime, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Point
from django.utils import translation
from django.utils.timezone import now

from cameras.models import View
from cameras.wall import reasons, sights
from cameras.wall.reasons import Signs, most_within, reasons_from
from gis_data.models import City, Landmark
from incidents import timeline
from incidents.models import Category, Event, Incident
from incidents.reporting.dangers import Danger
from tests import factories
from tests.cameras.conftest import camera, sees

NOON = datetime(2026, 11, 24, 12)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def minutes(*after):
    return [NOON + timedelta(minutes=n) for n in after]


@pytest.mark.parametrize(("times", "most"), [
    ((), 0), ((0,), 1), ((0, 11, 22), 1), ((0, 5, 10), 3), ((30, 0, 21, 31, 29), 4),
])  # fmt: skip
def test_most_reports_within_ten_minutes(times, most):
    assert most_within(minutes(*times), timedelta(minutes=10)) == most


@pytest.mark.parametrize(("signs", "words"), [
    (Signs(), []),
    (Signs(urgent_kind=True), ["urgent type"]),
    (Signs(dangerous=True), ["rated dangerous"]),
    (Signs(dangers={Danger.INJURY, Danger.FIRE}), ["words of danger: fire, people injured"]),
    (Signs(report_times=minutes(0, 1)), []),
    (Signs(report_times=minutes(0, 1, 9)), ["3 reports within 10 minutes"]),
    (Signs(cameras=1), ["1 camera sees it"]),
    (Signs(near=["Trường Lê Lợi"]), ["near Trường Lê Lợi"]),
    (Signs(reminders=2, disputed=True), ["residents disagree with the result", "reminded 2 times"]),
])  # fmt: skip
def test_signs_in_words(signs, words):
    assert reasons_from(signs) == words


def test_every_danger_has_a_name():
    assert set(reasons.DANGERS) == set(Danger)


def of(incident, at=None):
    at = at or now()
    incident.refresh_from_db()
    return reasons.reasons_of_incident(incident, sights.sights_around(incident.place, at), at)


def test_incident_without_any_sign_has_no_reason(town):
    assert of(factories.incident(town.waste, text="Rác")) == []


def test_reasons_come_from_what_is_stored(town):
    Category.objects.filter(pk=town.leak.pk).update(emergency=True, cameras=True)
    incident = factories.incident(town.leak, text="Có cháy lớn, có người bị thương")
    Incident.objects.filter(pk=incident.pk).update(severity="dangerous")
    place = incident.place
    city = City.objects.get()
    Landmark.objects.create(city=city, kind="school", name="Trường Bến Cảng", point=Point(place.x + 0.001, place.y))
    Landmark.objects.create(city=city, kind="school", name="Trường Xa", point=Point(place.x + 0.01, place.y))
    Landmark.objects.create(city=city, kind="market", name="Chợ", point=Point(place.x, place.y))
    watching, blind = camera("A1", lon=place.x, lat=place.y), camera("A2", lon=place.x, lat=place.y)
    for eye in (watching, blind):
        around = MultiPolygon(place.buffer(0.001).envelope, srid=4326)
        View.objects.create(camera=eye, current=True, state="fits", footprint=around)
    sees(watching)
    timeline.record(incident, Event.Kind.URGED, note="Soon", public=False)
    assert of(incident) == [
        "urgent type", "rated dangerous", "words of danger: fire, people injured", "1 camera sees it",
        "near Trường Bến Cảng", "reminded 1 time",
    ]  # fmt: skip


def test_reports_that_came_together_are_counted(town):
    incident = factories.incident(town.waste, text="Rác")
    factories.incident(town.waste, text="Rác", join=incident)
    assert of(incident) == []
    factories.incident(town.waste, text="Rác", join=incident)
    assert of(incident) == ["3 reports within 10 minutes"]


def test_ended_incident_has_no_reason(town):
    Category.objects.filter(pk=town.leak.pk).update(emergency=True)
    incident = factories.incident(town.leak)
    assert of(incident) == ["urgent type"]
    factories.change(incident, state="closed", closed_at=now())
    assert of(incident) == []
