"""What the nearest cameras saw of an incident is kept with it, once."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils.timezone import localtime, now
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.models import Evidence, Frame
from cameras.tasks import capture_evidence
from incidents import timeline
from tests.cameras.conftest import camera, sees

PER_DEGREE = 71_700  # metres of a degree of longitude at 50° N


@pytest.fixture(autouse=True)
def networks(settings):
    settings.CAMERA_NETWORKS = ["127.0.0.0/8"]


def standing(code, metres, url, **more):
    """A camera so many metres east of where the incidents of Old Wharf happen."""
    return camera(code, lon=10.005 + metres / PER_DEGREE, url=url, **more)


def lines(incident):
    return [event.note for event in incident.timeline.filter(kind="evidence")]


def bytes_of(name):
    with default_storage.open(name) as file:
        return file.read()


def test_the_four_nearest_within_500_m_are_kept(demo_cameras, incident):
    for code, metres in (("far", 600), ("D", 300), ("B", 100), ("A", 20), ("E", 400), ("C", 200)):
        standing(code, metres, f"{demo_cameras}/bad/well/{code}.jpg")
    standing("off", 10, f"{demo_cameras}/bad/well/off.jpg", active=False)

    capture_evidence(incident.pk, "reported")

    rows = list(Evidence.objects.order_by("distance_m").select_related("camera"))
    assert [row.camera.code for row in rows] == ["A", "B", "C", "D"]
    assert [round(row.distance_m, -1) for row in rows] == [20, 100, 200, 300]
    for row in rows:
        data = bytes_of(row.file)
        assert row.file == f"evidence/{row.sha256[:2]}/{row.sha256}.jpg"
        assert (sha256(data).hexdigest(), row.width, row.height, row.moment) == (row.sha256, 512, 288, "reported")
        assert incident.received_at < row.taken_at < now()
    (note,) = lines(incident)
    told = [f"{row.camera.code} ({row.distance_m:.0f} m, {localtime(row.taken_at):%H:%M:%S})" for row in rows]
    assert note == ", ".join(told)


def test_running_again_adds_nothing(demo_cameras, incident):
    standing("A", 20, f"{demo_cameras}/bad/well/A.jpg")
    for _ in range(2):
        capture_evidence(incident.pk, "reported")
    assert Evidence.objects.count() == 1
    assert len(lines(incident)) == 1

    capture_evidence(incident.pk, "resolved")
    assert sorted(Evidence.objects.values_list("moment", flat=True)) == ["reported", "resolved"]


def test_all_or_nothing(demo_cameras, incident, monkeypatch):
    standing("A", 20, f"{demo_cameras}/bad/well/A.jpg")

    def killed(*args, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(timeline, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()

    capture_evidence(incident.pk, "reported")
    assert Evidence.objects.count() == len(lines(incident)) == 1


@pytest.mark.parametrize("way", ["gone", "html", "truncated", "redirect-metadata"])
def test_the_patrol_s_picture_stands_in_for_one_that_does_not_come(demo_cameras, incident, way):
    one = standing("A", 20, f"{demo_cameras}/bad/{way}/A.jpg")
    sees(one, seconds_ago=200, colour="red")
    last = sees(one, seconds_ago=20)

    capture_evidence(incident.pk, "reported")

    row = Evidence.objects.get()
    assert (row.sha256, row.taken_at) == (last.sha256, last.taken_at)
    assert row.file.startswith("evidence/")
    Frame.objects.all().delete()
    (Path(default_storage.location) / last.pack).unlink()
    assert sha256(bytes_of(row.file)).hexdigest() == last.sha256


def test_an_old_picture_is_no_evidence(demo_cameras, incident):
    sees(standing("A", 20, f"{demo_cameras}/bad/gone/A.jpg"), seconds_ago=90)
    capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()
    assert lines(incident) == []


def test_a_job_that_runs_late_takes_the_picture_of_that_moment(demo_cameras, incident):
    one = standing("A", 20, f"{demo_cameras}/bad/well/A.jpg")
    two = standing("B", 40, f"{demo_cameras}/bad/well/B.jpg")
    type(incident).objects.update(received_at=now() - timedelta(minutes=10))
    sees(one, seconds_ago=630, colour="red")
    close = sees(one, seconds_ago=605, colour="green")
    sees(one, seconds_ago=3)

    capture_evidence(incident.pk, "reported")

    kept_of = {row.camera: row for row in Evidence.objects.all()}
    assert kept_of[one].taken_at == close.taken_at
    assert now() - kept_of[two].taken_at < timedelta(seconds=10)


def test_a_ring_that_moved_on_is_passed_over(demo_cameras, incident):
    one = standing("A", 20, "")
    last = sees(one)
    default_storage.delete(last.pack)
    capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()


def test_no_camera_is_near(incident):
    camera("A", lon=10.5)
    capture_evidence(incident.pk, "reported")
    assert lines(incident) == []


def test_a_new_incident_asks_for_it_by_name(town, incident):
    job = ProcrastinateJob.objects.get(task_name="cameras.capture_evidence")
    assert job.args == {"incident_id": incident.pk, "moment": "reported"}
    assert capture_evidence.name == "cameras.capture_evidence"


def test_the_same_picture_is_one_file(demo_cameras, town, incident):
    standing("A", 20, f"{demo_cameras}/bad/frozen/A.jpg")
    capture_evidence(incident.pk, "reported")
    capture_evidence(incident.pk, "resolved")
    assert len(set(Evidence.objects.values_list("file", flat=True))) == 1
