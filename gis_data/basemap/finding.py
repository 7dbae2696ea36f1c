"""Choose the source of the base map: pack files, a local or downloaded OpenStreetMap extract, or the city's streets.

Nothing is written into the database.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geoapp import outbound
from gis_data.basemap.features import FILES
from gis_data.gazetteer import download
from gis_data.gazetteer.finding import download_path
from gis_data.models import City
from gis_data.pack import InvalidData, Pack, check_keys, check_texts

LOADER = "1"  # raise it when the same files would be drawn differently
ATTRIBUTION = "© OpenStreetMap contributors (ODbL 1.0)"
EXTRACT_MB = 2000  # an extract may be so large where [ground.extract] does not say otherwise


@dataclass(frozen=True)
class Source:
    """The source of the base map: files by layer, or one extract; neither means the city's streets."""

    files: dict[str, Path] = field(default_factory=dict)
    extract: Path | None = None
    spec: dict[str, Any] = field(default_factory=dict)
    digest: str = ""

    @property
    def attribution(self) -> str:
        if self.extract:
            return self.spec.get("extract", {}).get("attribution", ATTRIBUTION)
        return self.spec.get("attribution", "") if self.files else ""


def find_source(
    pack: Pack, city: City, *, fetching: str = "maybe", private: bool = False, say: Callable[[str], Any] = print
) -> Source:
    """Return the best source: an extract in CITY_DATA or the pack, files there, a downloaded one, a new download.

    `fetching` is "no", "maybe" (only where nothing is here; what fails is said), or "must" (the newest is fetched,
    whatever is here; InvalidData is raised where that fails).
    """
    spec = pack.section("ground", []) or {}
    check_ground(spec)
    extract = spec.get("extract", {})
    name = extract.get("file")
    fetched = download_path(pack, name) if name else None
    if fetching == "must":
        if "url" not in extract:
            raise InvalidData("city.toml [ground.extract] names no address to fetch an extract from.")
        try:
            return extract_source(fetch_extract(extract, fetched, private=private, say=say), spec)
        except download.NotFetched as error:
            raise InvalidData(str(error)) from error
    pack_file = pack.find_file(name) if name else None
    if pack_file:
        return extract_source(pack_file, spec)
    if fetched and fetched.is_file():
        return extract_source(fetched, spec)
    files = {key: path for key in FILES if key in spec and (path := pack.find_file(spec[key]))}
    if files:
        parts = [f"{key} {download.sha256_of(path)}" for key, path in files.items()]
        return Source(
            files=files,
            spec=spec,
            digest=digest_of(spec, [*parts, *([] if "streets" in files else city_streets(city))]),
        )
    if fetching == "maybe" and "url" in extract:
        try:
            return extract_source(fetch_extract(extract, fetched, private=private, say=say), spec)
        except download.NotFetched as error:
            say(f"Not downloaded: {error}")
    return streets_source(city, spec)


def extract_source(path: Path, spec: dict[str, Any]) -> Source:
    seen = path.stat()
    return Source(extract=path, spec=spec, digest=digest_of(spec, [f"{path.name} {seen.st_size} {seen.st_mtime_ns}"]))


def streets_source(city: City, spec: dict[str, Any]) -> Source:
    return Source(spec=spec, digest=digest_of(spec, city_streets(city)))


def city_streets(city):
    return ["streets", city.pack_digest, city.extract]


def digest_of(spec, parts):
    return hashlib.sha256("\n".join([LOADER, repr(sorted(spec.items(), key=str)), *parts]).encode()).hexdigest()


def check_ground(spec):
    check_texts("city.toml [ground]", spec, [*FILES, "kind", "name", "licence", "attribution"])
    if any(key in spec for key in FILES):
        check_keys("city.toml [ground]", spec, ["attribution"])
    extract = spec.get("extract", {})
    check_keys("city.toml [ground.extract]", extract, ["file"] if extract else [])
    check_texts("city.toml [ground.extract]", extract, ["file", "url", "md5", "licence", "attribution"])
    if type(extract.get("most_mb", 1)) is not int or not 1 <= extract.get("most_mb", 1) <= 100_000:
        raise InvalidData("city.toml [ground.extract]: most_mb must be a whole number from 1 to 100000.")
    if extract and Path(extract["file"]).name != extract["file"]:
        raise InvalidData("city.toml [ground.extract]: file must be a name without a folder.")


def fetch_extract(extract, path, *, private, say):
    download.check_address(extract["url"], outbound.AllowedTargets(private=private))
    with download.http_client(private) as http:
        download.fetch_changing_file(
            http, extract["url"], path, md5_url=extract.get("md5"),
            most=extract.get("most_mb", EXTRACT_MB) * 1_000_000, say=say,
        )  # fmt: skip
    return path
