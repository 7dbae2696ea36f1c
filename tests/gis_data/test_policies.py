"""Test the policies of a city: defaults, changes by a pack, refused values."""

import re
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from gis_data import city, policies
from gis_data.models import City
from gis_data.pack import InvalidData, Pack
from gis_data.policies import Policies
from incidents.deadlines import service_levels, working_time

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    """Return a function that copies the invented pack with these lines in [policies]."""

    def written(*lines):
        folder = tmp_path / "city"
        shutil.copytree(ROOT / "tests" / "samples" / "city", folder, dirs_exist_ok=True)
        toml = (ROOT / "tests" / "samples" / "city" / "city.toml").read_text()
        (folder / "city.toml").write_text("\n".join([toml, "[policies]", *lines, ""]))
        return folder

    return written


def load(folder):
    call_command("load_city", folder, downloading="no", no_extract=True)


def test_before_a_city_is_loaded_those_that_ship_count(db):
    assert policies.current() == Policies()


def test_a_pack_changes_what_it_names(db, folder):
    load(folder('quiet_hours = ""', "dispute_days = 30", 'sms_countries = ["LA", "KH"]'))
    changed = {"quiet_hours": "", "dispute_days": 30, "sms_countries": ("LA", "KH")}
    assert asdict(policies.current()) == asdict(Policies()) | changed
    load(folder("dispute_days = 21"))
    assert asdict(policies.current()) == asdict(Policies()) | {"dispute_days": 21}


def test_policies_of_a_later_release_are_left_alone(town):
    City.objects.update(policies={"moon_days": 3, "link_months": 6})
    assert asdict(policies.current()) == asdict(Policies()) | {"link_months": 6}


def test_office_hours_of_the_pack_decide_what_is_due(town):
    City.objects.update(policies={"office_hours": "Mon-Sun 10:00-12:00"})
    calendar = service_levels.calendar_of()
    assert calendar.hours == working_time.parse_office_hours("Mon-Sun 10:00-12:00")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("moon_days = 3", "there is no moon_days."),
        ("dispute_days = 0", "dispute_days is a number from 1 to 100000."),
        ("dispute_days = true", "dispute_days is a number from 1 to 100000."),
        ('dispute_days = "14"', "dispute_days is a number from 1 to 100000."),
        ("keep_looks_months = 11", "keep_looks_months is a number from 12 to 1200."),
        ("digest_weekday = 8", "digest_weekday is a number from 1 to 7."),
        ("notice_reserve = 101", "notice_reserve is a number from 0 to 100."),
        ('quiet_hours = "9 to 5"', "quiet_hours looks like 21:00-07:00, or empty."),
        ('digest_at = "25:00"', "digest_at looks like 15:00."),
        ('call_back_within = "soon"', "call_back_within looks like 30min, 2h, 1d or 2wh."),
        ('office_hours = ""', "office_hours looks like Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30."),
        ("browser_language = 1", "browser_language is true or false."),
        ('sms_countries = "LA"', 'sms_countries is a list of countries such as ["LA", "KH"].'),
    ],
)
def test_what_cannot_be_read_is_said(folder, line, fault):
    with pytest.raises(InvalidData) as refusal:
        policies.read_policies(Pack(folder(line)))
    assert refusal.value.faults == (f"city.toml [policies]: {fault}",)


def test_office_hours_that_end_before_they_begin_load_nothing(db, folder):
    with pytest.raises(CommandError, match=r"\[policies\]: office_hours: .*17:00-08:00"):
        load(folder('office_hours = "Mon-Fri 17:00-08:00"'))
    assert City.objects.count() == 0


def test_what_ships_can_be_read_and_is_documented(folder):
    """The document has a row for each, with what it is where a pack says nothing."""
    text = (ROOT / "docs" / "city-packs.md").read_text().partition("### Policies")[2].partition("\n#")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|none) \|", text, re.M))
    shown = {
        name: ", ".join(value) if isinstance(value, tuple) else str(value) for name, value in asdict(Policies()).items()
    }
    assert rows == shown | {"browser_language": "true"}
    lines = [
        f"{name} = {list(value) if isinstance(value, tuple) else value!r}".replace("'", '"').replace("True", "true")
        for name, value in asdict(Policies()).items()
    ]
    assert policies.read_policies(Pack(folder(*lines))).keys() == shown.keys()


def test_a_request_reads_the_city_once_for_all_policies(town, django_assert_num_queries):
    known = city.CITY_OF_REQUEST.set([])
    try:
        with django_assert_num_queries(1):
            assert [policies.current().dispute_days for _time in range(3)] == [14] * 3
    finally:
        city.CITY_OF_REQUEST.reset(known)
