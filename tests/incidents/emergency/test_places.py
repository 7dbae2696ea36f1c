"""Test what the page of an emergency knows of streets and shelters."""

from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import now

from incidents.emergency.places import flooded_streets, open_shelters
from incidents.models import Shelter, WaterDepth
from incidents.reporting.questions import check_answers
from tests import factories

HOUR = timedelta(hours=1)


@pytest.fixture
def measure(controller):
    def measure(street, depth_cm, ago, place=factories.IN_OLD, source="gauge"):
        return WaterDepth.objects.create(
            street=street, depth_cm=depth_cm, measured_at=now() - ago, place=place, source=source, by=controller
        )

    return measure


def test_newest_measure_counts_and_old_ones_come_last(emergency, measure):
    measure("Harbour Road", 12, 2 * HOUR)
    measure("Harbour Road", 45, HOUR / 3)
    measure("Quay", 80, HOUR + timedelta(minutes=1), source="camera")
    measure("Bridge", 20, HOUR / 2)
    measure("Dry Street", 30, HOUR / 2)
    measure("Dry Street", 0, HOUR / 4)
    measure("Elsewhere", 50, HOUR / 4, place=factories.IN_NEW)
    assert [
        (street.street, street.depth_cm, street.is_deep, street.is_old, street.source)
        for street in flooded_streets(emergency)
    ] == [
        ("Harbour Road", 45, True, False, "gauge"),
        ("Bridge", 20, False, False, "gauge"),
        ("Quay", 80, True, True, "camera"),
    ]


def test_depth_that_a_citizen_answers_stands_on_the_list(emergency, flood):
    answers = check_answers(flood, {"depth": ["knee"]})
    incident = factories.incident(flood, answers=answers)
    hidden = factories.incident(flood, Point(10.002, 50.002, srid=4326), answers=answers)
    factories.change(hidden, published=False)
    (street,) = flooded_streets(emergency)
    assert (street.depth_cm, street.source, street.reference, street.answer) == (
        45, "citizen", incident.reference, "Tới đầu gối",
    )  # fmt: skip
    factories.change(incident, state="rejected", closed_at=now())
    assert flooded_streets(emergency) == []


def test_only_open_shelters_in_its_wards_are_shown(emergency, controller):
    for name, place, is_open in (
        ("School", factories.IN_OLD, True), ("Hall", factories.IN_OLD, False), ("Far", factories.IN_NEW, True),
    ):  # fmt: skip
        Shelter.objects.create(name=name, address="Harbour Road", place=place, open=is_open, changed_by=controller)
    assert [shelter.name for shelter in open_shelters(emergency)] == ["School"]
