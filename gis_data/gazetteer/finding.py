"""Find the data files of a city pack: locally, among downloads, or on the internet.

Apart from it, because the geometry libraries take long to start and most starts find nothing new.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from geoapp import outbound
from gis_data import installation
from gis_data.gazetteer import download
from gis_data.models import City
from gis_data.pack import InvalidData, Pack, check_keys, check_texts, street_tables

CITY_TEXTS = (
    "code", "name", "name_en", "product", "product_en", "button", "button_en", "language", "time_zone", "holidays",
)  # fmt: skip
DATA_TEXTS = ("file", "list", "url", "code", "parent", "layer", "crs", "licence", "attribution")
SECTIONS = (
    "former_units", "abbreviations", "renamed_streets", "landmarks", "elsewhere", "streets", "ground", "cameras",
)  # fmt: skip
LOADER = "7"  # raise it when the same files would be loaded differently


@dataclass(frozen=True)
class Source:
    """Source of an edition's boundaries: local files, or none (approximate)."""

    paths: tuple[Path, ...]
    spec: dict

    @property
    def approximate(self):
        return not self.paths


@dataclass(frozen=True)
class PackContents:
    """The loadable contents of a pack, and the SHA-256 over them."""

    pack: Pack
    sources: dict  # edition code → Source
    digest: str

    @property
    def editions(self) -> list[dict[str, Any]]:
        return [spec for spec in self.pack.toml["editions"] if spec["code"] in self.sources]


def find_contents(
    pack: Pack, *, downloading: str = "maybe", private: bool = False, say: Callable[[str], Any] = print
) -> PackContents:
    """Find each data file: in CITY_DATA, in the pack, among downloads, on the internet.

    `downloading` is "no", "maybe" (the next best is taken where it fails) or "must" (Faulty is raised where it fails).
    Nothing is written into the database.
    """
    check_keys("city.toml", pack.toml, ["city", "editions"])
    check_toml(pack.toml)
    sources = {}
    for spec in pack.toml["editions"]:
        source = find_source(pack, spec, downloading, private, say)
        if source is not None:
            sources[spec["code"]] = source
    return PackContents(pack, sources, digest_of(pack, sources))


def check_toml(toml):
    check_tables(toml)
    city = toml["city"]
    check_keys("city.toml [city]", city, ["code", "name", "metric_srid", "centre", "bounds"])
    check_texts("city.toml [city]", city, CITY_TEXTS)
    faults = installation.faults_of(city)
    if type(city.get("zoom", 0)) is not int or not 0 <= city.get("zoom", 0) <= 22:
        faults.append("city.toml [city]: zoom must be a whole number from 0 to 22.")
    if not re.fullmatch(r"[a-z0-9-]{1,50}", str(city["code"])):
        faults.append("city.toml [city]: code may hold small letters, digits and hyphens.")
    faults += [
        f"city.toml [city]: {key} must be {count} numbers."
        for key, count in (("centre", 2), ("bounds", 4))
        if not isinstance(city[key], list)
        or [type(coordinate) in (int, float) for coordinate in city[key]] != [True] * count
    ]
    for number in toml.get("emergency", []):
        check_keys("city.toml [[emergency]]", number, ["number", "what"])
        check_texts("city.toml [[emergency]]", number, ["number", "what", "what_en"])
        dangers = number.get("dangers", [])
        if not isinstance(dangers, list) or not all(isinstance(danger, str) for danger in dangers):
            faults.append("city.toml [[emergency]]: dangers must be a list of texts.")
    for edition in toml["editions"]:
        check_keys("city.toml [[editions]]", edition, ["code", "name", "level", "units"])
        check_texts("city.toml [[editions]]", edition, ["code", "name", "name_en", "level", "units"])
        faults += [
            f"city.toml [[editions]]: {key} must be a day, such as 2025-07-01 (without quotes)."
            for key in ("from", "to")
            if key in edition and type(edition[key]) is not date
        ]
        if not faults and "to" in edition and not ("from" in edition and edition["from"] < edition["to"]):
            faults.append("city.toml [[editions]]: to needs a day in from that is earlier.")
        faults += [
            f"city.toml {where}: {key} must be true or false."
            for where, table, key in [
                ("[[editions]]", edition, "optional"),
                *(("[[editions.data]]", spec, "approximate") for spec in edition.get("data", [])),
            ]
            if type(table.get(key, False)) is not bool
        ]
        if "approximate" in edition:
            check_keys("city.toml [editions.approximate]", edition["approximate"], ["attribution"])
        for spec in edition.get("data", []):
            check_keys("city.toml [[editions.data]]", spec, ["code", "attribution"])
            check_texts("city.toml [[editions.data]]", spec, DATA_TEXTS)
            if ("file" in spec) == ("list" in spec):
                faults.append("city.toml [[editions.data]]: must have either file or list.")
            if "list" in spec and "url" not in spec:
                faults.append("city.toml [[editions.data]]: a list needs a url.")
    if faults:
        raise InvalidData(*faults)


def check_tables(toml):
    faults = [
        f"city.toml: {name} must be a table, [{name}]."
        for name in ("city", *SECTIONS)
        if name in toml and not isinstance(toml[name], dict)
    ]
    lists = [(name, toml.get(name, [])) for name in ("editions", "emergency")]
    if isinstance(streets := toml.get("streets", {}), dict):
        lists.append(("streets.more", streets.get("more", [])))
        if not isinstance(streets.get("names", {}), dict):
            faults.append("city.toml: streets.names must be a table, [streets.names].")
    if is_list_of_tables(toml["editions"]):
        lists += [("editions.data", edition.get("data", [])) for edition in toml["editions"]]
    faults += [
        f"city.toml: {name} must be tables, [[{name}]]." for name, value in lists if not is_list_of_tables(value)
    ]
    if not faults and not toml["editions"]:
        faults.append("city.toml: there is no edition in it, [[editions]].")
    if faults:
        raise InvalidData(*faults)


def is_list_of_tables(value):
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def find_source(pack, edition, downloading, private, say):
    candidates = edition.get("data", [])
    for spec in candidates:
        if paths := local_paths(pack, spec):
            return Source(paths, spec)
    fetchable = [spec for spec in candidates if "url" in spec]
    if downloading == "must" and not fetchable:
        raise InvalidData(f"Edition {edition['code']}: city.toml names no address to download it from.")
    for spec in fetchable if downloading != "no" else []:
        try:
            return Source(download_candidate(pack, spec, private, say), spec)
        except download.NotFetched as error:
            if downloading == "must":
                raise InvalidData(str(error)) from error
            say(f"Not downloaded: {error}")
    if edition.get("optional"):
        return None
    if "approximate" not in edition:
        raise InvalidData(f"Edition {edition['code']}: none of its data files is here.")
    return Source((), edition["approximate"])


def candidate_files(pack, spec):
    """Return a candidate's files as (name, size, SHA-256), the latter two None if unknown."""
    if "file" in spec:
        return [(spec["file"], spec.get("bytes"), spec.get("sha256"))]
    rows = pack.read_rows(spec["list"], ["path", "bytes", "sha256"])
    faults = [
        f"{spec['list']} line {row['line']}: must have a path inside the data, a number of bytes and a SHA-256."
        for row in rows
        if not (
            is_inside_folder(row["path"]) and row["bytes"].isdecimal() and re.fullmatch("[0-9a-f]{64}", row["sha256"])
        )
    ]
    if faults or not rows:
        raise InvalidData(*(faults or [f"{spec['list']}: there is no file in it."]))
    return [(row["path"], int(row["bytes"]), row["sha256"]) for row in rows]


def is_inside_folder(path):
    return bool(path) and not Path(path).is_absolute() and ".." not in Path(path).parts


def download_path(pack: Pack, name: str) -> Path:
    return settings.VAR / "cache" / pack.toml["city"]["code"] / name


def local_paths(pack, spec):
    """Return all local files of the candidate, or () if one is missing.

    A given file with a wrong SHA-256 is refused; a downloaded one counts as missing.
    """
    paths, wrong = [], []
    for name, _, sha in candidate_files(pack, spec):
        pack_file = pack.find_file(name)
        path = pack_file or download_path(pack, name)
        if pack_file and sha and download.sha256_of(pack_file) != sha:
            wrong.append(f"{pack_file}: its SHA-256 is not the one the pack says.")
        paths.append(path if pack_file or is_intact(path, sha) else None)
    if wrong:
        raise InvalidData(*wrong)
    return tuple(paths) if all(paths) else ()


def is_intact(path, sha):
    return path.is_file() and download.sha256_of(path) == sha


def download_candidate(pack, spec, private, say):
    files = candidate_files(pack, spec)
    if unknown := [name for name, size, sha in files if not (size and sha)]:
        raise InvalidData(*(f"{name}: city.toml says where it is, but not its bytes and sha256." for name in unknown))
    download.check_address(spec["url"], outbound.AllowedTargets(private=private))
    total, done = sum(size for _, size, _ in files) / 1e6, 0
    with download.http_client(private) as http:
        for count, (name, size, sha) in enumerate(files, 1):
            path = download_path(pack, name)
            if not is_intact(path, sha):
                download.fetch_file(http, spec["url"] + name, path, sha256=sha, size=size)
            done += size / 1e6
            if count % 10 == 0 or count == len(files):
                say(f"Downloading boundaries: {count} of {len(files)} files, {done:.1f} of {total:.1f} MB")
    return tuple(download_path(pack, name) for name, *_ in files)


def digest_of(pack, sources):
    """Return the SHA-256 over every byte to load and the names of missing files."""
    whole = hashlib.sha256(LOADER.encode())
    data = [spec["file"] for spec in (*street_tables(pack), pack.toml.get("cameras")) if spec and "file" in spec]
    tables = filter(Path.is_file, pack.folder.rglob("*.csv"))
    pages = pack.folder.glob("information/pages/*.md")
    paths = sorted({*tables, *pages, pack.folder / "city.toml", *filter(None, map(pack.find_file, data))})
    for path in [*paths, *(path for source in sources.values() for path in source.paths)]:
        whole.update(f"{path.name} {download.sha256_of(path)}\n".encode())
    return whole.hexdigest()


def is_unchanged(contents: PackContents) -> bool:
    return City.objects.filter(code=contents.pack.toml["city"]["code"], pack_digest=contents.digest).exists()
