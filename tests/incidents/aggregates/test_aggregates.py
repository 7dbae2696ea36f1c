"""Sums of ended incidents: whatever happens to an incident, they say what the table says, at every moment."""

import json
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta
from itertools import pairwise

import pytest
from django.contrib.gis.geos import Point, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.timezone import localdate, now
from hypothesis import given, settings
from hypothesis import strategies as st

from gis_data.models import Area
from gis_data.services.tiles import tile_of
from incidents import aggregates, photos
from incidents.aggregates import squares
from incidents.aggregates.squares import DEPTH, EDGE_SQUARES, column_and_row, spots_of_tile
from incidents.map import public_map
from incidents.map.public_map import MapFilters
from incidents.models import Category, Incident, MapSum, Photo, Report, SumChange
from tests import factories, owner

FILTERS = [
    {},
    {"state": "resolved"},
    {"state": "rejected"},
    {"category": "ST"},
    {"category": "ST.1"},
    {"area": "002", "category": "ST.2"},
    {"authority": "old", "last": localdate()},
    {"first": date(2000, 1, 1)},
    {"photos": True},
    {"photos": True, "days": 30},
    {"words": "deep"},
    {"words": "near"},
    {"words": "deep", "days": 30, "photos": True},
]
AT_EACH_STEP = [{"category": "ST"}, {"words": "deep"}, {"photos": True}]
ENDED = {"resolved": True, "closed": True, "rejected": True, "working": False, "assigned": False}


def tile(z, filters, rows=None):
    """A tile as the page gets it; of these rows, which are counted one by one, if they are given."""
    return json.loads(public_map.incident_tile(z, *tile_of(10.005, 50.005, z), filters, rows))


def figures(z, parameters):
    """What stands in a tile, by the sums and by the table, with what hangs on the order of adding rounded away."""
    filters = MapFilters(**{"state": "all", "days": 0} | parameters)
    pairs = []
    for rows in (None, public_map.published_incidents()):
        content = tile(z, filters, rows)
        clusters = [
            (row["n"], row["mix"], round(row["lon"], 5), round(row["lat"], 5), *row["bounds"])
            for row in content["clusters"]
        ]
        pairs.append((clusters, [row["reference"] for row in content["incidents"]]))
    return pairs


BOXES = [None, (10.004, 49.9, 10.019, 50.0045), (9.0, 49.0, 11.0, 51.0)]


def assert_sums_are_the_table(zooms=(0, 8, 12, 13), filter_sets=FILTERS, boxes=BOXES, bounds=True):
    for parameters in filter_sets:
        for z in zooms:
            from_sums, counted = figures(z, parameters)
            if not bounds:  # what was taken out is measured when it is folded
                from_sums, counted = (
                    ([cluster[:4] for cluster in clusters], points) for clusters, points in (from_sums, counted)
                )
            assert from_sums == counted, (z, parameters)
        for box in boxes:
            filters = MapFilters(**{"state": "all", "days": 0} | parameters)
            incidents = filters.apply(public_map.published_incidents())
            incidents = incidents.filter(place__bboverlaps=Polygon.from_bbox(box)) if box else incidents
            section = public_map.section_in_view(box and Polygon.from_bbox(box), filters)
            states = Counter(incidents.values_list("state", flat=True))
            assert section.total == states.total(), (box, parameters)
            assert section.counts["resolved"] >= states["resolved"] + states["closed"], (box, parameters)
    shown = Photo.objects.shown().order_by("incident").distinct("incident").values_list("incident", flat=True)
    assert [*Incident.objects.filter(has_shown_photo=True).order_by("pk").values_list("pk", flat=True)] == [*shown]
    assert aggregates.count_differences() == 0


@pytest.fixture
def sample(town):
    return factories.incident(town.hole)


def places(n):
    return Point(10 + 0.0031 * (n % 7 + 1), 50 + 0.0013 * (n % 5 + 1), srid=4326)


def add(sample, n, state):
    """One more incident like the sample, as an import or an old year would bring it."""
    row = Incident.objects.get(pk=sample.pk)
    row.pk, row.reference, row.state = None, f"1111-{Incident.objects.count():05d}", state
    row.place, row.closed_at = places(n), now() if ENDED[state] else None
    Incident.objects.bulk_create([row])


def pick(n):
    rows = Incident.objects.order_by("pk")
    return rows[n % rows.count()]


def set_state(n, state):
    factories.change(pick(n), state=state, closed_at=now() if ENDED[state] else None)


def set_category(n, code):
    factories.change(pick(n), category=Category.objects.get(code=code))


def restrict(n, yes):
    Category.objects.filter(code="ST.2").update(restricted=yes)


def move_all(n, code):
    """As a change of boundaries moves many."""
    area = Area.objects.get(code=code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('incidents.reform', 'on', true)")
    Incident.objects.filter(pk__lte=pick(n).pk).update(area=area)


def redate(n, days):
    factories.change(pick(n), received_at=now() - timedelta(days=days, hours=-1))


def rename(n, name):
    Category.objects.filter(code="ST.2").update(name=name)


def add_photo(n, public):
    report = Report.objects.earliest("pk")
    Photo.objects.create(incident=pick(n), report=report, picture="a", small="b", width=1, height=1, public=public)


def mask_photos(n, done):
    fields = {"masking": "done", "held_reason": ""} if done else {"masking": "held", "held_reason": "unread"}
    Photo.objects.filter(incident=pick(n)).update(**fields)


def move_photos(n, to):
    Photo.objects.filter(incident=pick(n)).update(incident=pick(to))


def delete_photos(n, yes):
    Photo.objects.filter(incident=pick(n)).delete()


def erase(n, yes):
    Incident.objects.filter(pk=pick(n).pk).update(text="")


def delete(n, yes):
    with owner.as_owner():
        Incident.objects.filter(pk=pick(n).pk, reports=None).delete()


numbers, states, codes = st.integers(0, 40), st.sampled_from(list(ENDED)), st.sampled_from(["ST.1", "ST.2", "WA.1"])
wards, either, texts = st.sampled_from(["001", "002"]), st.booleans(), st.sampled_from(["Waist deep", "Broken lamp"])
ACTIONS = st.one_of(
    st.tuples(st.just(set_state), numbers, states),
    st.tuples(st.just(lambda n, where: factories.change(pick(n), place=places(where))), numbers, numbers),
    st.tuples(st.just(lambda n, to: factories.change(pick(n), area=Area.objects.get(code=to))), numbers, wards),
    st.tuples(st.just(set_category), numbers, codes),
    st.tuples(st.just(lambda n, yes: factories.change(pick(n), published=yes)), numbers, either),
    st.tuples(st.just(restrict), numbers, either),
    st.tuples(st.just(move_all), numbers, wards),
    st.tuples(st.just(erase), numbers, either),
    st.tuples(st.just(delete), numbers, either),
    st.tuples(st.just(lambda n, yes: aggregates.fold_changes()), numbers, either),
    st.tuples(st.just(lambda n, text: factories.change(pick(n), text=text)), numbers, texts),
    st.tuples(st.just(lambda n, yes: factories.change(pick(n), near=yes)), numbers, either),
    st.tuples(st.just(redate), numbers, st.sampled_from([3, 30, 31, 400])),
    st.tuples(st.just(rename), numbers, texts),
    st.tuples(st.just(add_photo), numbers, either),
    st.tuples(st.just(mask_photos), numbers, either),
    st.tuples(st.just(move_photos), numbers, numbers),
    st.tuples(st.just(delete_photos), numbers, either),
)


# --- What must not be counted


@pytest.mark.parametrize("z", [8, 13])
def test_sums_tell_nothing_of_what_is_not_public(town, sample, z):
    """An incident that is restricted, was restricted later or was taken down: folded before it, and noted."""
    for folded in (True, False):
        secret = factories.published_before(town.secret, place=places(1))
        down = factories.incident(town.hole, place=places(2))
        for incident in (secret, down):
            factories.change(incident, state="closed", closed_at=now())
        if folded:
            aggregates.fold_changes()
        factories.change(down, published=False)
        factories.change(factories.incident(town.secret), state="closed", closed_at=now())
    everything = MapFilters(state="all", days=0)
    assert tile(z, everything)["clusters"] == []
    assert [row["reference"] for row in tile(z, everything)["incidents"]] == [sample.reference]
    assert tile(z, MapFilters(state="closed", days=0, category="ST.3")) == {"incidents": [], "clusters": []}


def test_bounds_forget_what_is_no_longer_public(town, sample):
    for n in range(7):
        add(sample, n, "closed")
    far = Incident.objects.order_by("-pk").first()
    aggregates.fold_changes()
    for fields in ({"place": places(4)}, {"published": False}):
        factories.change(far, **fields)
        aggregates.fold_changes()
        assert_sums_are_the_table(filter_sets=FILTERS[:5])


# --- They are the table


@settings(max_examples=settings().max_examples // 5)
@given(st.lists(st.sampled_from(list(ENDED)), min_size=4, max_size=12), st.lists(ACTIONS, min_size=3, max_size=6))
def test_sums_are_the_table_whatever_happens(town, sample, incidents_drawn, actions):
    with transaction.atomic():
        for n, state in enumerate(incidents_drawn):
            add(sample, n, state)
        for action, n, value in actions:
            with suppress(IntegrityError), transaction.atomic():  # the database refuses what must not be
                action(n, value)
            assert_sums_are_the_table(zooms=(13,), filter_sets=AT_EACH_STEP, boxes=BOXES[1:2], bounds=False)
        aggregates.fold_changes()
        assert_sums_are_the_table(zooms=(9,), boxes=BOXES[1:2])
        assert not SumChange.objects.exists()
        sums = list(MapSum.objects.order_by("pk").values())
        aggregates.rebuild_sums()
        assert list(MapSum.objects.order_by("pk").values()) == sums
        transaction.set_rollback(True)


def test_a_period_of_days_begins_within_a_day(town, sample):
    """The part of that day is counted one by one, the whole days are packed: together they are one cluster."""
    for _time in range(6):
        add(sample, 1, "closed")
    for n, ago in ((1, {"minutes": -5}), (2, {"minutes": -5}), (3, {"minutes": 5})):
        factories.change(pick(n), received_at=now() - timedelta(days=30, **ago))
    assert_sums_are_the_table(zooms=(8,), filter_sets=[{"authority": "old", "days": 30}, {"words": "deep", "days": 30}])


def test_an_open_incident_notes_nothing(town, sample):
    factories.change(sample, state="working", area=town.new, published=False)
    assert not SumChange.objects.exists()


def test_what_sums_do_not_count_notes_nothing(town, sample):
    factories.change(sample, state="closed", closed_at=now())
    aggregates.fold_changes()
    factories.change(sample, text="", reports_count=7, changed_at=now())
    assert not SumChange.objects.exists()


def test_a_fold_that_is_rolled_back_loses_nothing(town, sample):
    factories.change(sample, state="closed", closed_at=now())
    with transaction.atomic():
        aggregates.fold_changes()
        transaction.set_rollback(True)
    assert (SumChange.objects.count(), MapSum.objects.count()) == (1, 0)
    assert (aggregates.fold_changes(), aggregates.fold_changes()) == (1, 0)
    assert MapSum.objects.count() == len(squares.LEVELS)


def test_a_photo_that_everybody_may_see_later_is_noted(town):
    shot = photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg()))
    incident = factories.incident(town.hole, pictures=[shot], pictures_public=False)
    factories.change(incident, state="closed", closed_at=now())
    with_photos = MapFilters(state="all", days=0, photos=True)
    for public in (False, True, False):
        aggregates.fold_changes()
        Photo.objects.update(public=public)
        for _folded in (False, True):
            assert [row["reference"] for row in tile(8, with_photos)["incidents"]] == [incident.reference] * public
            assert public_map.section_in_view(None, with_photos).total == public
            aggregates.fold_changes()
    assert aggregates.count_differences() == 0


def test_photos_of_an_incident_change_one_after_another(transactional_db, request):
    """Else each of two would not see the other's photo: one hides the only one, the other adds a second."""
    town = request.getfixturevalue("town")
    incident = factories.incident(town.hole)
    add_photo(0, public=True)
    with owner.sign_in(owner.SERVICE) as other:
        other.execute("UPDATE incidents_photo SET public = false")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '10ms'")
            with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
                add_photo(0, public=True)
        other.commit()
    for public in (False, True):
        incident.refresh_from_db()
        assert incident.has_shown_photo is public
        add_photo(0, public=True)


# --- Proved, and counted anew


def test_wrong_sums_are_found_and_counted_anew(town, sample, capsys):
    factories.change(sample, state="closed", closed_at=now())
    aggregates.fold_changes()
    call_command("check_sums")
    assert capsys.readouterr().out.startswith("OK: ")
    MapSum.objects.filter(level=12).update(n=2)
    with pytest.raises(CommandError, match=r"^1 sums are not what the incidents say"):
        call_command("check_sums")
    call_command("check_sums", "--rebuild")
    assert "squares of level 12: 1 sums" in capsys.readouterr().out
    assert_sums_are_the_table()


# --- Squares


@given(st.tuples(st.floats(9, 11), st.floats(49, 51)), st.tuples(st.floats(9, 11), st.floats(49, 51)), st.data())
def test_a_box_is_covered_once(corner, other, data):
    (west, east), (south, north) = (sorted(pair) for pair in zip(corner, other, strict=True))
    inside, edges = squares.cover_box(west, south, east, north)
    ranges = sorted([*(ranged[1:] for ranged in inside), *edges])
    assert all(last <= first for (_first, last), (first, _last) in pairwise(ranges))
    assert len(edges) <= 2 * EDGE_SQUARES
    lon, lat = data.draw(st.floats(8, 12)), data.draw(st.floats(48, 52))
    x, y = (int(part) for part in column_and_row(lon, lat))
    spot, _next = spots_of_tile(DEPTH, x, y)
    in_box = west <= lon <= east and south <= lat <= north
    assert not in_box or any(first <= spot < last for first, last in ranges)
    assert in_box or not any(first <= spot < last for _level, first, last in inside)


@pytest.mark.parametrize("z", [0, 1, 5, 13, 22])
def test_the_spots_of_a_tile_are_those_of_its_places(db, z):
    with connection.cursor() as cursor:
        for lon, lat in ((106.7, 10.776), (-0.1, 51.5), (10.0, 50.0), (-70.6, -33.4), (179.99, 0.01)):
            cursor.execute("SELECT map_spot(ST_SetSRID(ST_MakePoint(%s, %s), 4326))", [lon, lat])
            first, last = squares.spots_of_tile(z, *tile_of(lon, lat, z))
            assert first <= cursor.fetchone()[0] < last


def test_no_place_is_without_a_spot(db):
    with connection.cursor() as cursor:
        for lon, lat in ((180, 90), (-180, -90), (180, -90)):
            cursor.execute("SELECT map_spot(ST_SetSRID(ST_MakePoint(%s, %s), 4326))", [lon, lat])
            assert 0 <= cursor.fetchone()[0] < 4**26
