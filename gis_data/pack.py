"""Read the files of a city pack, a folder of plain files (docs/city-packs.md)."""

import csv
import json
import tomllib
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gis_data.words import tidy

YES = {"yes": True, "": False}


class InvalidData(Exception):
    """Data that cannot be loaded (pack, boundary file, list of cameras); `faults`: a sentence for each reason."""

    def __init__(self, *faults: str):
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Pack:
    """The files of a city. Data files are searched in `data` (CITY_DATA) first, then in the folder itself."""

    folder: Path
    data: Path | None = None

    @cached_property
    def toml(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.path("city.toml").read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidData(f"city.toml: {error}") from error

    def section(self, name: str, needs: Iterable[str]) -> dict[str, Any] | None:
        """Return a table of city.toml that has at least `needs`; None where there is none. Raises InvalidData."""
        section = self.toml.get(name)
        if section is not None:
            check_keys(f"city.toml [{name}]", section, needs)
        return section

    def path(self, name: str) -> Path:
        if not isinstance(name, str):
            raise InvalidData(f"city.toml: {name!r} is no name of a file.")
        path = self.folder / name
        if not path.is_file():
            raise InvalidData(f"There is no {name} in {self.folder}.")
        return path

    def find_file(self, name: str) -> Path | None:
        if not isinstance(name, str):
            raise InvalidData(f"city.toml: {name!r} is no name of a file.")
        places = [folder / name for folder in (self.data, self.folder) if folder]
        return next((path for path in places if path.is_file()), None)

    def read_rows(self, name: str, columns: Iterable[str], optional: Iterable[str] = ()) -> list[dict[str, Any]]:
        """Return a CSV file's rows as dictionaries of tidied text, each with its `line` number for messages.

        An `optional` column that the file has not is empty in each row.
        """
        try:
            with self.path(name).open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file, restkey="more", strict=True)
                rows = [{"line": reader.line_num} | row for row in reader]
                named = reader.fieldnames or []
        except (UnicodeDecodeError, csv.Error, OSError) as error:
            raise InvalidData(f"{name}: {error}") from error
        if missing := [column for column in columns if column not in named]:
            raise InvalidData(f"{name}: there is no column {', '.join(missing)}.")
        if ragged := [row["line"] for row in rows if "more" in row or None in row.values()]:
            raise InvalidData(*(f"{name} line {line}: not as many cells as the first line has." for line in ragged))
        left_out = dict.fromkeys((column for column in optional if column not in named), "")
        return [
            {key: tidy(cell) if isinstance(cell, str) else cell for key, cell in row.items()} | left_out for row in rows
        ]

    def read_records(self, name: str) -> list[dict[str, Any]] | None:
        """Return the objects of a JSON list in a data file, or None without the file."""
        path = self.find_file(name)
        if path is None:
            return None
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidData(f"{name}: {error}") from error
        except RecursionError as error:
            raise InvalidData(f"{name}: its lists lie too deep in one another.") from error
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise InvalidData(f"{name}: must be a list of objects.")
        return records

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north in degrees: the limits of the city's data."""
        west, south, east, north = self.toml["city"]["bounds"]
        return west, south, east, north

    def contains(self, lon: float, lat: float) -> bool:
        west, south, east, north = self.bounds
        return west <= lon <= east and south <= lat <= north  # False for NaN, too


def street_tables(pack: Pack) -> list[dict[str, Any]]:
    """Return the tables of city.toml that name street files: [streets], each of [[streets.more]], [streets.names]."""
    spec = pack.toml.get("streets", {})
    tables = [spec, *spec.get("more", []), spec.get("names", {})]
    return [table for table in tables if table]


def check_keys(where: str, table: Any, needs: Iterable[str]) -> None:
    if not isinstance(table, dict):
        raise InvalidData(f"{where}: must be a table.")
    if missing := [key for key in needs if key not in table]:
        raise InvalidData(*(f"{where}: {key} is missing." for key in missing))


def check_texts(where: str, table: dict[str, Any], keys: Iterable[str]) -> None:
    """Raise InvalidData where one of these keys is present and no text."""
    if wrong := [key for key in keys if key in table and not isinstance(table[key], str)]:
        raise InvalidData(*(f"{where}: {key} must be a text (in quotes)." for key in wrong))


def float_or_nan(text: Any) -> float:
    """Return degrees or km² as float, NaN for anything else, so that a range check catches it."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return float("nan")


def duplicates(values: Iterable[Hashable]) -> list:
    seen, twice = set(), {}
    for value in values:
        if value in seen:
            twice[value] = True
        seen.add(value)
    return list(twice)
