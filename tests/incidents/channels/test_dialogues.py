"""Play the written dialogues to their ends. Without CITY_DATA those that name a place of the true city are left out."""

import os
from pathlib import Path

import pytest
from django.db import transaction

from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.pack import Pack
from incidents.reporting.categories import learned
from incidents.seed import catalogue
from tests.incidents.channels.dialogues import measure, read_dialogues

PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
DATA = Path(os.environ["CITY_DATA"]) if os.environ.get("CITY_DATA") else None
# The second file was written apart: it reached 64 of 75 before its faults were looked at. The third was written before
# it was played, and reached 52 of 68 the first time. What was mended are rules, not sentences.
LEAST_OF = {"dialogues.txt": 0.98, "dialogues_kept.txt": 0.9, "dialogues_wild.txt": 0.95}
LEAST_OF_ALL = 0.9


@pytest.fixture(scope="module")
def whole_city(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        pack = Pack(PACK, DATA)
        places = importing.load_places(finding.find_contents(pack, downloading="no"), say=lambda words: None)
        catalogue.load_catalogue(pack, places)
        learned.learn_categories()
        yield
        transaction.set_rollback(True)


@pytest.mark.slow
def test_written_dialogues_reach_their_ends(whole_city, db):
    dialogues = {name: read_dialogues(name) for name in LEAST_OF}
    figures = {
        name: measure([dialogue for dialogue in rows if DATA or not dialogue.place]) for name, rows in dialogues.items()
    }
    all_rows = sum(measured.all["all"] for measured in figures.values())
    all_right = sum(measured.right["all"] for measured in figures.values())
    table = "\n".join(line for measured in figures.values() for line in measured.table())
    for name, least in LEAST_OF.items():
        assert figures[name].share("all") >= least, table
        assert figures[name].share("answered") == 1, table
    assert all_right >= LEAST_OF_ALL * all_rows, table
