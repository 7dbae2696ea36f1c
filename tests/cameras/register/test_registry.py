"""Test the register of cameras of the invented city of tests/samples/city."""

import json
import shutil
from pathlib import Path

import pytest

from cameras.models import Camera, View
from cameras.register import registry
from cameras.register.fields_of_view import cameras_seeing, update_view
from gis_data.pack import InvalidData, Pack
from tests import factories

SAMPLE = Path(__file__).parents[2] / "samples" / "city"


@pytest.fixture
def folder(tmp_path, db):
    return Path(shutil.copytree(SAMPLE, tmp_path / "city"))


def test_cameras_stand_where_the_register_says(folder):
    assert registry.load_pack(Pack(folder)) == 4

    camera = Camera.objects.get(code="C-3")
    assert (camera.name, camera.place.coords, camera.place.srid) == ("Cais de Ilhéus", (-49.955, -20.005), 4326)
    assert (camera.url, camera.period_s, camera.active) == ("http://cameras.example.invalid/C-3.jpg", 10, True)


def test_what_the_pack_tells_of_sources_and_views(folder):
    registry.load_pack(Pack(folder))

    camera = Camera.objects.get(code="C-1")
    assert (camera.road, camera.height_m, camera.public, camera.kind) == ("Avenida do Açude", 6.5, True, "jpeg")
    assert (camera.source.name, camera.source.owner, camera.source.networks) == (
        "Central de trânsito", "Prefeitura", ["10.20.0.0/16"],
    )  # fmt: skip
    view = camera.views.get()
    assert (view.bearing_deg, view.angle_deg, view.range_m, view.verified) == (90, 60, 120, False)
    assert list(cameras_seeing(factories.place_ahead(camera.place, 90, 100))) == [camera]
    assert View.objects.count() == 1


def test_pack_does_not_change_a_verified_view(folder):
    registry.load_pack(Pack(folder))
    update_view(View.objects.get(), bearing_deg=180.0, verified=True)
    registry.load_pack(Pack(folder))
    assert View.objects.get().bearing_deg == 180


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"10.20.0.0/16"', '"10.20.0.0/40"'),
        ('code = "transito"', ""),
        ("http://cameras.example.invalid/", "http://10.21.0.1/"),
        ("http://cameras.example.invalid/", "http://u:p@cameras.example.invalid/"),
        ("http://cameras.example.invalid/", "rtsp://cameras.example.invalid/"),
    ],
)
def test_a_pack_with_a_wrong_source_or_address_is_refused_whole(folder, before, after):
    path = folder / "city.toml"
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(InvalidData):
        registry.load_pack(Pack(folder))
    assert not Camera.objects.exists()


def test_reloaded_pack_keeps_rows_and_retires_missing_cameras(folder):
    registry.load_pack(Pack(folder))
    before = dict(Camera.objects.values_list("code", "pk"))
    records = json.loads((folder / "cameras.json").read_text())
    records[0]["onde"] = "Ponte nova"
    (folder / "cameras.json").write_text(json.dumps(records[:3]))

    assert registry.load_pack(Pack(folder)) == 3

    assert dict(Camera.objects.values_list("code", "pk")) == before
    assert Camera.objects.get(code="C-1").name == "Ponte nova"
    assert list(Camera.objects.filter(active=False).values_list("code", flat=True)) == ["C-4"]


def test_without_an_address_in_the_pack_those_set_here_stay(folder):
    path = folder / "city.toml"
    path.write_text(path.read_text().replace("http://cameras.example.invalid/{id}.jpg", ""))
    registry.load_pack(Pack(folder))
    Camera.objects.filter(code="C-1").update(url="http://here.example/1.jpg")

    registry.load_pack(Pack(folder))

    assert dict(Camera.objects.values_list("code", "url"))["C-1"] == "http://here.example/1.jpg"


def test_without_a_register_nothing_changes(folder):
    registry.load_pack(Pack(folder))
    (folder / "cameras.json").unlink()

    assert registry.load_pack(Pack(folder)) is None
    assert Camera.objects.filter(active=True).count() == 4
