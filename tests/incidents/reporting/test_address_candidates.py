"""Confidence of address candidates in words."""

import pytest
from django.contrib.gis.geos import Point
from django.utils import translation

from gis_data.addresses.suggest import Candidate
from incidents.reporting.address_candidates import spots_from_candidates


@pytest.mark.parametrize(
    ("kind", "accuracy_m", "confidence", "expected"),
    [
        ("house", 20, 0.9, "sure"),
        ("street", 150, 0.9, "sure"),
        ("street", 307, 0.9, "likely"),
        ("street", 779, 0.7, "unsure"),
        ("junction", 600, 0.9, "perhaps"),
        ("landmark", 5000, 1.0, "unsure"),
        ("street", 100, 0.35, "perhaps"),
        ("ward", 900, 0.9, "sure"),
        ("former", 900, 0.6, "likely"),
    ],
)
def test_no_place_is_said_to_be_surer_than_it_is_exact(kind, accuracy_m, confidence, expected):
    place = Candidate("Võ Thị Sáu", kind, Point(10, 50, srid=4326), (10, 50, 10, 50), accuracy_m, confidence)
    with translation.override("en"):
        (spot,) = spots_from_candidates([place])
    assert spot.facts[-1] == expected
