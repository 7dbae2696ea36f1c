"""The register of cameras, as the invented city of tests/samples/city has it."""

import json
import shutil
from pathlib import Path

import pytest

from cameras import registry
from cameras.models import Camera
from gis_data.pack import Pack

SAMPLE = Path(__file__).parent.parent / "samples" / "city"


@pytest.fixture
def folder(tmp_path, db):
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


def test_cameras_stand_where_the_register_says(folder):
    assert registry.load(Pack(folder)) == 4

    camera = Camera.objects.get(code="C-3")
    assert (camera.name, camera.place.coords, camera.place.srid) == ("Cais de Ilhéus", (-49.955, -20.005), 4326)
    assert (camera.url, camera.period_s, camera.active) == ("http://cameras.example.invalid/C-3.jpg", 10, True)


def test_a_camera_keeps_its_row_and_one_that_left_is_no_longer_active(folder):
    registry.load(Pack(folder))
    before = dict(Camera.objects.values_list("code", "pk"))
    records = json.loads((folder / "cameras.json").read_text())
    records[0]["onde"] = "Ponte nova"
    (folder / "cameras.json").write_text(json.dumps(records[:3]))

    assert registry.load(Pack(folder)) == 3

    assert dict(Camera.objects.values_list("code", "pk")) == before
    assert Camera.objects.get(code="C-1").name == "Ponte nova"
    assert list(Camera.objects.filter(active=False).values_list("code", flat=True)) == ["C-4"]


def test_without_an_address_in_the_pack_those_set_here_stay(folder):
    path = folder / "city.toml"
    path.write_text(path.read_text().replace("http://cameras.example.invalid/{id}.jpg", ""))
    registry.load(Pack(folder))
    Camera.objects.filter(code="C-1").update(url="http://here.example/1.jpg")

    registry.load(Pack(folder))

    assert dict(Camera.objects.values_list("code", "url"))["C-1"] == "http://here.example/1.jpg"


def test_without_a_register_nothing_changes(folder):
    registry.load(Pack(folder))
    (folder / "cameras.json").unlink()

    assert registry.load(Pack(folder)) is None
    assert Camera.objects.filter(active=True).count() == 4
