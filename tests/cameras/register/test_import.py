"""Test the import of cameras from a file: preview, commit, and nothing of it if a line is wrong."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from cameras.capture import addresses
from cameras.models import Camera, Source, View
from cameras.register import registry
from cameras.register.fields_of_view import cameras_seeing, update_view
from geoapp.crypto import vault
from gis_data.pack import InvalidData
from tests import factories
from tests.cameras.conftest import camera

PIER = """\
code,name,longitude,latitude,road,source,kind,url,credentials,bearing,angle,range,public
P-1,Pier,10.005,50.005,Harbour Road,port,jpeg,http://10.20.0.7/one.jpg,guard:hunter2,90,60,120,yes
P-2,Bridge,10.015,50.005,,,,,,,,,
"""


@pytest.fixture
def port(town):
    return Source.objects.create(code="port", name="Port office", networks=["10.20.0.0/16"])


def import_table(text, whole=False):
    return registry.carry_out_plan(lambda: registry.plan_file(text.encode(), "cameras.csv", whole))


def faults_of(text):
    with pytest.raises(InvalidData) as caught:
        registry.plan_file(text.encode(), "cameras.csv")
    return list(caught.value.faults)


def test_a_file_is_told_first_and_then_kept(port, tmp_path):
    file = tmp_path / "cameras.csv"
    file.write_text(PIER)
    out = io.StringIO()
    call_command("import_cameras", file, stdout=out)
    assert not Camera.objects.exists()
    assert out.getvalue().splitlines() == [
        "+ P-1 Pier",
        "+ P-2 Bridge",
        "2 new, 0 changed, 0 gone, 0 as before. Nothing was written: --commit keeps it.",
    ]

    call_command("import_cameras", file, commit=True, stdout=io.StringIO())

    pier = Camera.objects.get(code="P-1")
    assert (pier.road, pier.source, pier.kind, pier.url, pier.public, pier.period_s) == (
        "Harbour Road", port, "jpeg", "http://10.20.0.7/one.jpg", True, 30,
    )  # fmt: skip
    assert vault.decrypt(pier.credentials) == "guard:hunter2"
    view = pier.views.get()
    assert (view.bearing_deg, view.angle_deg, view.range_m, view.current, view.verified) == (90, 60, 120, True, False)
    assert list(cameras_seeing(factories.place_ahead(pier.place, 90, 100))) == [pier]
    assert not View.objects.filter(camera__code="P-2").exists()


def test_what_changes_is_said_and_no_secret_is(port):
    import_table(PIER)
    later = PIER.replace("Pier", "Pier 1").replace(",90,", ",180,").replace("hunter2", "correct-horse")
    plan = registry.plan_file(later.encode(), "cameras.csv")
    assert [(change.code, change.lines) for change in plan.changed] == [
        ("P-1", [("name", "Pier", "Pier 1"), ("credentials", "", "mới"), ("bearing_deg", "90.0", "180.0")])
    ]
    assert plan.same == 1
    assert "hunter2" not in str(plan)
    import_table(later)
    assert vault.decrypt(Camera.objects.get(code="P-1").credentials) == "guard:correct-horse"


def test_the_same_file_again_changes_nothing(port):
    import_table(PIER)
    assert not import_table(PIER).has_changes


def test_what_a_file_does_not_tell_stays(port):
    import_table(PIER)
    update_view(View.objects.get(), verified=True)
    import_table("code,period\nP-1,15\n")
    pier = Camera.objects.get(code="P-1")
    assert (pier.name, pier.period_s, pier.url, pier.source) == ("Pier", 15, "http://10.20.0.7/one.jpg", port)
    assert pier.credentials
    assert pier.views.get().verified
    import_table("code,bearing,credentials\nP-1,180,\n")
    assert not pier.views.get().verified
    pier.refresh_from_db()
    assert pier.credentials


def test_a_camera_that_moves_takes_its_views_along(port):
    import_table(PIER)
    pier = Camera.objects.get(code="P-1")
    other = update_view(View(camera=pier, name="North", current=False), bearing_deg=0, angle_deg=60, range_m=100)
    import_table("code,longitude,latitude\nP-1,10.015,50.008\n")
    pier.refresh_from_db()
    other.refresh_from_db()
    assert list(cameras_seeing(factories.place_ahead(pier.place, 90, 100))) == [pier]
    assert other.footprint.covers(factories.place_ahead(pier.place, 0, 50))


def test_only_a_whole_register_takes_cameras_out(port):
    camera("OLD")
    assert import_table(PIER).retired == []
    assert Camera.objects.get(code="OLD").active
    assert [change.code for change in import_table(PIER, whole=True).retired] == ["OLD"]
    assert not Camera.objects.get(code="OLD").active
    import_table("code\nOLD\n")
    assert Camera.objects.get(code="OLD").active


def test_all_faults_are_told_at_once_and_nothing_is_kept(port):
    wrong = """\
code,name,longitude,latitude,source,kind,url,credentials,bearing,angle,range,period,public
A,,10.005,50.005,,,,,,,,,
B,B,50.005,10.005,,,,,,,,,
C,C,10.005,50.005,nobody,,,,,,,,
D,D,10.005,50.005,,ftp,,password,400,0,9000,soon,perhaps
D,D,10.005,north,,,,,,,,,
,E,10.005,50.005,,,,,,,,,
"""
    assert faults_of(wrong) == [
        "dòng 2: name: còn trống.",
        "dòng 3: kinh độ và vĩ độ bị đổi chỗ cho nhau.",
        "dòng 4: không có nguồn nào mang mã nobody.",
        "dòng 5: kind: ftp không thuộc jpeg, mjpeg, hls, rtsp.",
        "dòng 5: period: hãy ghi số giây nguyên từ 1 đến 3600.",
        "dòng 5: public: viết yes, hoặc để trống.",
        "dòng 5: bearing: hãy ghi số độ từ 0 đến 360.",
        "dòng 5: angle: hãy ghi số độ từ 0 đến 360.",
        "dòng 5: range: hãy ghi số mét, tối đa 5000.",
        "dòng 5: credentials: hãy ghi dạng user:password.",
        "dòng 6: hãy ghi kinh độ và vĩ độ, tính bằng độ.",
        "dòng 6: mã D cũng có ở dòng 5.",
        "dòng 7: hãy ghi mã dài từ 1 đến 40 ký tự.",
    ]
    assert faults_of("code,source\nC,nobody\nN,\n") == [
        "dòng 2: C là camera mới nhưng không có name, longitude, latitude.",
        "dòng 3: N là camera mới nhưng không có name, longitude, latitude.",
    ]
    camera("C")
    assert faults_of("code,source\nC,nobody\n") == ["dòng 2: không có nguồn nào mang mã nobody."]
    assert Camera.objects.count() == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "code\n", "name\nA\n", "code,colour\nA,red\n", "code,name\nA\n", "code,name\nA,B,C\n", 'code\n"A',
        "{", "{}", '{"features": 1}', '{"features": [1]}', '{"features": [{"properties": {}, "geometry": {}}]}',
        '{"features": [{"properties": {"code": {}}}]}', '{"features": []}', "[" * 100_000, "{" * 100_000, "a\0b",
    ],
)  # fmt: skip
def test_what_is_no_register_is_refused_in_words(town, text):
    assert all(faults_of(text))


def test_bytes_that_are_no_text_are_refused(town):
    with pytest.raises(InvalidData):
        registry.plan_file("Bến".encode("utf-16"), "x.csv")
    with pytest.raises(InvalidData):
        registry.plan_file(b"code\n" + b"x" * 20_000_001, "x.csv")


def test_geojson_says_the_same_as_a_table(port):
    properties = {
        "code": "P-1",
        "name": "Pier",
        "bearing": 90,
        "angle": 60.5,
        "range": 120,
        "public": True,
        "road": None,
    }
    point = {"type": "Point", "coordinates": [10.005, 50.005, 4]}
    import_table(json.dumps({"type": "FeatureCollection", "features": [{"geometry": point, "properties": properties}]}))
    pier = Camera.objects.get()
    assert (pier.place.coords, pier.public, pier.road) == ((10.005, 50.005), True, "")
    assert (pier.views.get().bearing_deg, pier.views.get().angle_deg) == (90, 60.5)


def test_a_file_that_cannot_be_read_is_an_error_of_the_command(town, tmp_path):
    with pytest.raises(CommandError):
        call_command("import_cameras", tmp_path / "nothing.csv")
    (tmp_path / "bad.csv").write_text("code\nNEW\n")
    with pytest.raises(CommandError, match="NEW"):
        call_command("import_cameras", tmp_path / "bad.csv", commit=True)


RIGHT = [
    ("http://camera.example/1.jpg", "jpeg", []),
    ("https://camera.example:8443/x?id=1", "hls", []),
    ("rtsp://10.20.0.9/stream", "rtsp", ["10.20.0.0/16"]),
    ("http://[2001:4860:4860::8888]/1.jpg", "mjpeg", []),
    ("", "rtsp", []),
]
WRONG = [
    ("rtsp://camera.example/1", "jpeg"), ("http://camera.example/1", "rtsp"), ("ftp://camera.example/1", "jpeg"),
    ("file:///etc/passwd", "jpeg"), ("camera.example/1.jpg", "jpeg"), ("http://", "jpeg"), ("http://[::1", "jpeg"),
    ("http://camera.example:99999/", "jpeg"), ("http://cam era/", "jpeg"), ("http://a\\b/", "jpeg"),
    ("http://user:pass@camera.example/", "jpeg"), ("http://user@camera.example/", "jpeg"),
    ("http://10.20.0.9/", "jpeg"), ("http://127.0.0.1/", "jpeg"), ("http://localhost/", "jpeg"),
    ("http://2130706433/", "jpeg"), ("http://0x7f.1/", "jpeg"), ("http://127.1/", "jpeg"), ("http://0/", "jpeg"),
    ("http://[::ffff:127.0.0.1]/", "jpeg"), ("http://[::1]/", "jpeg"), ("http://169.254.169.254/", "jpeg"),
    ("rtsp://192.168.1.4/", "rtsp"), ("exec:rm", "rtsp"),
]  # fmt: skip


def test_which_addresses_are_right():
    assert [addresses.address_faults(url, kind, networks) for url, kind, networks in RIGHT] == [[]] * len(RIGHT)


@pytest.mark.parametrize(("url", "kind"), WRONG)
def test_which_addresses_are_refused(url, kind):
    assert addresses.address_faults(url, kind)


def test_address_outside_the_networks_of_its_source_is_refused(port):
    assert faults_of(PIER.replace("10.20.0.7", "10.21.0.7")) == [
        "dòng 2: Không camera nào được đặt ở 10.21.0.7: địa chỉ này không nằm trong mạng mà nguồn của nó cho phép."
    ]
    import_table(PIER)
    assert faults_of("code,source\nP-1,\n") == [
        "dòng 2: Không camera nào được đặt ở 10.20.0.7: địa chỉ này không nằm trong mạng mà nguồn của nó cho phép."
    ]
