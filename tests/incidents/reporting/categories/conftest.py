"""Categories and sentences of the shipped city without its places."""

import csv
from pathlib import Path

import pytest

from incidents.models import Category, CategorySentence

PACK = Path(__file__).parents[4] / "gis_data" / "packs" / "hcmc"


def read_rows(name):
    with (PACK / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def sentences():
    return read_rows("sentences.csv")


@pytest.fixture(scope="session")
def unsaved_leaves():
    rows = [row for row in read_rows("categories.csv") if row["parent"]]
    names = ("code", "name", "name_en", "keywords", "accept_within", "resolve_within")
    return [
        Category(pk=at, position=at, emergency=row["emergency"] == "yes", **{name: row[name] for name in names})
        for at, row in enumerate(rows, 1)
    ]


@pytest.fixture
def leaves(unsaved_leaves, db):
    Category.objects.create(pk=1000, code="ALL", name="All")
    for leaf in unsaved_leaves:
        leaf.parent_id = 1000
    return Category.objects.bulk_create(unsaved_leaves)


@pytest.fixture
def taught(leaves, sentences):
    codes = {leaf.code: leaf for leaf in leaves}
    return CategorySentence.objects.bulk_create(
        CategorySentence(category=codes.get(row["category"]), text=row["sentence"], measures=row["measures"] == "yes")
        for row in sentences
    )
