"""Test that lessons of a patrol are stored, loaded by the next patrol, and deleted when they are outdated."""

import asyncio
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.timezone import now

from cameras.analysis import Alignment, CameraInspector, view_tracking
from cameras.models import Baseline, Camera, Card, HealthInterval, View
from cameras.patrol import baselines
from demo.cameras.pictures import H, Pictures, W
from tests import factories
from tests.cameras.conftest import camera
from tests.cameras.masking.test_zones import PINK, image_of, pink
from tests.cameras.patrol.test_patrol import ask, on_patrol, until
from tests.truth import drawn

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()


@pytest.fixture(scope="module")
def pictures():
    return Pictures(ZoneInfo("Asia/Ho_Chi_Minh"))


@pytest.fixture(scope="module")
def good(pictures):
    """Return an inspector that learnt a good camera: its baseline and references."""
    eye = CameraInspector()
    inspect_pictures(eye, pictures, "well", 0, 26)
    return eye


def inspect_pictures(eye, pictures, kind, start, many):
    """Return the last problem found in so many pictures of a kind."""
    for at in (NOON + (start + n) * 30 for n in range(many)):
        glance = eye.inspect(drawn.send_picture(pictures, kind, "A1", at, 0), datetime.fromtimestamp(at, UTC))
    return glance.problem


def lesson(camera, eye, **more):
    return baselines.Lesson(camera.pk, eye.baseline.as_json(), baselines.references_with_hours(eye), None, **more)


@pytest.fixture
def taught(good):
    """Create a camera with stored lessons; its picture is in no storage yet."""
    good.tracker.references[0].name = ""
    eye = camera("A1")
    baselines.store_lessons([lesson(eye, good)], {})
    return eye


def test_who_takes_a_camera_up_knows_it(taught, pictures):
    ((eye, without_portrait),) = baselines.recall_inspectors({taught.pk}).values()
    assert not without_portrait
    assert inspect_pictures(eye, pictures, "well", 30, 3) is None
    assert eye.alignment.state == "fits"
    assert inspect_pictures(eye, pictures, "turned", 33, 6) == "moved"
    assert baselines.recall_inspectors({camera("A2").pk}) == {}


def test_a_picture_that_was_lost_is_learnt_again(taught):
    (reference,) = Baseline.objects.get().references
    default_storage.delete(reference["picture"])
    ((eye, _),) = baselines.recall_inspectors({taught.pk}).values()
    assert eye.tracker.references == []
    assert eye.baseline.hours


def test_the_picture_of_a_reference_that_is_given_up_goes(taught, good):
    (reference,) = Baseline.objects.get().references
    assert default_storage.exists(reference["picture"])
    baselines.store_lessons([baselines.Lesson(taught.pk, {}, [], 310)], {})
    assert not default_storage.exists(reference["picture"])
    assert Baseline.objects.get().references == []
    assert Camera.objects.get().rhythm_s == 310


def test_what_is_learnt_of_a_camera_that_is_gone_is_let_go(taught, good):
    lost_lesson = lesson(taught, good)
    taught.delete()
    baselines.store_lessons([lost_lesson], {})
    assert not Baseline.objects.exists()


def test_cards_are_known_to_all_once_one_has_learnt_them():
    assert baselines.store_lessons([], {"a" * 64: 3}) == {"a" * 64}
    assert baselines.store_lessons([], {"a" * 64: 4, "b" * 64: 3}) == {"a" * 64, "b" * 64}
    assert list(Card.objects.order_by("sha256").values_list("cameras", flat=True)) == [3, 3]


def test_a_view_gets_the_picture_that_shows_it_but_never_another(good, taught, pictures):
    view = View.objects.create(camera=taught)
    ((_, without_portrait),) = baselines.recall_inspectors({taught.pk}).values()
    assert without_portrait
    for shown in (pictures.draw("A1", NOON), pictures.draw("A1", NOON + 30)):
        baselines.store_lessons([lesson(taught, good, portrait=(shown, "jpg"))], {})
    view.refresh_from_db()
    assert baselines.read_stored(view.reference) == pictures.draw("A1", NOON)
    assert not baselines.recall_inspectors({taught.pk})[taught.pk][1]


def test_alignments_are_written_and_turn_the_footprint(taught):
    view = View.objects.create(camera=taught, bearing_deg=90, angle_deg=60, range_m=100)
    turned = Alignment("shifted", ((1.0, 0.0, -0.2), (0.0, 1.0, 0.0)))
    written = []
    for fit in (Alignment("fits", view_tracking.SAME_PLACE), turned, Alignment("lost"), Alignment("turns")):
        assert baselines.write_alignments({taught.pk: baselines.ViewAlignment(fit, now(), view.pk)}) == 1
        view.refresh_from_db()
        written.append((view.state, view.transform, view.footprint))
    assert [state for state, *_ in written] == ["fits", "shifted", "lost", "turns"]
    assert [transform for _, transform, _ in written] == [[[1, 0, 0], [0, 1, 0]], [[1, 0, -0.2], [0, 1, 0]], None, None]
    straight, right = (footprint.centroid for *_, footprint in written[:2])
    assert right.y < straight.y  # clockwise from east is south


def test_alignment_from_before_a_known_turn_is_not_written(taught):
    view, turned_at = View.objects.create(camera=taught, state="fits"), now()
    Camera.objects.update(aimed_at=turned_at)
    lost = Alignment("lost")
    for lay in (
        baselines.ViewAlignment(lost, now(), view.pk),
        baselines.ViewAlignment(lost, now(), view.pk, turned_at - timedelta(days=1)),
        baselines.ViewAlignment(lost, now(), view.pk + 1, turned_at),
    ):
        assert baselines.write_alignments({taught.pk: lay}) == 0
    view.refresh_from_db()
    assert view.state == "fits"
    assert baselines.write_alignments({taught.pk: baselines.ViewAlignment(lost, now(), view.pk, turned_at)}) == 1
    view.refresh_from_db()
    assert view.state == "lost"


def test_first_pictures_are_aligned_to_the_reference_of_zones(pictures):
    eye = camera("A1")
    name = default_storage.save("views/drawn.jpg", ContentFile(pictures.draw("A1", NOON - 3600)))
    View.objects.create(camera=eye, reference=name)
    states = []
    for kind in ("well", "turned", "elsewhere"):
        ((inspector, _),) = baselines.recall_inspectors({eye.pk}).values()
        inspect_pictures(inspector, pictures, kind, 0, 20)
        states.append(inspector.alignment.state)
    assert states == ["fits", "shifted", "lost"]


def test_new_preset_is_not_compared_with_the_previous_one(taught, good):
    assert len(baselines.recall_inspectors({taught.pk})[taught.pk][0].tracker.references) == 1
    first = View.objects.create(camera=taught)
    baselines.store_lessons([lesson(taught, good, view=first.pk)], {})
    assert len(baselines.recall_inspectors({taught.pk})[taught.pk][0].tracker.references) == 1
    View.objects.filter(pk=first.pk).update(current=False)
    View.objects.create(camera=taught)
    assert baselines.recall_inspectors({taught.pk})[taught.pk][0].tracker.references == []


def test_new_view_is_all_zone_until_zones_are_drawn_again(taught):
    view = View.objects.create(camera=taught, state="fits", zones=[[[0, 0], [0.1, 0], [0, 0.1]]])
    baselines.start_new_view(taught)
    view.refresh_from_db()
    assert view.zones == [[[0, 0], [1, 0], [1, 1], [0, 1]]]


def test_a_camera_turned_on_purpose_begins_anew(good, taught, pictures):
    view = View.objects.create(camera=taught, state="lost", reference="old.jpg", judged_at=now())
    late = lesson(taught, good)
    baselines.start_new_view(taught)
    view.refresh_from_db()
    assert (view.state, view.reference, view.transform) == ("unknown", "", None)
    ((eye, without_portrait),) = baselines.recall_inspectors({taught.pk}).values()
    assert (eye.tracker.references, without_portrait) == ([], True)
    assert inspect_pictures(eye, pictures, "turned", 0, 5) is None
    # what another patrol had learnt before does not come back
    baselines.store_lessons([late], {})
    assert baselines.recall_inspectors({taught.pk})[taught.pk][0].tracker.references == []


@pytest.mark.parametrize(
    ("fit", "news"),
    [
        (Alignment("fits", ((1, 0, 0.002), (0, 1, 0))), False),
        (Alignment("fits", ((1, 0, 0.02), (0, 1, 0))), True),
        (Alignment("shifted", ((1, 0, 0.002), (0, 1, 0))), True),
        (Alignment("lost"), True),
    ],
)
def test_what_is_news_of_where_a_camera_looks(fit, news):
    assert baselines.is_new_alignment(fit, Alignment("fits", view_tracking.SAME_PLACE)) == news


# ---- on patrol


@contextmanager
def serve_pictures(picture_of):
    """Run a server whose pictures follow from (path, number of earlier requests of it)."""
    requests = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            picture = picture_of(self.path, next(requests.setdefault(self.path, count())))
            self.send_response(200)
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def draw_street_with_house(pictures, at, left=0):
    """Return a street with a pink house in it, all of it so many pixels farther left."""
    scene = pictures.draw_scene("A1", at).copy()
    scene[HOUSE] = PINK
    shift = np.float32([[1, 0, -left], [0, 1, 0]])
    return pictures.encode_with_clock(cv2.warpAffine(scene, shift, (W, H), borderMode=cv2.BORDER_REPLICATE), at)


HOUSE = np.s_[110:170, 300:380]
ZONE = [[300 / W, 110 / H], [380 / W, 110 / H], [380 / W, 170 / H], [300 / W, 170 / H]]


@pytest.mark.django_db(transaction=True)
def test_proofs_of_a_patrol_are_covered_with_the_zones_of_then(pictures, quick, monkeypatch, client, town):
    """A camera is turned a little, and then gives no picture any more."""
    monkeypatch.setattr(view_tracking, "AWAY", 2)
    name = default_storage.save("views/drawn.jpg", ContentFile(draw_street_with_house(pictures, NOON - 3600)))
    with serve_pictures(
        lambda path, before: draw_street_with_house(pictures, NOON + before * 30, 0 if before < 4 else 60)
    ) as server:
        eye = camera("A1", url=f"{server}/A1", period_s=1, aimed_at=now() - timedelta(days=1))
        view = View.objects.create(camera=eye, reference=name, zones=[ZONE])

        async def walk():
            async with on_patrol():
                await until(lambda: HealthInterval.objects.filter(health="moved").exists(), 30)
                await asyncio.to_thread(ask, lambda: Camera.objects.update(url="http://127.0.0.1:9/"))
                await until(lambda: HealthInterval.objects.filter(health="offline").exists(), 30)

        asyncio.run(walk())
    intervals = list(HealthInterval.objects.exclude(proof="").order_by("since"))
    assert [interval.health for interval in intervals] == ["live", "moved", "offline"]
    lay = [interval.received["view"] for interval in intervals]
    assert [(entry["key"], entry["state"]) for entry in lay] == [
        (view.pk, state) for state in ("fits", "shifted", "shifted")
    ]
    assert lay[-1] == eye.frames.latest("taken_at").received["view"]
    seen = {}
    for role in ("technician", "control"):
        client.force_login(factories.person(role, town.desk, role))
        answers = [client.get(reverse("camera-proof", args=["A1", interval.pk])) for interval in intervals]
        seen[role] = [pink(image_of(answer)) for answer in answers]
    assert seen["technician"] == [0, 0, 0]
    assert min(seen["control"]) > 0.02


@pytest.mark.django_db(transaction=True)
def test_a_patrol_tells_of_cards_and_of_a_camera_that_was_turned(pictures, quick, monkeypatch):
    for name, few in (("PICTURES", 3), ("HOUR_KNOWN", 3), ("AWAY", 2)):
        monkeypatch.setattr(view_tracking, name, few)

    def picture_of(path, before):
        if path.startswith("/card"):
            return drawn.send_picture(pictures, "card", path, NOON, 0)
        return drawn.send_picture(pictures, "turned", "A1", NOON + before * 30, NOON + 7 * 30)

    with serve_pictures(picture_of) as server:
        turned = camera("A1", url=f"{server}/A1", period_s=1)
        view = View.objects.create(camera=turned, bearing_deg=90, angle_deg=65, range_m=100)
        for n in range(3):
            camera(f"C{n}", url=f"{server}/card{n}", period_s=1)
        expected = {"A1": "moved", "C0": "card", "C1": "card", "C2": "card"}

        async def walk():
            async with on_patrol():
                await until(lambda: dict(Camera.objects.values_list("code", "health")) == expected, 40)

        asyncio.run(walk())
    view.refresh_from_db()
    assert (view.state, view.transform is not None) == ("shifted", True)
    assert view.judged_at > now() - timedelta(minutes=1)
    assert baselines.read_stored(view.reference)[:2] == b"\xff\xd8"
    assert {reference["view"] for reference in Baseline.objects.get(camera=turned).references} == {view.pk}
    received = [frame.received["view"] for frame in turned.frames.order_by("taken_at")]
    assert {entry["key"] for entry in received} == {view.pk}
    assert [received[0]["state"], received[-1]["state"]] == ["unknown", "shifted"]
    assert received[-1]["transform"][0][2] < -0.05
    assert Card.objects.count() == 1
