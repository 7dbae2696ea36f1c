"""The map's feeds are pointed at the demo's server."""

from cameras.models import Feed
from demo.cameras import placing
from tests.cameras.feeds.test_reading import PACK


def test_the_demo_sets_its_feeds_at_whichever_port_it_stands(db, town):
    for base in ("http://127.0.0.1:1000", "http://127.0.0.1:2000/"):
        placing.point_feeds(base, PACK)
    paths = [f"/feeds/{name}" for name in ("alert.cap", "rain.rss", "tide.geojson", "vehicles.geojson")]
    assert list(Feed.objects.values_list("url", flat=True)) == [f"http://127.0.0.1:2000{path}" for path in paths]
    placing.point_feeds("", PACK)
    placing.point_feeds("http://127.0.0.1:3000", PACK / "nothing")
    assert Feed.objects.count() == len(paths)
