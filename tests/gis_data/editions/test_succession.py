"""Test shares of old areas in new ones, and the kinds of change."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation

from gis_data import sql
from gis_data.editions import succession
from gis_data.editions.succession import Kind
from gis_data.models import Edition, Level, Succession
from tests import factories


def areas(names):
    """Return areas `A`, or `A:Alder` where code and name differ."""
    both = (
        [*pair_text.split(":"), pair_text][:2] if ":" in pair_text else (pair_text, pair_text)
        for pair_text in names.split()
    )
    return [SimpleNamespace(code=code, full_name=name) for code, name in both]


def changes(olds, news, *parts):
    """Classify successions (old, new, share of old, share of new); returns the changes in short."""
    olds, news = areas(olds), areas(news)
    old_by, new_by = ({area.code: area for area in some} for some in (olds, news))
    parts_given = [
        SimpleNamespace(old=old_by[old], new=new_by[new], share_old=change, share_new=other)
        for old, new, change, other in parts
    ]
    changes_found = succession.classify(olds, news, parts_given)
    return [
        (change.old.code if change.old else "", str(change.kind), change.heir.code if change.heir else "")
        for change in changes_found
    ]


@pytest.mark.parametrize(("olds", "news", "parts", "expected"), [
    ("A", "A", [("A", "A", 1, 1)], [("A", "stays", "A")]),
    ("A", "A", [("A", "A", 0.995, 0.992)], [("A", "stays", "A")]),
    ("A:Alder", "A:Aspen", [("A", "A", 1, 1)], [("A", "renamed", "A")]),
    ("A:Alder", "Z:Alder", [("A", "Z", 1, 1)], [("A", "stays", "Z")]),
    ("A", "A", [("A", "A", 0.9, 1)], [("A", "moved", "A")]),
    ("A", "A", [("A", "A", 0.4, 0.9)], [("A", "moved", "A")]),
    ("A", "", [], [("A", "gone", "")]),
    ("", "A", [], [("", "new", "A")]),
    ("A B", "A B", [("A", "A", 0.9, 1), ("A", "B", 0.1, 0.1), ("B", "B", 1, 0.9)],
     [("A", "moved", "A"), ("B", "moved", "B")]),
    ("A B", "C", [("A", "C", 1, 0.5), ("B", "C", 1, 0.5)], [("A", "merged", ""), ("B", "merged", "")]),
    ("A B", "A", [("A", "A", 1, 0.8), ("B", "A", 1, 0.2)], [("A", "merged", ""), ("B", "merged", "")]),
    ("A B", "A B", [("A", "A", 1, 1), ("B", "B", 1, 1)], [("A", "stays", "A"), ("B", "stays", "B")]),
    ("A", "B C", [("A", "B", 0.5, 1), ("A", "C", 0.5, 1)], [("A", "split", "")]),
    ("A", "A C", [("A", "A", 0.8, 1), ("A", "C", 0.2, 1)], [("A", "split", "")]),
    ("A B C", "M N", [("A", "M", 0.98, 0.3), ("A", "N", 0.02, 0.02), ("B", "N", 1, 0.98), ("C", "M", 1, 0.7)],
     [("A", "merged", ""), ("B", "moved", "N"), ("C", "merged", "")]),
    ("A B", "A M B", [("A", "A", 0.6, 1), ("A", "M", 0.4, 0.9), ("B", "M", 0.1, 0.1), ("B", "B", 0.9, 1)],
     [("A", "split", ""), ("B", "moved", "B")]),
    ("A", "A B", [("A", "A", 0.999, 1), ("A", "B", 0.001, 0.001)], [("A", "stays", "A"), ("", "new", "B")]),
])  # fmt: skip
def test_what_becomes_of_an_area(olds, news, parts, expected):
    assert changes(olds, news, *parts) == expected


@pytest.mark.parametrize(("facts", "kind"), [
    (succession.ChangeFacts(0, 0.0, False), Kind.GONE),
    (succession.ChangeFacts(2, 0.8, True, gives_off=True), Kind.SPLIT),
    (succession.ChangeFacts(2, 0.6, False), Kind.SPLIT),
    (succession.ChangeFacts(2, 0.96, False), Kind.MERGED),
    (succession.ChangeFacts(1, 1.0, False), Kind.MERGED),
    (succession.ChangeFacts(1, 1.0, True, takes_in=True), Kind.MERGED),
    (succession.ChangeFacts(2, 0.9, True), Kind.MOVED),
    (succession.ChangeFacts(1, 1.0, True, same_extent=True), Kind.RENAMED),
    (succession.ChangeFacts(1, 1.0, True, same_extent=True, same_name=True), Kind.STAYS),
])  # fmt: skip
def test_the_table_of_kinds(facts, kind):
    assert succession.kind_of_change(facts) == kind


def test_shares_are_measured_in_metres_against_what_is_in_force(town):
    new = factories.redrawn_town(town)
    steps = []

    assert succession.compute_successions(new.edition, say=lambda *step: steps.append(step)) == 4
    assert [
        (row.old.name, row.new.name, round(row.km2, 3), round(row.share_old, 3), round(row.share_new, 3))
        for row in Succession.objects.order_by("old", "new")
    ] == [
        ("Old Wharf", "West Wharf", 0.478, 0.6, 1.0),
        ("Old Wharf", "Middle Wharf", 0.319, 0.4, 0.5),
        ("New Wharf", "Middle Wharf", 0.319, 0.4, 0.5),
        ("New Wharf", "East Wharf", 0.478, 0.6, 1.0),
    ]
    assert steps == [("compare", 0, 1), ("compare", 1, 1)]
    changes_found = succession.changes_between(new.edition, town.edition)
    assert [(row.old.name, row.kind, [part.new.name for part in row.parts]) for row in changes_found] == [
        ("Old Wharf", Kind.SPLIT, ["West Wharf", "Middle Wharf"]),
        ("New Wharf", Kind.SPLIT, ["East Wharf", "Middle Wharf"]),
    ]


def days(first, last):
    return DateRange(date.fromisoformat(first), last and date.fromisoformat(last))


def edition_of(town, code, first, last, level=Level.WARD):
    """Return an edition of one area, the whole town."""
    edition = Edition.objects.create(city=town.city, level=level, code=code, name=code, in_force=days(first, last))
    factories.area(edition, code, f"Whole of {code}", (10.0, 50.0, 10.02, 50.01))
    return edition


def stored_pairs():
    """Return [(older, newer)] of editions with stored successions."""
    return sorted(set(Succession.objects.values_list("old__edition__code", "new__edition__code")))


def test_an_edition_of_the_past_comes_before_the_one_in_force(town):
    past = edition_of(town, "2010", "2010-01-01", "2025-07-01")

    assert succession.compute_successions(past) == 2
    assert stored_pairs() == [("2010", "2025")]
    shares = [(row.new.name, round(row.share_old, 2), round(row.share_new, 2)) for row in Succession.objects.all()]
    assert sorted(shares) == [("New Wharf", 0.5, 1.0), ("Old Wharf", 0.5, 1.0)]


def test_succession_follows_dates_in_any_order_of_loading(town):
    for code, first, last in (("1990", "1990-01-01", "2000-01-01"), ("2010", "2010-01-01", "2025-07-01"),
                              ("2000", "2000-01-01", "2009-01-01")):  # fmt: skip
        succession.compute_successions(edition_of(town, code, first, last))

    assert stored_pairs() == [("1990", "2000"), ("2000", "2010"), ("2010", "2025")]


def test_edition_of_another_level_has_no_succession(town):
    edition_of(town, "districts", "2015-01-01", "2026-01-01", level=Level.DISTRICT)
    past = edition_of(town, "2010", "2010-01-01", "2025-07-01")

    succession.compute_successions(past)

    assert stored_pairs() == [("2010", "2025")]


def test_computed_by_date_what_was_stored_backwards_is_gone(town):
    past = edition_of(town, "2010", "2010-01-01", "2025-07-01")
    Succession.objects.create(old=town.old, new=past.areas.get(), km2=0.8, share_old=1, share_new=0.5)

    succession.compute_successions(past)

    assert stored_pairs() == [("2010", "2025")]


def test_computed_again_nothing_stands_twice(town):
    new = factories.redrawn_town(town)
    succession.compute_successions(new.edition)
    succession.compute_successions(new.edition, [town.edition])

    assert Succession.objects.count() == 4


def test_slivers_are_left_out(town):
    """A border drawn by another hand, 3 m further east, is the same border."""
    edition = Edition.objects.create(city=town.city, level=Level.WARD, code="again", name="again")
    factories.area(edition, "001", "Old Wharf", (10.0, 50.0, 10.01004, 50.01))
    factories.area(edition, "002", "New Wharf", (10.01004, 50.0, 10.02, 50.01))
    sql.execute("subdivide", edition=edition.pk)

    assert succession.compute_successions(edition) == 2
    assert [change.kind for change in succession.changes_between(edition, town.edition)] == [Kind.STAYS, Kind.STAYS]


def test_an_edition_without_areas_has_no_succession(town):
    assert (
        succession.compute_successions(
            Edition.objects.create(city=town.city, level=Level.WARD, code="none", name="none")
        )
        == 0
    )


@pytest.mark.parametrize(("language", "words"), [("vi", "bị chia"), ("en", "is divided")])
def test_kinds_have_words(language, words):
    with translation.override(language):
        assert str(Kind.SPLIT.label) == words
