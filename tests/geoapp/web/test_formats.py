"""Test formats of dates and times by language."""

from datetime import datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format


@pytest.mark.parametrize(
    ("kind", "english", "vietnamese"),
    [
        ("DATE_FORMAT", "27 November 2026", "27/11/2026"),
        ("SHORT_DATE_FORMAT", "27 Nov 2026", "27/11/2026"),
        ("DATETIME_FORMAT", "14:32, 27 November 2026", "14:32 27/11/2026"),
        ("SHORT_DATETIME_FORMAT", "14:32, 27 Nov 2026", "14:32 27/11/2026"),
        ("TIME_FORMAT", "14:32", "14:32"),
        ("YEAR_MONTH_FORMAT", "November 2026", "Tháng 11 2026"),
    ],
)
def test_the_day_comes_before_the_month(kind, english, vietnamese):
    moment = datetime(2026, 11, 27, 14, 32)
    for language, expected in (("en", english), ("vi", vietnamese)):
        with translation.override(language):
            assert date_format(moment, kind) == expected
