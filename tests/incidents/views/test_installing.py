"""Test the manifest and service worker, which pages a browser may store, and the form sent by a script."""

from io import BytesIO

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from PIL import Image

from geoapp.http import rate_limits
from gis_data.services import tiles
from incidents.models import Category, Incident, Question, Report
from incidents.views.public import installing
from tests import factories

AS_DATA = {"HTTP_ACCEPT": "application/json"}
SENDING = "5b0f3c3e-6d7e-4f0a-9a53-0f6f1b0c9d11"


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("vi", ("Gửi phản ánh", "Bản đồ sự cố")),
        ("en", ("Report a problem", "Map of incidents")),
    ],
)
def test_manifest_names_the_city_in_the_spoken_language(client, town, language, names):
    client.cookies["django_language"] = language
    answer = client.get("/manifest.webmanifest")
    manifest = answer.json()
    with translation.override(language):
        brand = town.city.brand
    assert (answer["Content-Type"], manifest["name"], manifest["lang"]) == (
        "application/manifest+json",
        brand,
        language,
    )
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/report/", "/", "standalone")
    assert tuple(shortcut["name"] for shortcut in manifest["shortcuts"]) == names


def test_icons_of_the_manifest_are_as_large_as_it_says(client, town):
    for icon in [*installing.ICONS, {"src": "look/apple-touch-icon.png", "sizes": "180x180"}]:
        with Image.open(finders.find(icon["src"])) as picture:
            assert "{}x{}".format(*picture.size) == icon["sizes"]
    purposes = [icon.get("purpose", "any") for icon in client.get("/manifest.webmanifest").json()["icons"]]
    assert purposes == ["any", "any", "maskable"]


@pytest.mark.parametrize("address", ["/sw.js", "/push-worker.js"])
def test_one_worker_keeps_sends_and_shows_messages(client, town, address):
    answer = client.get(address)
    script = answer.content.decode()
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/javascript; charset=utf-8", "no-cache")
    heard = ["push", "sync", "fetch", "notificationclick"]
    assert [word for word in heard if f'addEventListener("{word}"' in script] == heard
    assert installing.MODULE_WORDS.findall(script) == []


def test_worker_changes_with_what_it_keeps(monkeypatch):
    before = installing.worker_script()
    monkeypatch.setattr(installing, "static", lambda name: f"/static/{name}?other")
    assert installing.worker_script() != before


def test_worker_keeps_each_file_that_the_form_imports():
    modules = {name for name in installing.shell_files() if name.startswith("incidents/")}
    needed = ("public/report", "offline/report-queue", "public/photo-file", "public/outlines", "public/pin")
    assert modules >= {f"incidents/{name}.js" for name in needed}
    assert [name for name in installing.shell_files() if not name.startswith("fonts/") and not finders.find(name)] == []


@pytest.mark.parametrize(
    ("path", "is_kept"),
    [
        ("/", "/"),
        ("/?state=open", None),
        ("/report/", "/report/"),
        ("/report/?lon=10.005&lat=50.005", None),
        ("/offline/", "/offline/"),
        ("/f/{token}/", "/f/{token}/"),
        ("/f/{token}/?sent=1", "/f/{token}/"),
        ("/f/nothing/", None),
        ("/mine/", "/mine/"),
        ("/mine/?forgotten=1", None),
        ("/i/{reference}/", None),
        ("/stats/", None),
        ("/chat/", None),
        ("/sign-in/", None),
    ],
)
def test_which_pages_a_browser_may_keep(client, town, path, is_kept):
    incident = factories.incident(town.hole)
    values = {"token": incident.reports.get().token, "reference": incident.reference}
    assert client.get(path.format(**values)).get("Keep-Offline") == (is_kept and is_kept.format(**values))


def test_nothing_is_kept_of_who_is_signed_in(client, town):
    token = factories.incident(town.hole).reports.get().token
    client.force_login(factories.person("officer", town.office))
    pages = ("/", "/report/", f"/f/{token}/", "/offline/", "/desk/")
    assert [client.get(path).get("Keep-Offline") for path in pages] == [None] * 5


def test_outlines_hold_all_areas_in_whole_steps(client, town):
    answer = client.get(f"/tiles/areas/outlines.json?v={tiles.version()}")
    outlines = answer.json()
    assert "immutable" in answer["Cache-Control"]
    assert {area["title"]["vi"] for area in outlines["areas"]} == {"Phường Old Wharf", "Phường New Wharf"}
    steps = [step for area in outlines["areas"] for polygon in area["shape"] for ring in polygon for step in ring]
    assert {type(step) for step in steps} == {int}


def form_fields(**more):
    return {
        "sending": SENDING, "lon": "10.005", "lat": "50.005", "category": "ST.1", "text": "Deep", "join": "new", **more
    }  # fmt: skip


def test_a_script_sends_the_form_and_hears_where_it_went(town):
    client = Client(enforce_csrf_checks=True)
    token = client.get("/report/", **AS_DATA).json()["token"]
    answer = client.post("/report/", form_fields(csrfmiddlewaretoken=token), **AS_DATA)
    report = Report.objects.get()
    expected = {"link": f"/f/{report.token}/", "reference": report.incident.reference}
    assert (answer.status_code, answer.json()) == (201, expected)


def test_the_same_report_sent_again_is_one(client, town):
    answers = [client.post("/report/", form_fields(), **AS_DATA) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert (len({answer.json()["link"] for answer in answers}), Incident.objects.count()) == (1, 1)


def test_all_faults_are_told_at_once_and_nothing_is_stored(client, town):
    broken = SimpleUploadedFile("a.jpg", b"no picture")
    faulty = form_fields(lon="", lat="", category="gone", phone="12", email="x", photos=broken, text="x" * 4001)
    answer = client.post("/report/", faulty, **AS_DATA)
    assert (answer.status_code, list(answer.json()["faults"]), Report.objects.count()) == (
        400, ["where", "category", "photos", "text", "phone", "email"], 0,
    )  # fmt: skip


def test_a_report_whose_category_is_gone_is_told_so(client, town):
    Category.objects.filter(code="ST.1").delete()
    answer = client.post("/report/", form_fields(), **AS_DATA)
    assert (answer.status_code, answer.json()) == (
        400, {"faults": {"category": ["Không có loại việc này. Hãy chọn trong danh sách."]}},
    )  # fmt: skip


def test_faults_of_questions_name_their_fields(client, town):
    Question.objects.create(category=town.hole, code="depth", datatype="number", text="Sâu?", required=True)
    answers = [
        client.post("/report/", form_fields(**more), **AS_DATA) for more in ({}, {"q-depth": "deep"}, {"q-depth": "30"})
    ]
    fault_fields = [list(answer.json().get("faults", {})) for answer in answers]
    assert (fault_fields, Report.objects.count()) == ([["q-depth"], ["q-depth"], []], 1)


def test_a_script_without_a_token_is_given_one(town):
    answer = Client(enforce_csrf_checks=True).post("/report/", form_fields(), **AS_DATA)
    assert (answer.status_code, list(answer.json()), Report.objects.count()) == (403, ["token"], 0)


def test_a_report_that_is_held_is_told_its_link_only(client, town, settings):
    settings.LIMITS = settings.LIMITS | {"report:address": rate_limits.Limit(1, 3600)}
    client.post("/report/", form_fields(), **AS_DATA)
    again = client.post("/report/", form_fields(sending="", text="Other"), **AS_DATA)
    assert (again.status_code, again.json()["reference"]) == (201, "")


def test_a_photo_keeps_nothing_of_where_it_was_taken(client, town, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    sent_photo = factories.jpeg(exif=factories.exif_of_place(10.005, 50.005))
    client.post("/report/", form_fields(photos=SimpleUploadedFile("a.jpg", sent_photo)), **AS_DATA)
    with Report.objects.get().photos.get().picture.open() as file:
        stored_image = Image.open(BytesIO(file.read()))
    assert (bool(Image.open(BytesIO(sent_photo)).getexif()), bool(stored_image.getexif())) == (True, False)
