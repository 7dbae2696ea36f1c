"""Test rounding of numbers and percentages."""

import re

import pytest
from django.conf import settings
from django.utils import translation

from geoapp.web.figures import format_number, format_percentage


@pytest.mark.parametrize(
    ("value", "places", "words"),
    [(2600 / 30, 1, "86,7"), (2600 / 30, 0, "87"), (0.05, 1, "0,1"), (2.5, 0, "3"), (-1.25, 1, "-1,3"), (7, 0, "7")],
)
def test_numbers_are_rounded(value, places, words):
    with translation.override("vi"):
        assert format_number(value, places) == words


@pytest.mark.parametrize(
    ("value", "places", "words"),
    [
        (2600 / 30, 1, "86,7%"), (99.96, 1, "99,9%"), (99.5, 0, "99%"), (100, 1, "100,0%"), (0.01, 1, "0,1%"),
        (0, 1, "0,0%"), (200 / 3, 0, "67%"),
    ],
)  # fmt: skip
def test_percentages_are_rounded_but_never_to_all_or_nothing(value, places, words):
    with translation.override("vi"):
        assert format_percentage(value, places) == words


def test_only_one_module_cuts_digits():
    """`number_format` of Django with a number of digits cuts the others off."""
    sources = [
        path
        for app in ("cameras", "incidents", "gis_data", "geoapp")
        for path in (settings.BASE_DIR / app).rglob("*.py")
    ]
    cutting = [
        path.name
        for path in sources
        if re.search(r"\bnumber_format\([^()]*(\([^()]*\))?[^()]*, (\d|places|decimals)", path.read_text())
    ]
    assert sorted(cutting) == ["checking.py", "figures.py"]  # the first rounds before
