"""Photos: what is taken, what is kept of it, and who may look at it."""

import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from geoapp.db import admission
from geoapp.media import pictures
from incidents import photos, workflow
from incidents.models import ApiKey, Photo, Report
from tests import factories
from tests.hostile_pictures import HEIC
from tests.incidents.reporting.test_reporting import faults, form_fields

PLACE_TAKEN = "10.762622"


@pytest.fixture(autouse=True)
def in_english(settings):
    settings.LANGUAGE_CODE = "en"


def exif(orientation=1):
    """EXIF as a phone writes it: where, when, with what."""
    data = Image.Exif()
    data[0x010F], data[0x0112], data[0x9003] = "PhoneMaker", orientation, "2026:11:24 14:32:00"
    data.get_ifd(0x8825).update({1: "N", 2: (10.0, 45.0, 45.44), 3: "E", 4: (106.0, 39.0, 36.1)})
    return data


def save_image(image, form, **more):
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def upload(content, name="photo.jpg", kind="image/jpeg"):
    return SimpleUploadedFile(name, content, kind)


def png_that_claims(width, height):
    """A PNG of a few bytes that says it has so many pixels, all of one colour: what a decompression bomb is."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * 100_000, 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def send(client, *uploads, **more):
    return client.post("/report/", form_fields(photos=list(uploads), **more))


def stored_files():
    """The bytes of every file that was kept: of each photo the large one, then the small one."""
    files = [file for photo in Photo.objects.all() for file in (photo.picture, photo.small)]
    return [Path(file.path).read_bytes() for file in files]


def sizes():
    return [Image.open(io.BytesIO(content)).size for content in stored_files()]


@pytest.mark.parametrize(("form", "more"), [
    ("JPEG", {"exif": exif(), "comment": b"By An at 10.762622", "xmp": b"<x:xmpmeta>PhoneMaker</x:xmpmeta>"}),
    ("PNG", {"exif": exif()}),
    ("WEBP", {"exif": exif(), "xmp": b"<x:xmpmeta>10.762622 PhoneMaker</x:xmpmeta>"}),
    ("HEIF", {}),
])  # fmt: skip
def test_of_a_photo_only_the_pixels_are_kept(client, town, form, more):
    if form == "PNG":
        more["pnginfo"] = PngInfo()
        more["pnginfo"].add_text("Author", "PhoneMaker 10.762622")
    original = HEIC.read_bytes() if form == "HEIF" else save_image(Image.new("RGB", (320, 200), "teal"), form, **more)
    assert b"PhoneMaker" in original
    assert send(client, upload(original)).status_code == 303
    for content in stored_files():
        stored = Image.open(io.BytesIO(content))
        assert (
            stored.format,
            dict(stored.getexif()),
            set(stored.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"},
        ) == ("JPEG", {}, set())
        for word in (b"PhoneMaker", b"Exif", b"10.762622", b"xmpmeta", b"2026:11:24"):
            assert word not in content


def test_a_photo_that_was_taken_sideways_is_stored_upright(client, town):
    original = Image.new("RGB", (400, 200), "teal")
    send(client, upload(save_image(original, "JPEG", exif=exif(orientation=6))))
    photo = Photo.objects.get()
    assert (photo.width, photo.height) == (200, 400)
    assert sizes() == [(200, 400), (200, 400)]


def test_a_large_photo_is_made_smaller(client, town):
    send(client, upload(factories.jpeg(4000, 3000)))
    assert sizes() == [(1920, 1440), (480, 360)]


@pytest.mark.parametrize(("content", "says"), [
    (b"", "“photo.jpg” cannot be opened. Take it again or choose another."),
    (b"GIF89a", "“photo.jpg” cannot be opened. Take it again or choose another."),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "“photo.jpg” cannot be opened. Take it again or choose another."),
    (b"%PDF-1.7", "“photo.jpg” cannot be opened. Take it again or choose another."),
    (factories.jpeg(300, 300)[:400], "“photo.jpg” cannot be opened. Take it again or choose another."),
    (png_that_claims(10_000, 6_000), "“photo.jpg” has too many pixels. Choose a smaller photo."),
    (png_that_claims(60_000, 60_000), "“photo.jpg” has too many pixels. Choose a smaller photo."),
    (png_that_claims(7_000, 7_000), "“photo.jpg” cannot be opened. Take it again or choose another."),
])  # fmt: skip
def test_what_is_no_photo_is_told_at_its_field(client, town, content, says):
    response = send(client, upload(content), upload(factories.jpeg(), "good.jpg"))
    assert response.status_code == 400
    expected = {"photos": [says]} if content else {}
    assert faults(response) == expected or says in str(faults(response))
    assert (Report.objects.count(), Photo.objects.count()) == (0, 0)


def test_sixty_megapixels_are_too_many(client, town):
    original = save_image(Image.new("L", (10_000, 6_000)), "JPEG", quality=1)
    assert faults(send(client, upload(original))) == {
        "photos": ["“photo.jpg” has too many pixels. Choose a smaller photo."]
    }


def test_fifty_megabytes_are_too_many(client, town):
    response = send(client, upload(factories.jpeg() + b"\0" * 50_000_000, "long.jpg"))
    assert faults(response) == {"photos": ["“long.jpg” is larger than 15 MB. Choose a smaller photo."]}
    assert "Knee deep" in response.content.decode()


def test_a_name_cannot_carry_markup(client, town):
    response = send(client, upload(b"no", "<img src=x onerror=alert(1)>.jpg"))
    assert "<img src=x" not in response.content.decode()


def test_at_most_five(client, town):
    response = send(client, *(upload(factories.jpeg()) for _ in range(6)))
    assert faults(response) == {"photos": ["Up to 5 photos; you chose 6."]}
    assert send(client, *(upload(factories.jpeg()) for _ in range(5))).status_code == 303
    assert Photo.objects.count() == 5


def test_photos_have_to_be_chosen_again_after_a_fault(client, town):
    response = send(client, upload(factories.jpeg()), category="")
    assert "Choose the photos again" in response.content.decode()


def test_what_cannot_be_recorded_leaves_no_file(client, town, settings, monkeypatch):
    def broken(*args, **kw):
        raise RuntimeError("the history is full")

    monkeypatch.setattr("incidents.timeline.write_lines", broken)
    with pytest.raises(RuntimeError):
        send(client, upload(factories.jpeg()))
    assert [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()] == []


@pytest.fixture
def gallery(town, officer):
    """One photo of each kind, by name."""

    def report_photo(category, place=factories.IN_OLD, public=True):
        picture = photos.read_photo(upload(factories.jpeg()))
        return factories.incident(category, place, pictures=[picture], pictures_public=public)

    public, hidden = report_photo(town.hole), report_photo(town.hole, public=False)
    secret, theirs = report_photo(town.secret), report_photo(town.hole, factories.IN_NEW)
    workflow.move(secret, "resolve", by=officer, note="Done", pictures=[photos.read_photo(upload(factories.jpeg()))])
    named = {"public": public, "hidden": hidden, "secret": secret, "theirs": theirs}
    return {name: incident.photos.first() for name, incident in named.items()} | {"result": secret.photos.last()}


def looks(client, gallery, query=""):
    return {
        name
        for name, photo in gallery.items()
        if {client.get(f"/photo/{photo.pk}/{size}.jpg{query}").status_code for size in ("large", "small")} == {200}
    }


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("who", "seen"), [
    ("anyone", {"public", "theirs"}),
    ("officer", {"public", "theirs", "hidden", "secret", "result"}),
    ("outsider", {"public", "theirs"}),
    ("operator", {"public", "theirs"}),
])  # fmt: skip
def test_who_may_look_at_which_photo(client, request, gallery, who, seen):
    if who != "anyone":
        client.force_login(request.getfixturevalue(who))
    assert looks(client, gallery) == seen


@pytest.mark.parametrize(("name", "seen"), [
    ("hidden", {"public", "theirs", "hidden"}),
    ("secret", {"public", "theirs", "secret", "result"}),
])  # fmt: skip
def test_a_reporter_sees_the_own_photos_and_the_results(client, gallery, name, seen):
    token = gallery[name].report.token
    assert looks(client, gallery, f"?token={token}") == seen
    assert looks(client, gallery, "?token=%07") == {"public", "theirs"}


def test_a_photo_is_an_image_and_nothing_else(client, gallery):
    response = client.get(f"/photo/{gallery['public'].pk}/large.jpg")
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "private" in response["Cache-Control"]
    assert Image.open(io.BytesIO(response.content)).format == "JPEG"


def test_a_photo_that_is_not_there_is_no_page(client, gallery):
    pk = gallery["public"].pk
    for address in ("/photo/999999/large.jpg", "/photo/99999999999999999999/large.jpg", f"/photo/{pk}/huge.jpg"):
        assert client.get(address).status_code == 404
    gallery["public"].picture.storage.delete(gallery["public"].picture.name)
    assert client.get(f"/photo/{pk}/large.jpg").status_code == 404


@pytest.fixture
def all_decoders_at_work():
    """As many callers as may have or await a process that decodes."""
    callers, acquired = pictures.photo_decoders.callers, 0
    while callers.acquire(blocking=False):
        acquired += 1
    yield
    for _ in range(acquired):
        callers.release()


def test_too_many_photos_at_once_are_asked_to_come_again(client, town, all_decoders_at_work):
    page = client.post("/report/", form_fields(photos=[upload(factories.jpeg())]), headers={"accept": "text/html"})
    assert (page.status_code, page["Retry-After"]) == (503, "10")
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(b"a key").hexdigest())
    sent = {"api_key": "a key", "service_code": "ST.1", "lat": "0", "long": "0", "media": upload(factories.jpeg())}
    api = client.post("/open311/v2/requests.json", sent)
    assert (api.status_code, api["Retry-After"], api["Content-Type"]) == (503, "10", "application/json; charset=utf-8")
    assert client.get("/").status_code == 200
    assert (Report.objects.count(), Photo.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("sent", "status"), [(factories.jpeg(), 303), (b"no photo", 400)], ids=["photo", "none"])
def test_who_waits_for_a_decoder_holds_no_place(client, town, monkeypatch, sent, status):
    """Pages are answered while photos are decoded, however many."""
    decode, seen = pictures.decode, []

    def look_and_decode(*args):
        seen.append((free_places(), connection.connection))
        return decode(*args)

    monkeypatch.setattr(pictures, "decode", look_and_decode)
    every = free_places()
    assert client.post("/report/", form_fields(photos=[upload(sent)])).status_code == status
    assert seen == [(every, None)]
    assert free_places() == every


def free_places():
    """How many of the strangers' places are free."""
    return admission.PLACES.most["all"] - admission.PLACES.in_use
