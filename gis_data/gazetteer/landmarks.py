"""Load landmarks and name spellings from a pack's tables."""

from typing import Any

from django.contrib.gis.geos import Point

from gis_data.models import City, Landmark
from gis_data.pack import YES, InvalidData, Pack, duplicates, float_or_nan
from gis_data.words import plain

COLUMNS = ["kind", "name", "lon", "lat"]


def load_landmarks(city: City, pack: Pack) -> int | None:
    """Replace the pack's landmarks; returns how many, None where the pack has none.

    They are found by their name, by that in English in a column `name_en`, and by others with semicolons between them
    in a column `other_names`; both columns may be missing. What an extract brought stays.
    """
    spec = pack.section("landmarks", ["file"])
    if spec is None:
        return None
    rows = pack.read_rows(spec["file"], COLUMNS)
    check_rows(spec["file"], rows, pack)
    city.landmarks.filter(extract=False).delete()
    return len(
        Landmark.objects.bulk_create(
            Landmark(
                city=city,
                kind=row["kind"],
                name=row["name"],
                point=Point(float_or_nan(row["lon"]), float_or_nan(row["lat"]), srid=4326),
                search=search_of_names(row["name"], row.get("name_en", ""), *row.get("other_names", "").split(";")),
            )
            for row in rows
        )
    )


def search_of_names(*names: str) -> str:
    """Return a landmark's search text: distinct names, one a line, lower case without diacritics."""
    return "\n".join(dict.fromkeys(filter(None, map(plain, names))))


def check_rows(name: str, rows: list[dict[str, Any]], pack: Pack) -> None:
    faults = [f"{name}: {place} is listed more than once." for place in duplicates(row["name"] for row in rows)]
    for row in rows:
        where = f"{name} line {row['line']}"
        faults += [f"{where}: {key} is empty." for key in ("kind", "name") if not row[key]]
        if not pack.contains(float_or_nan(row["lon"]), float_or_nan(row["lat"])):
            faults.append(f"{where}: {row['name']} lies outside the city's bounds.")
    if faults:
        raise InvalidData(*faults)


def read_abbreviations(pack: Pack) -> dict[str, str]:
    """Return abbreviations without diacritics: {"cmt8": "Cách Mạng Tháng Tám"}."""
    spec = pack.section("abbreviations", ["file"])
    if spec is None:
        return {}
    name = spec["file"]
    rows = pack.read_rows(name, ["short", "long"])
    faults = [f"{name}: {short} is listed more than once." for short in duplicates(plain(row["short"]) for row in rows)]
    for row in rows:
        faults += [f"{name} line {row['line']}: {key} is empty." for key in ("short", "long") if not plain(row[key])]
    if faults:
        raise InvalidData(*faults)
    return {plain(row["short"]): row["long"] for row in rows}


def read_renamed_streets(pack: Pack) -> dict[str, list[str]]:
    """Return former street names without diacritics, and today's names of their parts: {"quoc lo 22": ["Lê Quang
    Đạo"]}.
    """
    spec = pack.section("renamed_streets", ["file"])
    if spec is None:
        return {}
    name = spec["file"]
    rows = pack.read_rows(name, ["former", "now"])
    twice = duplicates((plain(row["former"]), plain(row["now"])) for row in rows)
    faults = [f"{name}: {former}, now {now}, is listed more than once." for former, now in twice]
    for row in rows:
        faults += [f"{name} line {row['line']}: {key} is empty." for key in ("former", "now") if not plain(row[key])]
    if faults:
        raise InvalidData(*faults)
    renamed: dict[str, list[str]] = {}
    for row in rows:
        renamed.setdefault(plain(row["former"]), []).append(row["now"])
    return renamed


def read_places_elsewhere(pack: Pack) -> list[dict[str, Any]]:
    """Return provinces and cities elsewhere: [{"names": ["Tỉnh Gia Lai"], "namesake": False}, …].

    A namesake is one whose name a street or ward of this city bears, too. By the pack's table of their districts a
    province has these, and what it became part of: {…, "since": "Tỉnh Gia Lai", "districts": "Huyện A; Huyện B"}.
    """
    spec = pack.section("elsewhere", ["file"])
    if spec is None:
        return []
    name = spec["file"]
    rows = pack.read_rows(name, ["name"])
    faults = [f"{name}: {place} is listed more than once." for place in duplicates(row["name"] for row in rows)]
    for row in rows:
        where = f"{name} line {row['line']}"
        faults += [f"{where}: name is empty."] if not plain(row["name"]) else []
        faults += [f"{where}: namesake is yes or nothing."] if row.get("namesake", "") not in YES else []
    if faults:
        raise InvalidData(*faults)
    districts = (
        read_districts_elsewhere(pack, spec["districts"], {row["name"] for row in rows}) if "districts" in spec else {}
    )
    return [
        {
            "names": [row["name"], *filter(plain, map(str.strip, row.get("other_names", "").split(";")))],
            "namesake": YES[row.get("namesake", "")],
        }
        | districts.get(row["name"], {})
        for row in rows
    ]


def read_districts_elsewhere(pack: Pack, name: str, provinces: set[str]) -> dict[str, dict[str, str]]:
    """Return districts by province, and its successor: {"Tỉnh Hà Tây": {"since": …, "districts": …}}."""
    rows = pack.read_rows(name, ["province", "since", "districts"])
    faults = [
        f"{name}: {province} is listed more than once." for province in duplicates(row["province"] for row in rows)
    ]
    for row in rows:
        where = f"{name} line {row['line']}"
        faults += [f"{where}: there is no {row['province']} among the places elsewhere."] * (
            row["province"] not in provinces
        )
        faults += [f"{where}: {key} is empty." for key in ("since", "districts") if not plain(row[key])]
    if faults:
        raise InvalidData(*faults)
    return {
        row["province"]: {
            "since": row["since"],
            "districts": "; ".join(filter(None, map(str.strip, row["districts"].split(";")))),
        }
        for row in rows
    }
