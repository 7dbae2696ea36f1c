"""How deadlines and what cameras gave are said."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone, translation
from django.utils.timezone import get_default_timezone

from incidents import wording

CITY = get_default_timezone()
NOW = datetime(2026, 11, 25, 14, 32, tzinfo=CITY)  # a Wednesday


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (datetime(2026, 11, 25, 20, 0, tzinfo=CITY), "20:00 hôm nay"),
        (datetime(2026, 11, 26, 8, 40, tzinfo=CITY), "08:40 ngày mai"),
        (datetime(2026, 11, 29, 8, 40, tzinfo=CITY), "CN 29/11"),
        (datetime(2027, 1, 4, 8, 40, tzinfo=CITY), "04/01/2027"),
    ],
)
def test_day_of_a_deadline(monkeypatch, due, expected):
    monkeypatch.setattr(wording, "now", lambda: NOW)
    with translation.override("vi"), timezone.override(CITY):
        assert wording.day_in_words(due) == expected


@pytest.mark.parametrize(
    ("receipts", "sentence"),
    [
        ([{"evidence": [1, 2], "cameras": [7]}], "Đã lưu hình từ 1 camera"),
        ([{"evidence": [1], "cameras": [7, 8]}, {"evidence": [4], "cameras": [8, 9]}], "Đã lưu hình từ 3 camera"),
        ([{"evidence": [], "cameras": [7, 8]}], "Không có hình từ 2 camera"),
        ([{"evidence": [1]}, None], "Đã lưu hình camera"),
    ],
)
def test_lines_of_kept_pictures_say_how_many_cameras(receipts, sentence):
    with translation.override("vi"):
        assert wording.kept_pictures_in_words(receipts) == sentence


def test_scripts_write_clocks_in_the_zone_of_the_city():
    """But for a photo's own clock: it says no zone, and is shown as it stands there."""
    scripts = [
        path for app in ("incidents", "cameras", "geoapp") for path in Path(settings.BASE_DIR, app).rglob("*.js")
    ]
    clocks = [path for path in scripts if re.search(r"toLocaleTimeString|\bhour: ", path.read_text())]
    assert len(clocks) > 4
    assert [path.name for path in clocks if "timeZone" not in path.read_text()] == ["place.js"]
