"""Write the units of a Vietnamese province, as they are since July 2025, as a pack's areas.csv.

The facts come from the MIT-licensed package `vietnamadminunits` (PyPI). It pulls in a GPL library and is therefore no
dependency of this product: install it somewhere else and name its data file,

    python3 -m venv /tmp/units && /tmp/units/bin/pip install vietnamadminunits==1.0.4
    manage.py units_from_vietnamadminunits 79 > gis_data/packs/hcmc/areas.csv \\
        --dataset /tmp/units/lib/python3*/site-packages/vietnamadminunits/data/dataset.db
"""

import csv
import sqlite3
from importlib.util import find_spec
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from gis_data.words import plain, tidy

COLUMNS = ["code", "name", "full_name", "full_name_en", "kind", "zone", "lon", "lat", "declared_km2"]
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


def installed():
    """The data file of the package, where it happens to be installed; finding it does not import it."""
    package = find_spec("vietnamadminunits")
    return package and Path(package.origin).parent / "data" / "dataset.db"


def rows_of(dataset, province):
    """The units of a province as rows of areas.csv: NFC, single blanks, centre in EPSG:4326, area in km²."""
    with sqlite3.connect(f"file:{dataset}?mode=ro", uri=True) as database:
        for code, name, full, kind, lon, lat, km2, before in database.execute(UNITS, [province]):
            name, full, kind = tidy(name), tidy(full), tidy(kind)
            zone = "-".join(plain(before).split())
            yield [code, name, full, f"{name} {KINDS_EN[kind]}", kind, zone, lon, lat, round(km2, 2)]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("province", help="code of the province or city, two digits")
        parser.add_argument(
            "--dataset", type=Path, help="dataset.db of the package; by default that of the installed one"
        )

    def handle(self, *, province, dataset, **options):
        dataset = dataset or installed()
        if not dataset or not dataset.is_file():
            raise CommandError(
                "No data file: install vietnamadminunits elsewhere and pass its data/dataset.db with --dataset."
            )
        rows = list(rows_of(dataset, province))
        if not rows:
            raise CommandError(f"The package knows no units of a province {province}.")
        out = csv.writer(self.stdout, lineterminator="\n")
        out.writerows([COLUMNS, *rows])
