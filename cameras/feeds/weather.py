"""Return the weather at a place by the feeds: the nearest gauge of each, and the warnings in force."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.gis.geos import Point
from django.utils.formats import number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cameras.models import Feed, FeedItem
from geoapp.web.figures import format_number

# Maximum distance of a gauge from a place, in metres; a warning must cover the place.
REACH_M = {Feed.Kind.RAIN: 6_000, Feed.Kind.TIDE: 15_000, Feed.Kind.ALERT: 1}


@dataclass(frozen=True)
class Weather:
    """An item of a feed, and its distance from a place."""

    item: FeedItem
    distance_km: float

    @property
    def words(self) -> str:
        item = self.item
        if item.severity:
            return _("%(warning)s, until %(time)s") % {"warning": item.title, "time": f"{localtime(item.until):%H:%M}"}
        return _("%(feed)s: %(value)s %(unit)s at %(where)s, %(km)s km away, %(time)s") % {
            "feed": item.feed.name,
            "value": number_format(round(item.value or 0, 2)),
            "unit": item.unit or item.feed.unit,
            "where": item.title,
            "km": format_number(self.distance_km, 1),
            "time": f"{localtime(item.at):%H:%M}",
        }


def weather_at(place: Point, at: datetime) -> list[Weather]:
    """Return, of each feed, the nearest item to a place (EPSG:4326) that is valid at this moment: rain, then tide, then
    warnings.
    """
    weather: dict[int, Weather] = {}
    for kind, metres in REACH_M.items():
        items = FeedItem.objects.valid_at(at).filter(feed__kind=kind).near(place, metres).select_related("feed")
        if kind != Feed.Kind.ALERT:
            items = items.exclude(value=None)
        for item in items[:20]:
            weather.setdefault(item.feed_id, Weather(item, vars(item)["distance"].km))
    return list(weather.values())
