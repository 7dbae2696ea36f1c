"""Load the cameras of a city pack."""

from django.contrib.gis.geos import Point
from django.db import transaction

from cameras.models import Camera
from gis_data.pack import Faulty, doubled, number
from gis_data.words import tidy


@transaction.atomic
def load(pack) -> int | None:
    """Load the register; how many cameras it has, or None where the pack or the file is missing (nothing changes then).

    A camera keeps its row, frames and evidence as long as its code stays; one that has left the register is no longer
    active. Where the pack names no address for the pictures, the addresses set here stay.
    """
    spec = pack.section("cameras", ["file", "code", "name", "longitude", "latitude", "attribution"])
    records = pack.records(spec["file"]) if spec else None
    if records is None:
        return None
    check(spec["file"], spec, records, pack)
    cameras = [
        Camera(
            code=tidy(str(record[spec["code"]])),
            name=tidy(str(record[spec["name"]]))[:150],
            place=Point(number(record[spec["longitude"]]), number(record[spec["latitude"]]), srid=4326),
            url=spec.get("url", "").format_map(record),
            period_s=spec.get("period_s", 30),
        )
        for record in records
    ]
    changed = ["name", "place", "period_s", "active"] + (["url"] if spec.get("url") else [])
    Camera.objects.bulk_create(cameras, update_conflicts=True, unique_fields=["code"], update_fields=changed)
    Camera.objects.exclude(code__in=[camera.code for camera in cameras]).update(active=False)
    return len(cameras)


def check(name, spec, records, pack):
    """Raise Faulty with every record that lacks something, or stands outside the city."""
    keys = [spec[key] for key in ("code", "name", "longitude", "latitude")]
    faults = [
        f"{name} record {n}: no {key}." for n, record in enumerate(records, 1) for key in keys if not record.get(key)
    ]
    if faults:
        raise Faulty(*faults)
    codes = [tidy(str(record[spec["code"]])) for record in records]
    faults = [f"{name}: the code {code} stands more than once." for code in doubled(codes)]
    for code, record in zip(codes, records, strict=True):
        if not pack.inside(number(record[spec["longitude"]]), number(record[spec["latitude"]])):
            faults.append(f"{name}: camera {code} stands outside the city's bounds.")
    try:
        for record in records:
            spec.get("url", "").format_map(record)
    except (KeyError, ValueError) as error:
        faults.append(f"city.toml [cameras]: the url cannot be filled in ({error}).")
    if faults:
        raise Faulty(*faults)
