"""Load a city pack's places: the city, its editions of boundaries, streets, landmarks and former units."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pandas
import pyproj
import shapely
from django.contrib.gis.geos import GEOSGeometry, Point
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError
from django.utils.timezone import localdate

from gis_data import policies, site_pages, sql
from gis_data.editions import parents, succession
from gis_data.editions.boundaries import approximate_shapes, label_points, read_boundaries, simplify_outlines
from gis_data.gazetteer import former, landmarks, streets
from gis_data.gazetteer.finding import PackContents
from gis_data.models import Area, AreaPiece, City, Edition, Level
from gis_data.pack import InvalidData, Pack, check_texts, duplicates, float_or_nan, street_tables
from gis_data.words import plain

UNIT_COLUMNS = ["code", "name"]
# Without them: the name is the whole name and that in English, and the shape says where a unit lies.
MORE_UNIT_COLUMNS = ["full_name", "full_name_en", "kind", "lon", "lat", "declared_km2", "zone", "parent"]
CONTACT_TEXTS = ("number", "words", "words_en", "hint", "hint_en", "office", "office_en")
HOTLINE_NUMBER = r"\+?\d[\d ]{1,18}\d"


@dataclass
class LoadedPlaces:
    city: City
    areas: dict = field(default_factory=dict)  # official code → Area, of the deepest level
    above: dict = field(default_factory=dict)  # likewise, of the levels above it on the same days
    zones: dict = field(default_factory=dict)  # zone → official codes
    approximate: bool = False
    reformed: bool = False  # the law has an edition that the pack does not know of: days stay as they are
    repaired: list = field(default_factory=list)
    former: int | None = None
    disagreements: list = field(default_factory=list)  # where the table of former units says otherwise than boundaries
    streets: int | None = None
    landmarks: int | None = None

    @property
    def areas_by_code(self) -> dict[str, Area]:
        """Return {official code: Area} of all areas that authorities and rules may name."""
        return self.above | self.areas


@dataclass(frozen=True)
class LoadedEdition:
    """A loaded edition of the pack."""

    edition: Edition
    spec: dict  # its table of city.toml
    file: str  # of its units
    units: pandas.DataFrame
    areas: dict  # official code → Area

    @property
    def zones(self):
        return {zone: list(rows.code) for zone, rows in self.units.groupby("zone") if zone}


@transaction.atomic
def load_places(contents: PackContents, *, say: Callable[[str], Any] = print) -> LoadedPlaces:
    """Load city, editions and addresses in one transaction. Raises InvalidData.

    Areas keep their row (and all that points to it) as long as their code stays. True boundaries that are loaded are
    never replaced by approximate ones, and streets stay where their file is not found.
    """
    places = LoadedPlaces(load_city(contents.pack))
    places.reformed = was_reformed(places.city, contents.pack)
    loaded = [
        load_edition(places, contents.pack, spec, contents.sources[spec["code"]], say)
        for spec in contents.editions
        if not is_displaced(places.city, spec, say)
    ]
    set_days(places, loaded, say)
    for layer in loaded:
        layer.edition.refresh_from_db(fields=["in_force"])
    if faults := [*choose_areas(places, loaded), *parents.set_parents(loaded)]:
        raise InvalidData(*faults)
    compare_editions(places.city)
    places.former = former.load_former_units(places.city, contents.pack, places.areas)
    places.disagreements = former.find_disagreements(places.city)
    places.streets = streets.load_streets(places.city, contents.pack)
    places.landmarks = landmarks.load_landmarks(places.city, contents.pack)
    sql.execute("analyze")
    return places


def compare_editions(city):
    for edition in city.editions.ever_in_force().filter(in_force__endswith__lte=localdate(), approximate=False):
        for old, new in succession.pairs_by_date(edition):
            if old == edition and not new.approximate:
                succession.compute_successions(new, [old])


def load_city(pack):
    spec = pack.toml["city"]
    check_metric(spec["metric_srid"])
    lon, lat = map(float_or_nan, spec["centre"])
    if not pack.contains(lon, lat):
        raise InvalidData("city.toml [city]: the centre lies outside the bounds.")
    if other := City.objects.exclude(code=spec["code"]).first():
        raise InvalidData(f"This installation serves {other.name}; a second city needs an installation of its own.")
    credits = City.objects.filter(code=spec["code"]).values_list("ground_attribution", "extract_attribution")
    ground, extract = credits.first() or ("", "")
    tables = [*([] if extract else street_tables(pack)), pack.toml.get("cameras")]
    existing_tables = (table for table in tables if table and pack.find_file(table["file"]))
    whose = [ground, extract, *(table.get("attribution", "") for table in existing_tables)]
    city, _ = City.objects.update_or_create(
        code=spec["code"],
        defaults={
            "name": spec["name"],
            "name_en": spec.get("name_en", ""),
            **{key: spec.get(key, "") for key in ("product", "product_en", "button", "button_en")},
            "metric_srid": spec["metric_srid"],
            "centre": Point(lon, lat, srid=4326),
            "zoom": spec.get("zoom", 13),
            "holidays": spec.get("holidays", ""),
            "abbreviations": landmarks.read_abbreviations(pack),
            "renamed_streets": landmarks.read_renamed_streets(pack),
            "elsewhere": landmarks.read_places_elsewhere(pack),
            "emergency": pack.toml.get("emergency", []),
            "contact": read_contact(pack),
            "policies": policies.read_policies(pack),
            "attribution": "\n".join(dict.fromkeys(filter(None, whose))),
        },
    )
    site_pages.load_pages(pack)
    return city


def read_contact(pack: Pack) -> dict[str, str]:
    """Return the texts of [contact] in city.toml: the hotline and the office behind the site."""
    table = pack.section("contact", []) or {}
    check_texts("city.toml [contact]", table, table)
    if unknown := sorted(table.keys() - set(CONTACT_TEXTS)):
        raise InvalidData(*(f"city.toml [contact]: there is no {name}." for name in unknown))
    if "number" in table and not re.fullmatch(HOTLINE_NUMBER, table["number"]):
        raise InvalidData(
            "city.toml [contact]: number is written in digits, with blanks and a plus sign before them at most."
        )
    return dict(table)


def check_metric(srid: int) -> None:
    try:
        crs = pyproj.CRS.from_epsg(srid)
    except pyproj.exceptions.CRSError as error:
        raise InvalidData(f"city.toml [city]: there is no EPSG:{srid}.") from error
    if not crs.is_projected or {axis.unit_name for axis in crs.axis_info} != {"metre"}:
        raise InvalidData(f"city.toml [city]: EPSG:{srid} ({crs.name}) does not measure in metres.")


def choose_areas(places, loaded):
    """Set the areas and zones of `places` to those of the latest edition of the deepest level and of the levels above.

    Returns a sentence for each code that names two of them.
    """
    deepest = max(reversed(loaded), key=lambda layer: layer.edition.level)
    faults, files = [], dict.fromkeys(deepest.areas, deepest.file) | dict.fromkeys(deepest.zones, deepest.file)
    places.areas, places.approximate, places.zones = deepest.areas, deepest.edition.approximate, deepest.zones
    uppers = groupby(parents.editions_above(deepest, loaded), lambda layer: layer.edition.level)
    for layer in (next(some) for _level, some in uppers):
        twice = files.keys() & (layer.areas.keys() | layer.zones.keys() - deepest.zones.keys())
        faults += [f"The code {code} stands in {files[code]} and in {layer.file}." for code in sorted(twice)]
        files |= dict.fromkeys(layer.areas, layer.file)
        places.above = layer.areas | places.above
        places.zones = layer.zones | places.zones
    return faults


def load_edition(places, pack, spec, source, say) -> LoadedEdition:
    try:
        level = Level[spec["level"].upper()]
    except KeyError as error:
        raise InvalidData(f"Edition {spec['code']}: there is no level {spec['level']!r}.") from error
    units, stated = read_units(pack, spec["units"]), {}
    edition = Edition.objects.filter(city=places.city, code=spec["code"]).first()
    if source.approximate and edition and not edition.approximate:
        say(f"Edition {spec['code']}: no boundary file is found; the true boundaries loaded before stay.")
        areas = {area.code: area for area in edition.areas.defer("shape", "outline")}
    else:
        if source.approximate:
            require_centres(units, spec["units"])
            shapes, repaired = approximate_shapes(units, places.city.metric_srid), []
        else:
            shapes, stated, repaired = read_boundaries(
                source.paths, source.spec, units, pack.bounds, places.city.metric_srid
            )
        edition = save_edition(places.city, spec, level, source)
        areas = save_areas(edition, units, shapes, places.city.metric_srid)
        places.repaired += repaired
    units["parent"] = [unit.parent or stated.get(unit.code, "") for unit in units.itertuples()]
    return LoadedEdition(edition, spec, spec["units"], units, areas)


def read_units(pack: Pack, name: str) -> Any:
    """Read areas.csv as a table indexed by code. Raises InvalidData with every fault."""
    rows = pack.read_rows(name, UNIT_COLUMNS, MORE_UNIT_COLUMNS)
    faults = [f"{name}: the code {code} is listed more than once." for code in duplicates(row["code"] for row in rows)]
    for row in rows:
        where, has_centre = f"{name} line {row['line']}", bool(row["lon"] or row["lat"])
        row |= {key: float_or_nan(row[key]) for key in ("lon", "lat", "declared_km2")}
        row["full_name"] = row["full_name"] or row["name"]
        row["full_name_en"] = row["full_name_en"] or row["full_name"]
        faults += [f"{where}: {key} is empty." for key in ("code", "name") if not row[key]]
        if has_centre and not pack.contains(row["lon"], row["lat"]):
            faults.append(f"{where}: the centre of {row['full_name']} lies outside the city's bounds.")
    zones = {row["zone"] for row in rows if row["zone"]}
    faults += [
        f"{name}: {zone} is the name of a zone and the code of a unit."
        for zone in zones & {row["code"] for row in rows}
    ]
    if not rows:
        faults.append(f"{name}: there is no unit in it.")
    if faults:
        raise InvalidData(*faults)
    return pandas.DataFrame(rows).set_index("code", drop=False)


def require_centres(units: Any, name: str) -> None:
    """Raise InvalidData where a unit has no centre, around which its cell is drawn."""
    if faults := [f"{name}: {unit.full_name} ({unit.code}) has no lon and lat, and no boundary file is found."
                  for unit in units.itertuples() if pandas.isna(unit.lon)]:  # fmt: skip
        raise InvalidData(*faults)


def was_reformed(city, pack):
    """Whether an edition in force has no days in this pack: then a reform here, not a pack, changed the law.

    From then on the database says on which days its editions are the law, until a pack comes that knows the new one.
    """
    known = [spec["code"] for spec in pack.toml["editions"] if "from" in spec]
    return city.editions.ever_in_force().exclude(code__in=known).exists()


def is_displaced(city, spec, say):
    """Whether an optional edition is skipped because another of its level is in force on its days."""
    if not spec.get("optional") or "from" not in spec:
        return False
    days = DateRange(spec["from"], spec.get("to"))
    others = city.editions.filter(level=Level[spec["level"].upper()], in_force__overlap=days).exclude(code=spec["code"])
    if other := others.first():
        say(f"Edition {spec['code']}: left out, {other.code} was the law then.")
    return other is not None


def set_days(places, loaded, say):
    editions = {edition.code: edition for edition in places.city.editions.all()}
    for spec in (layer.spec for layer in loaded):
        edition = editions[spec["code"]]
        days = DateRange(spec["from"], spec.get("to")) if "from" in spec else None
        if places.reformed and edition.in_force and edition.in_force != days:
            say(f"Edition {spec['code']}: its days stay as they were set here, {days_in_force(edition)}.")
        else:
            edition.in_force = days
    places.city.editions.update(in_force=None)  # so that new days are not held against old ones
    for edition in editions.values():
        try:
            with transaction.atomic():
                edition.save(update_fields=["in_force"])
        except IntegrityError as error:
            raise InvalidData(
                f"Edition {edition.code}: another edition of its level is in force on some of its days."
            ) from error


def save_edition(city, spec, level, source):
    edition, _ = Edition.objects.update_or_create(
        city=city,
        code=spec["code"],
        defaults={
            "level": level,
            "name": spec["name"],
            "name_en": spec.get("name_en", ""),
            "approximate": source.approximate or source.spec.get("approximate", False),
            "attribution": source.spec["attribution"],
        },
    )
    return edition


def days_in_force(edition):
    days = edition.in_force
    return f"{days.lower or '…'} to {days.upper or '…'}" if days else "none"


def save_areas(edition: Edition, units: Any, shapes: Any, metric_srid: int) -> dict[str, Area]:
    """Write areas (units: DataFrame by code; shapes: GeoSeries by code, EPSG:4326) and subdivide them."""
    outlines = simplify_outlines(shapes, metric_srid)
    labels = label_points(shapes, outlines, metric_srid)
    rows = [
        Area(
            edition=edition,
            level=edition.level,
            code=unit.code,
            name=unit.name_,
            full_name=unit.full_name,
            full_name_en=unit.full_name_en,
            kind=unit.kind,
            declared_km2=None if pandas.isna(unit.declared_km2) else unit.declared_km2,
            shape=to_geos(shapes[unit.code]),
            outline=to_geos(outlines[unit.code]),
            label_point=to_geos(labels[unit.code]),
            search=plain(f"{unit.full_name} {unit.full_name_en}"),
        )
        for unit in units.rename(columns={"name": "name_"}).itertuples()
    ]
    changeable = [f.name for f in Area._meta.concrete_fields if f.name not in ("id", "edition", "code", "parent")]
    Area.objects.bulk_create(rows, update_conflicts=True, unique_fields=["edition", "code"], update_fields=changeable)
    removed_areas = edition.areas.exclude(code__in=units.code)
    try:
        removed_areas.delete()
    except ProtectedError as error:
        names = ", ".join(removed_areas.values_list("full_name", flat=True))
        raise InvalidData(f"Edition {edition.code}: {names} would vanish, but something still lies there.") from error
    AreaPiece.objects.filter(area__in=edition.areas.values("pk")).delete()
    sql.execute("subdivide", edition=edition.pk)
    return {area.code: area for area in edition.areas.defer("shape", "outline")}


def to_geos(shape):
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)
