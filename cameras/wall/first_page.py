"""Choose the tiles of the wall's first page on the server, by the rules of the browser's `pool.js`."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from cameras import freshness
from cameras.models import Camera
from cameras.models.room import SIZES
from cameras.wall import pool
from gis_data.words import plain

COOKIE = "control_wall"  # in which the browser keeps how its wall is laid out
LONGEST_COOKIE, MOST_PINS = 4000, 80
STATES = ("all", "chosen", "near", "pinned", "trouble", "seeing")


@dataclass(frozen=True)
class WallLayout:
    """The layout of a wall: its size, and which cameras it shows. Unreadable parts have their defaults."""

    size: str = "5x4"
    state: str = "all"
    group: str = ""
    words: str = ""
    pins: dict[str, int] = field(default_factory=dict)

    @property
    def places(self) -> int:
        columns, rows = map(int, self.size.split("x"))
        return columns * rows

    @property
    def as_json(self) -> str:
        return json.dumps(
            {"size": self.size, "state": self.state, "group": self.group, "words": self.words, "pins": self.pins},
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )


def layout_of_cookie(text: str) -> WallLayout:
    if len(text) > LONGEST_COOKIE:
        return WallLayout()
    try:
        layout = json.loads(unquote(text))
    except (ValueError, RecursionError):
        return WallLayout()
    if not isinstance(layout, dict):
        return WallLayout()
    pins = layout.get("pins")
    pairs = list(pins.items())[:MOST_PINS] if isinstance(pins, dict) else []
    return WallLayout(
        size=layout["size"] if layout.get("size") in SIZES else "5x4",
        state=layout["state"] if layout.get("state") in STATES else "all",
        group=layout["group"][:200] if isinstance(layout.get("group"), str) else "",
        words=layout["words"][:60] if isinstance(layout.get("words"), str) else "",
        pins={code: place for code, place in pairs if type(place) is int and place >= 0},
    )


def first_page(
    layout: WallLayout,
    near: Sequence[Camera],
    others: Sequence[Camera],
    *,
    chosen: Sequence[str],
    troubles: Collection[str],
    dead: Collection[str],
) -> list[Camera | None]:
    """Return the cameras of the first page by their places on the wall, up to the last one; None for an empty place.

    `near` and `others` are all cameras in order, `chosen` the codes of those of the open incident; `troubles` are the
    codes of those that do not see, and `dead` of those among them that show nothing: these come last.
    """
    cameras = {camera.code: camera for camera in (*near, *others)}
    places: list[Camera | None] = [None] * layout.places
    words = plain(layout.words).split()
    if not words and layout.state != "pinned":
        for code, place in layout.pins.items():
            if place < len(places) and code in cameras:
                places[place] = cameras[code]
    pinned = {camera.code for camera in places if camera}
    of_state = {
        "all": cameras,
        "chosen": [code for code in chosen if code in cameras],
        "near": [camera.code for camera in near],
        "pinned": [code for code in sorted(layout.pins, key=layout.pins.__getitem__) if code in cameras],
        "trouble": [code for code in cameras if code in troubles],
        "seeing": [code for code in cameras if code not in troubles],
    }
    shown = [
        cameras[code]
        for code in of_state[layout.state]
        if code not in pinned and belongs_to(cameras[code], layout.group) and has_words(cameras[code], words)
    ]
    shown.sort(key=lambda camera: camera.code in dead)
    free = iter(shown)
    filled = [camera or next(free, None) for camera in places]
    return filled[: max((place + 1 for place, camera in enumerate(filled) if camera), default=0)]


def belongs_to(camera, group):
    kind, _colon, which = group.partition(":")
    groups = {
        "area": lambda: getattr(camera, "area", None) or "",
        "road": lambda: pool.road_of(camera),
        "source": lambda: camera.source.code if camera.source else "",
    }
    return not group or (kind in groups and groups[kind]() == which)


def has_words(camera: Camera, words: Collection[str]) -> bool:
    """Return whether the camera's name, code or road contain all these words, normalised by `plain`."""
    text = plain(f"{camera.name} {camera.code} {pool.road_of(camera)}") if words else ""
    return all(word in text for word in words)


def dead_codes(troubles: Mapping[str, str]) -> set[str]:
    return {code for code, health in troubles.items() if health in freshness.DEAD}
