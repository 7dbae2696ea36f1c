"""Test who gets which picture of a camera, and its HTTP headers."""

import io
import random
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils.timezone import now
from PIL import Image

from cameras.detection import findings
from cameras.masking import thumbnails
from cameras.models import Camera, Frame, View
from incidents.models import Incident
from tests import factories
from tests.cameras.conftest import camera, in_ring, keeps, sees, shows, was

ROLES = ("anyone", "nobody", "officer", "outsider", "operator", "controller", "chief")
# Whose view each picture address is. `nobody` has an account without a post, `chief` is a superuser; the evidence
# belongs to an incident of the officer's authority.
SEES = {
    "camera-picture": {"operator", "controller", "chief"},
    "camera-frame": {"operator", "controller", "chief"},
    "evidence": {"officer", "controller", "chief"},
    "camera-still": set(ROLES),
    "camera-proof": {"operator", "controller", "chief"},
    "finding-picture": {"controller", "chief"},
}


@pytest.fixture
def people(officer, outsider, operator, controller):
    chief = factories.superuser()
    return {
        "anyone": None, "nobody": factories.person("nobody"), "officer": officer, "outsider": outsider,
        "operator": operator, "controller": controller, "chief": chief,
    }  # fmt: skip


@pytest.fixture
def addresses(eye, incident):
    finding = findings.propose_finding(eye, "crowd", now(), picture=factories.jpeg(), taken_at=now())
    Camera.objects.update(public=True)
    return {
        "camera-picture": reverse("camera-picture", args=[eye.code]),
        "camera-frame": reverse("camera-frame", args=[eye.code, eye.last_frame.micros]),
        "evidence": reverse("evidence", args=[keeps(eye, incident).pk]),
        "camera-still": reverse("camera-still", args=[shows(eye).camera.code]),
        "camera-proof": reverse("camera-proof", args=[eye.code, was(eye, "covered", now(), proof=True).pk]),
        "finding-picture": reverse("finding-picture", args=[finding.pk]),
    }


def test_the_table_below_names_every_picture_address_of_cameras():
    named = {
        pattern.name
        for included in get_resolver().url_patterns
        for pattern in getattr(included, "url_patterns", [])
        if getattr(pattern.callback, "__module__", "").startswith("cameras") and str(pattern.pattern).endswith(".jpg")
    }
    assert named == set(SEES)


@pytest.fixture
def plain_404(monkeypatch):
    """Replace the rendered 404 page by a plain one where it comes often."""
    monkeypatch.setattr("geoapp.urls.handler404", lambda request, exception: HttpResponse(status=404), raising=False)


def statuses(people, addresses, **query):
    """Return {address: {role: (the status of its answer, whether that has an ETag)}}."""
    got = {name: {} for name in addresses}
    for role, person in people.items():
        client = Client()
        if person:
            client.force_login(person)
        for name, address in addresses.items():
            answer = client.get(address, query)
            got[name][role] = answer.status_code, "ETag" in answer
    return got


def expected_answers(sees):
    return {name: {role: (200, True) if role in who else (404, False) for role in ROLES} for name, who in sees.items()}


def test_who_sees_which_picture(people, addresses, plain_404):
    assert statuses(people, addresses) == expected_answers(SEES)


ZONE = [[[0.2, 0.2], [0.4, 0.2], [0.4, 0.4]]]
# What may have happened to a camera, and who still sees which of its pictures.
HAPPENED = {
    "paused": (
        {"paused_until": now() + timedelta(days=9)},
        {},
        {
            "camera-picture": set(),
            "camera-frame": set(),
            "evidence": SEES["evidence"],
            "camera-still": set(),
            "camera-proof": set(),
            "finding-picture": set(),
        },
    ),
    "lost, with zones": (
        {},
        {"state": "lost", "zones": ZONE},
        {
            "camera-picture": {"controller", "chief"},
            "camera-frame": {"controller", "chief"},
            "evidence": {"controller", "chief"},
            "camera-still": set(),
            "camera-proof": {"controller", "chief"},
            "finding-picture": {"controller", "chief"},
        },
    ),
    "lost, without zones": ({}, {"state": "lost"}, SEES | {"camera-still": set()}),
    "unknown, with zones": (
        {},
        {"state": "unknown", "zones": ZONE},
        {
            "camera-picture": {"controller", "chief"},
            "camera-frame": {"controller", "chief"},
            "evidence": {"controller", "chief"},
            "camera-still": set(),
            "camera-proof": {"controller", "chief"},
            "finding-picture": {"controller", "chief"},
        },
    ),
    "not public": ({"public": False}, {}, SEES | {"camera-still": set()}),
    "silent": ({"health": "stale"}, {}, SEES | {"camera-still": set()}),
}


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("what", HAPPENED)
def test_readers_of_each_picture_address_after_a_camera_change(people, addresses, plain_404, what):
    to_camera, to_view, sees_still = HAPPENED[what]
    Camera.objects.update(**to_camera)
    View.objects.update(**to_view)
    assert statuses(people, addresses) == expected_answers(sees_still)


def test_known_etag_gives_404_to_who_may_not_see_the_picture(client, eye, addresses, outsider):
    client.force_login(outsider)
    known = {"If-None-Match": f'"{eye.last_frame.sha256}"'}
    assert client.get(addresses["camera-picture"], headers=known).status_code == 404


def test_a_hand_over_takes_the_pictures_along(client, people, addresses, incident, town):
    Incident.objects.filter(pk=incident.pk).update(authority=town.other)
    client.force_login(people["officer"])
    assert client.get(addresses["evidence"]).status_code == 404
    client.force_login(people["outsider"])
    assert client.get(addresses["evidence"]).status_code == 200


def test_a_picture_is_sent_as_it_came_and_is_kept_by_nobody_else(client, eye, addresses, controller):
    client.force_login(controller)
    answer = client.get(addresses["camera-picture"])
    assert answer.content == factories.jpeg(colour="teal")
    sha = eye.last_frame.sha256
    assert {name: answer[name] for name in ("Content-Type", "Cache-Control", "ETag", "X-Content-Type-Options")} == {
        "Content-Type": "image/jpeg",
        "Cache-Control": "private, no-store",
        "ETag": f'"{sha}"',
        "X-Content-Type-Options": "nosniff",
    }
    assert eye.last_frame.pack not in str(answer.headers)
    again = client.get(addresses["camera-picture"], headers={"If-None-Match": f'"{sha}"'})
    assert (again.status_code, again.content, again["Cache-Control"]) == (304, b"", "private, no-store")


def test_who_sees_which_picture_small(people, addresses, plain_404):
    thumbnails.thumbnail_cache.get(Frame.objects.get().sha256, factories.jpeg)  # it lies in memory already
    assert statuses(people, addresses, size="tile") == expected_answers(SEES)


def test_a_small_picture_weighs_little_and_is_made_once(client, eye, controller, monkeypatch):
    street = in_ring(eye, noisy(1920, 1080), now())
    client.force_login(controller)
    address = reverse("camera-frame", args=[eye.code, street.micros])
    large, small = client.get(address), client.get(address, {"size": "tile"})
    with Image.open(io.BytesIO(small.content)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 180))
    assert len(small.content) <= thumbnails.HEAVIEST < len(large.content)
    assert (small["ETag"], small["Cache-Control"]) == (f'"{street.sha256}-tile"', "private, no-store")
    monkeypatch.setattr(thumbnails, "make_thumbnail", None)  # another making would fail
    assert client.get(address, {"size": "tile"}).content == small.content
    known = {"If-None-Match": small["ETag"]}
    assert client.get(address, {"size": "tile"}, headers=known).status_code == 304
    assert client.get(address, headers=known).status_code == 200  # the large one is another picture


def test_what_is_no_picture_cannot_be_made_small(client, eye, controller):
    client.force_login(controller)
    for data in (b"\xff\xd8\xff" + b"x" * 50, b"GIF89a" + b"x" * 50):
        broken = in_ring(eye, data, now())
        address = reverse("camera-frame", args=[eye.code, broken.micros])
        assert client.get(address, {"size": "tile"}).status_code == 404


def test_memory_keeps_only_the_last_small_pictures():
    shelf = thumbnails.ThumbnailCache(capacity=2)
    reads = []
    for sha in ("a", "b", "a", "c", "b"):
        shelf.get(sha, lambda sha=sha: reads.append(sha) or factories.jpeg())
    assert reads == ["a", "b", "c", "b"]
    assert list(shelf.pictures) == ["c", "b"]


def noisy(width, height):
    """Return a picture of which no part is like another: the largest possible file."""
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3)).save(
        out, "JPEG", quality=90
    )
    return out.getvalue()


def test_a_picture_is_only_read(client, addresses, controller):
    client.force_login(controller)
    for address in addresses.values():
        assert client.post(address).status_code == 405
        assert client.head(address).status_code == 200


def test_a_picture_that_is_gone_or_is_none_is_not_found(client, eye, controller, town):
    client.force_login(controller)
    Frame.objects.filter(camera=eye).update(pack="gone.pack")
    blind = camera("B1")
    page = sees(camera("B2"))
    Frame.objects.filter(camera=page.camera).update(kind="html")
    for address in ("A1", blind.code, "B2", "none", "..%2F..%2Fetc"):
        assert client.get(f"/cameras/{address}/now.jpg").status_code == 404


def test_who_sees_the_cameras_of_an_incident(people, eye, incident, plain_404):
    got = statuses(people, {"page": reverse("cameras-nearby", args=[incident.reference])})["page"]
    assert {role for role, (status, _etag) in got.items() if status == 200} == {"officer", "controller", "chief"}
    assert {status for status, _etag in got.values()} == {200, 404}


def test_officer_sees_near_cameras_and_evidence_not_live_picture(client, eye, incident, officer):
    keeping, far, inactive = keeps(eye, incident), camera("FAR", lon=10.0125), camera("GONE", active=False)
    second = camera("A2", lon=10.006, name="Quay", health="offline")
    client.force_login(officer)
    page = client.get(reverse("cameras-nearby", args=[incident.reference])).content.decode()
    assert f"/evidence/{keeping.pk}.jpg" in page
    assert "now.jpg" not in page
    assert page.index(eye.name) < page.index(second.name)
    assert "71\N{NO-BREAK SPACE}m" in page or "71 m" in page
    assert far.name not in page
    assert inactive.name not in page


def test_the_nearest_cameras_stand_within_500_metres(town):
    cameras = [camera(f"N{i}", lon=10.005 + i * 0.001) for i in range(9)]
    camera("OFF", active=False)
    assert [(nearby.code, round(nearby.distance.m)) for nearby in Camera.objects.near(factories.IN_OLD)] == [
        (eye.code, round(i * 71.467)) for i, eye in enumerate(cameras[:7])
    ]
