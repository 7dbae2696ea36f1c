"""Measure the import of a boundary file to a checked draft: CITY_DATA's city, or a generated one."""

import tempfile
import time
from pathlib import Path

import geopandas
import numpy
import shapely
from django.conf import settings
from django.db import transaction

from gis_data.city import current
from gis_data.editions import drafting
from tests.bench.rows import row

TRUE_CITY = "hcmc_2025_168_units_full.geojson.gz"
AREAS, CORNERS = (14, 12), 324  # as many areas, and corners of each side of one, as the true city has


def editions(stage):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(settings.CITY_DATA or "nowhere") / TRUE_CITY
        if not path.is_file():
            path = write_quilt(Path(folder) / "quilt.geojson")
        began = time.perf_counter()
        table = geopandas.read_file(f"/vsigzip/{path.resolve()}" if path.suffix == ".gz" else path)
        shapely.make_valid(table.geometry.to_numpy(), method="structure")
        limit = time.perf_counter() - began
        began = time.perf_counter()
        with transaction.atomic(), path.open("rb") as file:
            upload = drafting.read_upload(drafting.store_upload(file, name=path.name, by="bench").pk)
            seconds = time.perf_counter() - began
            upload.file.delete(save=False)
            transaction.set_rollback(True)
    assert upload.state == upload.State.DRAFTED, upload.report
    what = f"import and check of {upload.report['areas']} areas, {upload.report['vertices']:,} vertices"
    yield row(what, seconds, limit, unit="s", budget="< 20 s", good=seconds < 20)


def write_quilt(path):
    x, y = current().centre.coords
    across, up = AREAS
    random = numpy.random.default_rng(1022)
    step = 0.002  # degrees

    def side(start, other):
        """Returns a crooked line between two corners that stays close enough to its chord not to cross another."""
        along = numpy.linspace(0, 1, CORNERS + 1)[:, None]
        line = numpy.array(start) * (1 - along) + numpy.array(other) * along
        aside = numpy.subtract(other, start)[::-1] / 50 * numpy.sin(numpy.pi * along)
        return line + aside * random.uniform(-1, 1, (CORNERS + 1, 1))

    at = {
        (i, j): (x + (i - across / 2) * step, y + (j - up / 2) * step) for i in range(across + 1) for j in range(up + 1)
    }
    east = {(i, j): side(at[i, j], at[i + 1, j]) for i in range(across) for j in range(up + 1)}
    north = {(i, j): side(at[i, j], at[i, j + 1]) for i in range(across + 1) for j in range(up)}
    shapes = {
        f"{i:02}{j:02}": shapely.Polygon(
            numpy.concatenate([east[i, j], north[i + 1, j], east[i, j + 1][::-1], north[i, j][::-1]])
        )
        for i in range(across)
        for j in range(up)
    }
    rows = {"code": list(shapes), "name": [f"Area {code}" for code in shapes]}
    geopandas.GeoDataFrame(rows, geometry=list(shapes.values()), crs=4326).to_file(path)
    return path
