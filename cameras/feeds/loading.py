"""Load the feeds of a pack, the tables [[feeds]] of city.toml. Those of the administration stay unchanged."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

from cameras.models import Feed
from cameras.models.feeds import origin_of
from gis_data.pack import InvalidData, Pack, duplicates

NEEDED = ("code", "kind", "title", "url", "format")
TEXTS = ("code", "kind", "title", "title_en", "credit", "url", "name_key", "value_key", "time_key", "unit")
SPANS = {"every_s": "every", "valid_s": "valid"}
OTHERS = ("format", "levels", *SPANS)


def load_pack(pack: Pack) -> int:
    """Create or change the feeds of a pack; return how many. Raises InvalidData with all that is wrong."""
    rows = pack.toml.get("feeds", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidData("city.toml [[feeds]]: must be tables.")
    return save_feeds(rows)


def save_feeds(rows: list[dict[str, Any]]) -> int:
    known = {feed.code: feed for feed in Feed.objects.all()}
    feeds, faults = [], []
    for number, row in enumerate(rows, 1):
        where = f"city.toml [[feeds]] {row.get('code') or number}"
        try:
            feeds.append(make_feed(known.get(row.get("code", "")) if isinstance(row.get("code"), str) else None, row))
        except InvalidData as error:
            faults += [f"{where}: {fault}" for fault in error.faults]
    faults += [
        f"city.toml [[feeds]] {code}: this code is listed twice." for code in duplicates(entry.code for entry in feeds)
    ]
    if faults:
        raise InvalidData(*faults)
    for feed in feeds:
        feed.save()
    return len(feeds)


def make_feed(feed, row):
    faults = [f"{key} is missing." for key in NEEDED if key not in row]
    faults += [f"{key} is not known." for key in row if key not in (*TEXTS, *OTHERS)]
    faults += [
        f"{key} must be a text (in quotes)." for key in (*TEXTS, "format") if not isinstance(row.get(key, ""), str)
    ]
    faults += [f"{key} must be a number of seconds." for key in SPANS if type(row.get(key, 0)) is not int]
    if faults:
        raise InvalidData(*faults)
    feed = feed or Feed()
    address = feed.url
    for key in TEXTS:
        setattr(feed, key, row.get(key, ""))
    feed.form = row["format"]
    feed.levels = row.get("levels", [])
    for key, name in SPANS.items():
        if key in row:
            setattr(feed, name, timedelta(seconds=min(row[key], 10**9)))
    try:
        feed.clean_fields()
    except ValidationError as error:
        names = {"form": "format", "every": "every_s", "valid": "valid_s"}
        raise InvalidData(
            *(f"{names.get(key, key)}: {' '.join(messages)}" for key, messages in error.message_dict.items())
        ) from error
    if feed.secret and origin_of(address) != origin_of(feed.url):
        feed.secret = ""  # it was given for another server
    return feed
