"""Test the filtered list of a desk as a file."""

import csv
import io
import json

import pytest

from tests import factories

CONTACTS = {"phone": "+84937123216", "email": "an@example.org"}


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


def read_csv(client, query=""):
    answer = client.get(f"/desk/list.csv{query}")
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))


def test_the_file_is_what_the_list_shows(client, english, town, officer):
    hole = factories.incident(town.hole, **CONTACTS)
    leak = factories.incident(town.leak, text="Call 0937123216", **CONTACTS)
    factories.incident(town.hole, factories.IN_NEW)
    client.force_login(officer)
    assert [(row["Reference"], row["Unit"]) for row in read_csv(client)] == [
        (hole.reference, "Old Wharf Office"),
        (leak.reference, "Water Company"),
    ]
    assert [row["Reference"] for row in read_csv(client, "?show=watched")] == [leak.reference]
    assert read_csv(client, "?show=late") == []
    features = json.loads(client.get("/desk/list.geojson?show=new").content)["features"]
    assert [
        (feature["id"], feature["geometry"]["coordinates"], feature["properties"]["state"]) for feature in features
    ] == [(hole.reference, [10.005, 50.005], "Assigned")]


@pytest.mark.parametrize("ending", ["csv", "geojson"])
def test_no_contact_is_in_a_file(client, town, officer, ending):
    factories.incident(town.hole, text="Call 0937 123 216", **CONTACTS)
    factories.incident(town.leak, text="Call 0937123216", **CONTACTS)
    client.force_login(officer)
    text = b"".join(client.get(f"/desk/list.{ending}?show=open")).decode()
    assert [contact for contact in ("937123216", "0937 123 216", "an@example.org") if contact in text] == []
    assert text.count("Call") == 2


def test_only_a_desk_has_the_file(client, incident, operator):
    client.force_login(operator)
    assert client.get("/desk/list.csv").status_code == 404
