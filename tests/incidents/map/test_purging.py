"""Which tiles the shared caches are told to drop, and how long they may keep which."""

from datetime import timedelta
from random import Random

import pytest
from django.utils.timezone import now

from gis_data.services.tiles import DEEPEST, tile_of
from incidents import timeline
from incidents.map import purging
from incidents.map.purging import CachePurger
from incidents.map.shared_cache import ALL_TILES, STATIC, key_of_tile, keys_of_place
from incidents.models import Event
from tests import factories

SHORT, LASTING = None, "max-age=300"


@pytest.fixture
def purger(db):
    """One that has told everything so far."""
    cache_purger = CachePurger([])
    cache_purger.find_missed()
    cache_purger.find_unannounced()
    return cache_purger


def keys_of(*incidents):
    return set().union(*(keys_of_place(incident.place.x, incident.place.y) for incident in incidents))


def test_a_change_is_told_to_each_tile_in_which_it_lies():
    random = Random(14)
    for _place in range(100):
        lon, lat = random.uniform(-180, 180), random.uniform(-85, 85)
        keys = keys_of_place(lon, lat)
        of_tiles = {key_of_tile(z, *tile_of(lon, lat, z)) for z in range(DEEPEST + 1)}
        assert keys == of_tiles


@pytest.mark.parametrize(("parameters", "lifetime"), [
    ("", SHORT), ("days=7", SHORT), ("days=0", LASTING), ("days=0&late=1", SHORT), ("state=late&days=0", SHORT),
    ("state=all&days=0", LASTING), ("from=2026-01-01&to=2026-02-01", LASTING), ("from=2026-01-01", SHORT),
    ("days=0&photos=1", SHORT), ("days=0&words=hole", SHORT), ("days=0&category=hole&state=resolved", LASTING),
])  # fmt: skip
@pytest.mark.parametrize("tile", ["incidents/17/69179/44528.json", "incidents/17/69179/44528.mvt"])
def test_what_changes_with_the_clock_is_kept_shortly(client, town, parameters, lifetime, tile):
    answer = client.get(f"/tiles/{tile}?{parameters}")
    assert (answer["Surrogate-Key"], answer["Cache-Control"]) == ("tiles t16/34589/22264", "public, max-age=10")
    assert answer.get("Surrogate-Control") == lifetime


def test_density_is_kept_as_pins_are(client, town):
    answers = [client.get(f"/tiles/density/10/540/347.json?days={days}") for days in (0, 30)]
    assert [(answer["Surrogate-Key"], answer.get("Surrogate-Control")) for answer in answers] == [
        ("tiles t10/540/347", LASTING), ("tiles t10/540/347", SHORT)
    ]  # fmt: skip


def test_what_is_not_for_everybody_has_no_keys(client, officer, town):
    client.force_login(officer)
    for path in ("/desk/", "/list/", "/", "/control/tiles/14/8647/5565.json"):
        assert "Surrogate-Key" not in client.get(path)


def test_whoever_begins_drops_everything(db):
    assert CachePurger([]).find_missed() == {ALL_TILES, STATIC}


def test_what_was_missed_is_read_from_the_history(purger, town):
    """Also what nobody may see: it may have been seen before."""
    hidden, other = factories.incident(town.hole), factories.incident(town.hole, place=factories.IN_NEW)
    purger.find_missed()
    factories.change(hidden, published=False)
    timeline.record(hidden, Event.Kind.HIDDEN)
    assert (purger.find_missed(), purger.find_missed()) == (keys_of(hidden), set())
    timeline.record(other, "accepted")
    assert purger.find_missed() == keys_of(other)


def test_of_too_many_everything_is_dropped(purger, town, monkeypatch):
    monkeypatch.setattr(purging, "PLACES_AT_MOST", 1)
    factories.incident(town.hole)
    factories.incident(town.hole, place=factories.IN_NEW)
    assert purger.find_missed() == {ALL_TILES}


def test_deadlines_that_pass_are_told(purger, town):
    """Of what everybody may see: an open one that is late from now on."""
    late, hidden, done, later = (factories.incident(town.hole) for _one in range(4))
    purger.find_unannounced()
    passed = {"due_at": now()}
    factories.change(late, place=factories.IN_NEW, **passed)
    factories.change(hidden, published=False, **passed)
    factories.change(done, state="resolved", closed_at=now(), **passed)
    factories.change(later, due_at=now() + timedelta(days=1))
    late.refresh_from_db()
    assert (purger.find_unannounced(), purger.find_unannounced()) == (keys_of(late), set())


def test_edited_rules_drop_everything(purger, town):
    """A field may be restricted from now on, or have another name."""
    purger.find_unannounced()
    town.hole.restricted = True
    town.hole.save()
    assert (purger.find_unannounced(), purger.find_unannounced()) == ({ALL_TILES}, set())


def test_news_drop_the_tiles_of_their_places(purger):
    news = [{"id": 7, "lon": 10.0, "lat": 50.0}, {"id": 9, "lon": 10.5, "lat": 50.0}]
    assert purger.keys_of_news(news) == keys_of_place(10.0, 50.0) | keys_of_place(10.5, 50.0)
    assert purger.keys_of_news([{"id": 12, "reload": True}]) == {ALL_TILES}
    assert purger.newest == 12


def test_a_cache_that_missed_something_drops_everything(purger):
    """Nobody listens at this address; what it does not take is not forgotten."""
    purger.caches = ["http://127.0.0.1:9"]
    purger.tell({"t1/0/0"})
    assert purger.behind == {"http://127.0.0.1:9"}


def test_keys_are_told_again_for_tiles_in_the_making(purger, settings):
    settings.REPLICA_LAG_S = 5
    purger.asked_at = purging.time.monotonic()
    purger.tell({"t1/0/0"})
    whens = [round(when - purger.asked_at, 1) for when, _keys in purger.again]
    assert (whens, [keys for _when, keys in purger.again]) == ([0.5, 12.0], [{"t1/0/0"}] * 2)
    purger.again[0] = (0, {"t1/0/0"})
    purger.tell(set())
    assert len(purger.again) == 1
