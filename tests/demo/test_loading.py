"""When a demo is made, of what and for whom."""

import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cameras.models import Camera
from demo.incidents import month
from incidents.models import Incident, User
from tests import factories

PACK = Path(__file__).parents[2] / "gis_data" / "packs" / "hcmc"


@pytest.fixture(autouse=True)
def own_var(settings, tmp_path):
    settings.VAR = tmp_path


def test_a_demo_is_not_mixed_into_real_incidents(incident):
    with pytest.raises(CommandError, match="real incidents"):
        call_command("load_demo", count=5)
    assert (Incident.objects.count(), User.objects.count()) == (1, 0)


def test_without_a_demo_there_are_no_accounts(town, capsys):
    call_command("demo_accounts")
    assert capsys.readouterr().out == "This is not a demo: there are no demo accounts.\n"


def test_a_demo_points_the_packs_cameras_at_its_own_server(town):
    """The true ones are left in peace."""
    Camera.objects.create(code="TTH 1", name="Harbour", place=factories.IN_OLD, url="https://city.example/1.jpg")
    call_command("load_demo", count=20, city=PACK, cameras_url="http://127.0.0.1:8141")
    assert Camera.objects.get().url.startswith("http://127.0.0.1:8141/cam/TTH%201.")


def test_the_pack_has_words_for_every_category_and_every_step():
    words = month.DemoTexts.from_file(PACK / "demo.toml")
    with (PACK / "categories.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    leaves = {row["code"] for row in rows if row["parent"]}
    assert set(words.reports) == leaves
    assert words.evening | words.rain <= leaves
    assert all(any("{street}" not in text for text in texts) for texts in words.reports.values())
    assert set(words.notes) == {*month.NOTES.values(), "joins"}
    assert all(notes["all"] for notes in words.notes.values())
    groups = {row["code"] for row in rows if not row["parent"]}
    assert all(set(notes) <= {"all"} | groups | leaves for notes in words.notes.values())
    # Of what was done each kind has words of its own, or those of its group.
    assert [leaf for leaf in leaves if not {leaf, leaf[:2]} & set(words.notes["results"])] == []
    assert words.water | words.bridges <= leaves
