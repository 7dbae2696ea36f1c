"""Read and check a city pack's places as `load_city` does. No database.

Rules of responsibility are checked when the pack is loaded.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from gis_data import policies, site_pages
from gis_data.editions import importing
from gis_data.editions.boundaries import approximate_shapes, read_boundaries
from gis_data.gazetteer import finding, landmarks, streets
from gis_data.pack import InvalidData, Pack
from gis_data.vector_files import check_bounds, read_layer, require_column


def check_pack_places(pack: Pack) -> list[str]:
    contents = finding.find_contents(pack, downloading="no", say=str)
    importing.check_metric(pack.toml["city"]["metric_srid"])
    sentences: list[str] = []
    faults: list[str] = []
    for check in checks_of(pack, contents):
        try:
            sentences += check()
        except InvalidData as error:
            faults += error.faults
    if faults:
        raise InvalidData(*faults)
    return sentences


def checks_of(pack: Pack, contents: finding.PackContents) -> Iterator[Callable[[], list[str]]]:
    for spec in contents.editions:
        yield partial(check_edition, pack, spec, contents.sources[spec["code"]])
    yield lambda: count_rows("Policies", policies.read_policies(pack))
    yield lambda: count_rows("Pages", site_pages.read_pages(pack))
    yield partial(check_streets, pack)
    yield partial(check_landmarks, pack)
    yield lambda: count_rows("Abbreviations", landmarks.read_abbreviations(pack))
    yield lambda: count_rows("Renamed streets", landmarks.read_renamed_streets(pack))
    yield lambda: count_rows("Places elsewhere", landmarks.read_places_elsewhere(pack))


def check_edition(pack: Pack, spec: dict[str, Any], source: finding.Source) -> list[str]:
    units, metric_srid = importing.read_units(pack, spec["units"]), pack.toml["city"]["metric_srid"]
    if source.approximate:
        importing.require_centres(units, spec["units"])
        approximate_shapes(units, metric_srid)
        return [f"Edition {spec['code']}: {len(units)} areas, approximate"]
    _shapes, _parents, mended = read_boundaries(source.paths, source.spec, units, pack.bounds, metric_srid)
    return [f"Edition {spec['code']}: {len(units)} areas", *(f"Boundary {sentence}" for sentence in mended)]


def check_streets(pack: Pack) -> list[str]:
    spec = pack.section("streets", ["file", "name", "kind", "ranks", "attribution"])
    path = pack.find_file(spec["file"]) if spec else None
    if not spec or not path:
        return []
    streets.check_spec(spec)
    table = read_layer(path, spec)
    for column in ("name", "kind"):
        require_column(table, spec[column], path)
    table = table[~(table.geometry.isna() | table.geometry.is_empty)]
    check_bounds(path.name, table, pack.bounds)
    return count_rows("Streets", table)


def check_landmarks(pack: Pack) -> list[str]:
    spec = pack.section("landmarks", ["file"])
    if spec is None:
        return []
    rows = pack.read_rows(spec["file"], landmarks.COLUMNS)
    landmarks.check_rows(spec["file"], rows, pack)
    return count_rows("Landmarks", rows)


def count_rows(what: str, things: Any) -> list[str]:
    return [f"{what}: {len(things)}"] if len(things) else []
