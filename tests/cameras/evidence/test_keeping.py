"""Test that what cameras saw of an incident is kept once: before its report, of it, at its steps, at its end."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.utils.timezone import localtime, now
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.capture import http
from cameras.evidence import keeping, store
from cameras.evidence.jobs import capture_evidence
from cameras.models import Camera, Evidence, Frame, NoPicture, Pause, View
from incidents import timeline, workflow
from incidents.models import Incident
from tests import factories, owner
from tests.cameras.conftest import camera, in_ring, keeps, sees
from tests.machine import patience

PER_DEGREE = 71_700  # metres of a degree of longitude at 50° N


@pytest.fixture(autouse=True)
def networks(settings, monkeypatch):
    settings.OUTBOUND_ALLOWED = {"cameras": ["127.0.0.0/8"]}
    monkeypatch.setattr(http, "TOTAL_S", patience(http.TOTAL_S))


def create_camera_at(code, metres, url, **more):
    """Create a camera so many metres east of the incidents of Old Wharf."""
    return camera(code, lon=10.005 + metres / PER_DEGREE, url=url, **more)


def lines(incident):
    return [event.reasons[0]["vi"] for event in incident.timeline.filter(kind="evidence")]


def bytes_of(name):
    with default_storage.open(name) as file:
        return file.read()


def test_the_four_nearest_within_500_m_are_kept(demo_cameras, incident):
    for code, metres in (("far", 600), ("D", 300), ("B", 100), ("A", 20), ("E", 400), ("C", 200)):
        create_camera_at(code, metres, f"{demo_cameras}/bad/well/{code}.jpg")
    create_camera_at("off", 10, f"{demo_cameras}/bad/well/off.jpg", active=False)

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
    why = "ở gần, không nhìn thấy chỗ này"
    texts = [f"{row.camera.code} ({why}, {row.distance_m:.0f} m): {localtime(row.taken_at):%H:%M:%S}" for row in rows]
    assert note == "lúc phản ánh: " + "; ".join(texts)


def test_running_again_adds_nothing(demo_cameras, incident):
    create_camera_at("A", 20, f"{demo_cameras}/bad/well/A.jpg")
    for _ in range(2):
        capture_evidence(incident.pk, "reported")
    assert Evidence.objects.count() == 1
    assert len(lines(incident)) == 1

    capture_evidence(incident.pk, "resolved")
    assert sorted(Evidence.objects.values_list("moment", flat=True)) == ["reported", "resolved"]


def test_all_or_nothing(demo_cameras, incident, monkeypatch):
    create_camera_at("A", 20, f"{demo_cameras}/bad/well/A.jpg")

    def killed(*args, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(timeline, "write_lines", killed)
        with pytest.raises(KeyboardInterrupt):
            capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()

    capture_evidence(incident.pk, "reported")
    assert Evidence.objects.count() == len(lines(incident)) == 1


@pytest.mark.parametrize("way", ["gone", "html", "truncated", "redirect-metadata"])
def test_failed_capture_falls_back_to_the_last_patrol_picture(demo_cameras, incident, way):
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/{way}/A.jpg")
    sees(nearby, seconds_ago=200, colour="red")
    last = sees(nearby, seconds_ago=20)

    capture_evidence(incident.pk, "reported")

    row = Evidence.objects.get(moment="reported")
    assert (row.sha256, row.taken_at) == (last.sha256, last.taken_at)
    assert row.file.startswith("evidence/")
    Frame.objects.all().delete()
    (Path(default_storage.location) / last.pack).unlink()
    assert sha256(bytes_of(row.file)).hexdigest() == last.sha256


def test_old_picture_is_kept_as_taken_before_the_report(demo_cameras, incident):
    old = sees(create_camera_at("A", 20, f"{demo_cameras}/bad/gone/A.jpg"), seconds_ago=90)
    capture_evidence(incident.pk, "reported")
    row = Evidence.objects.get()
    assert (row.moment, row.taken_at, row.ring) == ("before", old.taken_at, True)


def test_a_picture_from_long_before_is_no_evidence(demo_cameras, incident):
    sees(create_camera_at("A", 20, f"{demo_cameras}/bad/gone/A.jpg"), seconds_ago=12 * 60)
    capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()
    assert lines(incident) == []


def test_a_job_that_runs_late_takes_the_picture_of_that_moment(demo_cameras, incident):
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/well/A.jpg")
    two = create_camera_at("B", 40, f"{demo_cameras}/bad/well/B.jpg")
    type(incident).objects.update(received_at=now() - timedelta(minutes=10))
    sees(nearby, seconds_ago=630, colour="red")
    close = sees(nearby, seconds_ago=605, colour="green")
    sees(nearby, seconds_ago=3)

    capture_evidence(incident.pk, "reported")

    kept_of = {row.camera: row for row in Evidence.objects.filter(moment="reported")}
    assert kept_of[nearby].taken_at == close.taken_at
    assert now() - kept_of[two].taken_at < timedelta(seconds=10)


def test_a_ring_that_moved_on_is_passed_over(demo_cameras, incident):
    nearby = create_camera_at("A", 20, "")
    last = sees(nearby)
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
    create_camera_at("A", 20, f"{demo_cameras}/bad/frozen/A.jpg")
    capture_evidence(incident.pk, "reported")
    capture_evidence(incident.pk, "resolved")
    assert len(set(Evidence.objects.values_list("file", flat=True))) == 1


# ---- which cameras


def cover_place(camera, place=factories.IN_OLD, **more):
    """Set a view of the camera that covers the ground some metres around a place."""
    box = MultiPolygon(Polygon.from_bbox((place.x - 1e-4, place.y - 1e-4, place.x + 1e-4, place.y + 1e-4)), srid=4326)
    return View.objects.create(camera=camera, footprint=box, bearing_deg=270, angle_deg=60, range_m=200, **more)


def test_the_cameras_that_see_the_place_go_before_the_nearest(demo_cameras, incident):
    for code, metres in (("near", 20), ("sees it", 300), ("from afar", 900), ("turned away", 50), ("paused", 60)):
        nearby = create_camera_at(code, metres, f"{demo_cameras}/bad/well/{metres}.jpg")
        if code != "near":
            cover_place(nearby, state="lost" if code == "turned away" else "fits")
    Camera.objects.filter(code="paused").update(paused_until=now() + timedelta(hours=1))

    capture_evidence(incident.pk, "reported")

    rows = Evidence.objects.order_by("distance_m").select_related("camera")
    assert [(row.camera.code, row.sees) for row in rows] == [("sees it", True), ("from afar", True)]
    (note,) = lines(incident)
    assert note.startswith("lúc phản ánh: sees it (nhìn thấy chỗ này, 299 m): ")
    register = rows[0].register
    assert (register["code"], register["view"]["bearing_deg"], register["view"]["state"]) == ("sees it", 270, "fits")
    assert Camera.objects.filter(watched_until__gt=now() + timedelta(minutes=55)).count() == 2


def test_a_camera_that_does_not_see_it_keeps_nothing(demo_cameras, incident, town):
    town.hole.area_matter = False
    town.hole.save()
    near = create_camera_at("near", 20, f"{demo_cameras}/bad/well/A.jpg")
    keeps(near, incident, moment="before")  # from when the nearest counted
    for moment in ("reported", "resolved"):
        capture_evidence(incident.pk, moment)
    assert [row.moment for row in Evidence.objects.all()] == ["before"]
    assert (lines(incident), NoPicture.objects.count()) == ([], 0)

    reported = create_camera_at("told", 30, f"{demo_cameras}/bad/well/B.jpg")
    keeps(reported, incident, moment="found")
    capture_evidence(incident.pk, "resolved")
    assert [row.camera for row in Evidence.objects.filter(moment="resolved")] == [reported]


# ---- which moments


@pytest.fixture
def watching_camera(demo_cameras, incident):
    """Create a camera whose ring has a picture of every 10 s of the 20 minutes up to now; the report came 5 minutes
    ago.
    """
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/gone/A.jpg")
    end = now()
    Incident.objects.filter(pk=incident.pk).update(received_at=end - timedelta(minutes=5))
    incident.refresh_from_db()
    for n in range(121):
        shade = f"rgb({n},{n},90)"
        in_ring(nearby, factories.jpeg(colour=shade), end - timedelta(seconds=10 * n), received={"status": 200, "n": n})
    return nearby


def spans(incident, moment, since):
    """Return how many seconds before (-) or after a moment its pictures were taken."""
    rows = Evidence.objects.filter(incident=incident, moment=moment).order_by("taken_at")
    return [round((row.taken_at - since).total_seconds()) for row in rows]


def test_what_was_seen_before_the_report_is_kept_with_it(watching_camera, incident):
    capture_evidence(incident.pk, "reported")

    assert spans(incident, "before", incident.received_at) == [-600, -300, -120, -60, -10]
    assert spans(incident, "reported", incident.received_at) == [0]
    assert [note.partition(":")[0] for note in lines(incident)] == ["trước lúc phản ánh", "lúc phản ánh"]
    last = Evidence.objects.filter(moment="before").latest("taken_at")
    frame = Frame.objects.get(camera=watching_camera, taken_at=last.taken_at)
    assert (last.sha256, last.kind, last.ring, last.received) == (frame.sha256, "jpg", True, frame.received)
    assert sha256(bytes_of(last.file)).hexdigest() == frame.sha256

    capture_evidence(incident.pk, "reported")
    assert Evidence.objects.count() == 6


def test_a_picture_that_never_changed_is_kept_once_from_before(demo_cameras, incident):
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/gone/A.jpg")
    in_ring(nearby, factories.jpeg(), incident.received_at - timedelta(seconds=90))
    capture_evidence(incident.pk, "reported")
    assert spans(incident, "before", incident.received_at) == [-90]


def steps_of(incident):
    """Run the jobs that the incident's steps deferred, as a worker would."""
    jobs = ProcrastinateJob.objects.filter(task_name="cameras.capture_evidence").order_by("pk")
    for job in jobs:
        capture_evidence(**job.args)
    return [(job.args["moment"], job.args.get("event_id")) for job in jobs]


def test_each_step_and_the_end_keep_pictures_of_the_same_cameras(watching_camera, incident, officer):
    capture_evidence(incident.pk, "reported")
    nearer = create_camera_at("B", 5, "")  # came later, and did not see the report
    sees(nearer)
    for step, note in (("accept", ""), ("begin", ""), ("resolve", "Filled")):
        workflow.move(incident, step, by=officer, note=note)

    steps = steps_of(incident)

    accepted, begun, resolved = incident.timeline.filter(kind__in=("accepted", "begun", "resolved"))
    assert steps == [("reported", None), ("step", accepted.pk), ("step", begun.pk), ("resolved", resolved.pk)]
    rows = [(row.moment, row.event, row.camera) for row in Evidence.objects.exclude(moment="before").order_by("pk")]
    assert rows == [
        ("reported", None, watching_camera),
        ("step", accepted, watching_camera),
        ("step", begun, watching_camera),
        ("resolved", resolved, watching_camera),
    ]
    rows = incident.timeline.filter(kind="evidence")
    assert [(event.reasons[0]["vi"].partition(":")[0], event.public) for event in rows] == [
        ("trước lúc phản ánh", True), ("lúc phản ánh", True),
        ("lúc có bước xử lý", False), ("lúc có bước xử lý", False), ("lúc xử lý xong", True),
    ]  # fmt: skip
    steps_of(incident)
    assert Evidence.objects.count() == 9


def test_a_second_result_is_kept_beside_the_first(watching_camera, incident, officer):
    capture_evidence(incident.pk, "reported")
    for step in ("accept", "begin", "resolve", "reopen", "resolve"):
        workflow.move(incident, step, by=officer, note="So it is")
    steps_of(incident)
    assert Evidence.objects.filter(moment="resolved").count() == 2
    assert len(set(Evidence.objects.filter(moment="resolved").values_list("event", flat=True))) == 2


# ---- what a pause for privacy hides never becomes evidence


def add_ended_pause(camera, by, since, until):
    """Add a pause that was ended: the camera is shown again."""
    return Pause.objects.create(
        camera=camera, since=since, until=until + timedelta(hours=1), ended_at=until, ended_by=by, why="Visit", by=by
    )


def test_pictures_taken_during_an_ended_pause_are_not_kept(watching_camera, incident, controller):
    at = incident.received_at
    add_ended_pause(watching_camera, controller, at - timedelta(seconds=355), at + timedelta(seconds=25))
    hidden = watching_camera.frames.filter(taken_at__range=(at - timedelta(seconds=355), at + timedelta(seconds=24)))
    assert hidden.count() == 38

    capture_evidence(incident.pk, "reported")

    assert spans(incident, "before", at) == [-600, -360]
    assert spans(incident, "reported", at) == [30]
    assert not set(Evidence.objects.values_list("sha256", flat=True)) & set(hidden.values_list("sha256", flat=True))


def test_a_step_in_a_pause_that_has_ended_has_no_picture(watching_camera, incident, officer, controller):
    capture_evidence(incident.pk, "reported")
    workflow.move(incident, "accept", by=officer)
    add_ended_pause(watching_camera, controller, now() - timedelta(minutes=4), now() + timedelta(minutes=1))
    steps_of(incident)
    assert not Evidence.objects.filter(moment="step").exists()


def test_a_picture_that_came_while_a_pause_began_is_not_kept(demo_cameras, incident, controller):
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/well/A.jpg")
    Pause.objects.create(camera=nearby, since=now(), until=now() + timedelta(hours=1), why="Visit", by=controller)
    capture_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()


# ---- a camera that gives no picture


NOWHERE = "http://127.0.0.1:9/A.jpg"


def run_next_try():
    """Return in how many seconds the next try is due, and run it as a worker would."""
    jobs = ProcrastinateJob.objects.filter(task_name="cameras.capture_evidence", scheduled_at__isnull=False)
    job = jobs.latest("pk")
    capture_evidence(**job.args)
    return round((job.scheduled_at - now()).total_seconds(), -1), jobs.count()


def test_camera_that_was_down_is_retried_and_its_picture_kept(demo_cameras, incident):
    nearby = create_camera_at("A", 20, NOWHERE)
    two = create_camera_at("B", 40, f"{demo_cameras}/bad/well/B.jpg")
    capture_evidence(incident.pk, "reported")
    assert [row.camera for row in Evidence.objects.all()] == [two]
    assert run_next_try() == (30, 2)

    Camera.objects.filter(pk=nearby.pk).update(url=f"{demo_cameras}/bad/well/A.jpg")
    assert run_next_try() == (30, 2)
    assert [(row.camera, row.moment) for row in Evidence.objects.order_by("pk")] == [
        (two, "reported"),
        (nearby, "reported"),
    ]
    assert [note[:15] for note in lines(incident)] == ["lúc phản ánh: B", "lúc phản ánh: A"]
    assert not NoPicture.objects.exists()


@pytest.mark.parametrize(
    ("way", "why", "words"),
    [
        (None, "unreachable", "không kết nối được với camera"),
        ("html", "no_image", "camera không gửi hình đầy đủ"),
        ("redirect-metadata", "forbidden", "địa chỉ camera không được phép"),
    ],
)
def test_missing_picture_is_recorded_with_its_reason(client, demo_cameras, incident, officer, way, why, words):
    nearby = create_camera_at("A", 20, f"{demo_cameras}/bad/{way}/A.jpg" if way else NOWHERE)
    Incident.objects.filter(pk=incident.pk).update(received_at=now() - timedelta(minutes=4, seconds=50))
    capture_evidence(incident.pk, "reported")
    assert not NoPicture.objects.exists()

    received_at = now() - timedelta(minutes=5)
    Incident.objects.filter(pk=incident.pk).update(received_at=received_at)
    assert run_next_try()[1] == 1
    capture_evidence(incident.pk, "reported")
    none = NoPicture.objects.get()
    assert (none.camera, none.moment, none.why, none.moment_at) == (nearby, "reported", why, received_at)
    (line,) = incident.timeline.filter(kind="evidence")
    assert (line.reasons[0]["vi"], line.public) == (f"lúc phản ánh, không có hình: A ({words})", False)

    client.force_login(officer)
    for page in (f"/evidence/{incident.reference}/", f"/cameras/near/{incident.reference}/"):
        assert words.lower() in client.get(page).content.decode().lower()
    for change in (lambda rows: rows.update(why="silent"), lambda rows: rows.delete()):
        with pytest.raises(DatabaseError, match="no picture"), transaction.atomic(), owner.as_owner():
            change(NoPicture.objects.all())


def test_around_a_step_a_camera_is_waited_for_shortly(watching_camera, incident, officer):
    capture_evidence(incident.pk, "reported")
    Frame.objects.filter(taken_at__gt=now() - timedelta(minutes=3)).delete()
    workflow.move(incident, "accept", by=officer)
    step = incident.timeline.get(kind="accepted")
    capture_evidence(incident.pk, "step", step.pk)
    assert not NoPicture.objects.exists()
    in_ring(watching_camera, factories.jpeg(colour="pink"), step.at + timedelta(seconds=45))  # it is told a little late
    run_next_try()
    assert spans(incident, "step", step.at) == [45]


# ---- what PostgreSQL refuses


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(sha256="0" * 64),
        lambda rows: rows.update(taken_at=now()),
        lambda rows: rows.update(sees=True),
        lambda rows: rows.update(register={}),
        lambda rows: rows.update(reason="so"),
        lambda rows: rows.delete(),
    ],
)
def test_what_was_kept_does_not_change(watching_camera, incident, change):
    capture_evidence(incident.pk, "reported")
    with pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        change(Evidence.objects.all())


# ---- the store


def test_a_file_that_a_failure_left_half_is_written_again(watching_camera, incident, settings):
    data = factories.jpeg(colour="olive")
    name = store.file_name(sha256(data).hexdigest(), "jpg")
    half = settings.MEDIA_ROOT / name
    half.parent.mkdir(parents=True)
    half.write_bytes(data[:100])
    with transaction.atomic():
        store.hold_files_shared()
        assert [store.store_bytes(data, "jpg") for _ in range(2)] == [name, name]
    assert [path.read_bytes() for path in half.parent.iterdir()] == [data]


def test_a_pack_that_was_damaged_gives_no_evidence(watching_camera, incident):
    frame = Frame.objects.filter(camera=watching_camera, taken_at__lte=incident.received_at).latest("taken_at")
    pack = Path(default_storage.location) / frame.pack
    content = bytearray(pack.read_bytes())
    content[frame.offset + 5] ^= 1
    pack.write_bytes(content)
    assert keeping.read_from_ring(frame) is None
    capture_evidence(incident.pk, "reported")
    assert frame.sha256 not in set(Evidence.objects.values_list("sha256", flat=True))


def test_damaged_evidence_is_never_shown(client, watching_camera, incident, officer, caplog):
    capture_evidence(incident.pk, "reported")
    evidence = Evidence.objects.first()
    client.force_login(officer)
    assert client.get(f"/evidence/{evidence.pk}.jpg").status_code == 200
    path = Path(default_storage.location) / evidence.file
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b".")
    assert client.get(f"/evidence/{evidence.pk}.jpg").status_code == 404
    assert f"Evidence is not what it was: {incident.reference}, A, {evidence.pk}: {evidence.file}" in caplog.text
