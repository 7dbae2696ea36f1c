"""Test full disks, on a real and very small one: work goes on, nothing partial is kept, technicians hear of it."""

import asyncio
import os
import socket
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.timezone import now

from cameras import ring
from cameras.analysis.view_tracking import Reference
from cameras.evidence import keeping, store
from cameras.evidence.jobs import capture_evidence
from cameras.models import Baseline, Camera, Evidence, Frame, HealthInterval, Shift, View
from cameras.monitoring import storage_outages
from cameras.patrol import baselines, tidying
from incidents.models import Notice, User
from tests import factories, owner
from tests.cameras.conftest import camera, sees
from tests.cameras.patrol.test_baselines import lesson
from tests.cameras.patrol.test_patrol import ask, health_of, on_patrol, until
from tests.cameras.patrol.test_tidying import write_frames
from tests.fakes.camera import Cameras, street
from tests.fakes.streams import Streams, segment

MEGABYTE = 1_000_000


class Disk:
    """A disk of its own, of so many bytes: `fill` leaves nothing free, `free` takes that back."""

    def __init__(self, path):
        self.path, self.ballast = Path(path), Path(path) / "ballast"

    def fill(self, but=0):
        with self.ballast.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), bytes(4096))
            except OSError:
                os.ftruncate(file.fileno(), max(0, file.tell() - but))

    def free(self):
        self.ballast.unlink()

    def files(self):
        """Return the files with their bytes, but for the ballast."""
        paths = (path for path in self.path.rglob("*") if path.is_file() and path != self.ballast)
        return {str(path.relative_to(self.path)): path.stat().st_size for path in paths}


@pytest.fixture
def disk(tmp_path, settings):
    """Mount the disk on which pictures are kept."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("only root may mount a small disk")
    settings.MEDIA_ROOT = path
    try:
        yield Disk(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


def count_indexed_frames(media):
    """Return the number of frames in the index; assert that each has its bytes, and each whole picture of a pack is in
    it.
    """
    frames = list(Frame.objects.all())
    assert all(sha256(ring.read_frame(frame)).hexdigest() == frame.sha256 for frame in frames)
    in_packs = [picture[0] for pack in tidying.list_packs(media) for picture in ring.scan_pack(pack.path)]
    assert sorted(in_packs) == sorted(frame.taken_at for frame in frames)
    return len(frames)


@pytest.mark.django_db(transaction=True)
def test_a_patrol_goes_on_says_so_and_keeps_pictures_again(disk, town, quick, client, caplog):
    with Cameras() as cameras:
        eye = camera("A1", url=f"{cameras.url}/a", period_s=1)
        camera("B1", url=f"{cameras.url}/b", period_s=1)
        technician = factories.person("technician", town.desk, "technician")

        async def walk():
            async with on_patrol():
                await until(lambda: Frame.objects.filter(camera=eye).exists() and health_of("B1") == "live")
                disk.fill()
                await until(lambda: Shift.objects.exclude(not_kept_since=None).exists())
                full = now()
                # How cameras are is told all the same, without a proof.
                await asyncio.to_thread(ask, lambda: Camera.objects.filter(code="B1").update(url="http://127.0.0.1:9"))
                await until(lambda: health_of("B1") == "offline")
                await until(lambda: Camera.objects.get(code="A1").moved_at > full)
                await asyncio.to_thread(ask, lambda: client.force_login(technician))
                page = await asyncio.to_thread(ask, lambda: client.get("/cameras/health/").content.decode())
                assert "đĩa đã đầy" in page
                before = await asyncio.to_thread(ask, Frame.objects.count)
                disk.free()
                await until(lambda: not Shift.objects.exclude(not_kept_since=None).exists())
                await until(lambda: Frame.objects.count() > before + 1)
                page = await asyncio.to_thread(ask, lambda: client.get("/cameras/health/").content.decode())
                assert "đĩa đã đầy" not in page

        asyncio.run(walk())
    tidying.mend_packs(disk.path)  # what a patrol that ends leaves between a pack and its index the next one mends
    assert count_indexed_frames(disk.path) > 2
    messages = [record.message.partition(":")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert sorted(messages) == ["Pictures cannot be kept", "Proofs cannot be kept"]
    assert HealthInterval.objects.get(camera__code="B1", health="offline").proof == ""
    assert not [name for name in disk.files() if name.endswith(".half")]


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
def test_two_patrols_report_a_full_disk_and_its_end_once_each(disk, town, quick, monkeypatch):
    """Two workers look at the same moment, each moment."""
    monkeypatch.setattr(storage_outages, "AFTER", timedelta(seconds=2))
    monkeypatch.setattr(storage_outages, "QUIET", timedelta(seconds=1))
    technician = factories.person("technician", town.desk, "technician")
    User.objects.filter(pk=technician.pk).update(email="technician@example.vn", language="en")

    def list_notices():
        return list(Notice.objects.order_by("pk").values_list("template", "address"))

    async def look():
        return [
            change
            for change in await asyncio.gather(
                *(asyncio.to_thread(ask, storage_outages.update_outage) for _ in range(2))
            )
            if change
        ]

    async def look_until(key):
        for _ in range(150):
            if changes := await look():
                assert changes == [key]
                return
            await asyncio.sleep(0.1)
        raise AssertionError("nobody was told in time")

    with Cameras() as cameras:
        for n in range(6):
            camera(f"A{n}", url=f"{cameras.url}/{n}", period_s=1)

        async def walk():
            async with on_patrol() as first, on_patrol() as other:
                await until(lambda: [len(each.register.watches) for each in (first, other)] == [3, 3])
                await until(lambda: Frame.objects.values("camera").distinct().count() == 6)
                assert await look() == []
                disk.fill()
                await until(lambda: storage_outages.troubled_shifts().count() == 2)
                assert await look() == []  # it may pass
                await look_until("pictures_unkept")
                before = [await look() for _ in range(5)]
                disk.free()
                await until(lambda: not storage_outages.troubled_shifts().exists())
                await look_until("pictures_kept")
                assert before == [[]] * 5
                assert [await look() for _ in range(5)] == [[]] * 5

        asyncio.run(walk())
    assert list_notices() == [(key, "technician@example.vn") for key in ("pictures_unkept", "pictures_kept")]
    text = Notice.objects.get(template="pictures_unkept").text
    assert f"on {socket.gethostname()} since" in text
    assert "there is no space left on the disk" in text


@pytest.mark.django_db(transaction=True)
def test_patrol_writes_again_once_a_full_database_has_room(quick):
    """PostgreSQL refuses as it does then, with its own error."""
    with owner.as_owner() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
        )
    with Cameras() as cameras:
        camera("A1", url=f"{cameras.url}/a", period_s=1)

        def set_no_room(full):
            with owner.as_owner() as cursor:
                for table in ("cameras_frame", "cameras_healthinterval", "cameras_shift"):
                    cursor.execute(
                        f"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION full_disk()"
                        if full else f"DROP TRIGGER full_disk ON {table}"
                    )  # fmt: skip

        async def walk():
            async with on_patrol() as walking:
                await until(Frame.objects.exists)
                await asyncio.to_thread(ask, lambda: set_no_room(True))
                stopped_at, fetched = now(), walking.walk.total.fetched
                while walking.walk.total.fetched < fetched + 3:
                    await asyncio.sleep(0.1)
                assert not await asyncio.to_thread(ask, Frame.objects.filter(taken_at__gt=stopped_at).exists)
                await asyncio.to_thread(ask, lambda: set_no_room(False))
                await until(lambda: Frame.objects.filter(taken_at__gt=stopped_at).count() >= 4)

        try:
            asyncio.run(walk())
        finally:
            with owner.as_owner() as cursor:
                cursor.execute("DROP FUNCTION full_disk CASCADE")


@pytest.mark.deep
@pytest.mark.django_db(transaction=True)
def test_a_video_that_finds_no_room_is_no_fault_of_its_camera(disk, quick, monkeypatch, caplog):
    monkeypatch.setattr(tempfile, "tempdir", str(disk.path))
    files = {"/l": "#EXTM3U\n#EXTINF:1,\na.ts\n", "/a.ts": segment()}
    with Streams(files) as cameras:
        camera("A1", kind="hls", url=f"{cameras.url}/l", period_s=1)

        async def walk():
            disk.fill()
            async with on_patrol():
                while len(cameras.asked) < 4:
                    await asyncio.sleep(0.1)
                disk.free()
                await until(lambda: health_of("A1") == "live", 60)

        asyncio.run(walk())
    messages = [record.message.partition(":")[0] for record in caplog.records if record.levelname == "ERROR"]
    assert messages == ["Cameras cannot be visited"]
    assert list(HealthInterval.objects.values_list("health", flat=True)) == ["live"]


@pytest.mark.django_db
def test_full_disk_keeps_no_partial_evidence(disk, incident):
    eye = camera("A1", url="")
    frames = [sees(eye, seconds_ago) for seconds_ago in (90, 20)]
    disk.fill()
    with pytest.raises(OSError, match="No space"):
        keeping.keep_evidence(incident.pk, "reported")
    assert not Evidence.objects.exists()
    assert not [name for name in disk.files() if name.startswith("evidence")]
    assert list(incident.timeline.filter(kind="evidence")) == []
    disk.free()
    keeping.keep_evidence(incident.pk, "reported")
    assert {row.sha256 for row in Evidence.objects.all()} == {frame.sha256 for frame in frames}
    assert all(store.read_checked(row.file, row.sha256) for row in Evidence.objects.all())


def test_who_finds_no_room_for_evidence_tries_for_a_day():
    class Job:
        attempts = 20

    tries = capture_evidence.retry_strategy.get_retry_decision
    assert tries(exception=OSError(28, "No space left on device"), job=Job).retry_at > now() + timedelta(minutes=9)
    assert tries(exception=ValueError(), job=Job) is None
    Job.attempts = 144
    assert tries(exception=OSError(28, "No space left on device"), job=Job) is None


@pytest.mark.django_db
def test_what_was_learnt_stays_until_there_is_room_for_more(disk):
    eye = camera("A1")
    View.objects.create(camera=eye)
    inspector = baselines.CameraInspector()
    inspector.tracker.references = [Reference(baselines.small_of(street(1), 512, 288), {7: [12, 0.4, 0, 0]})]
    baselines.store_lessons([lesson(eye, inspector)], {})
    (reference,) = Baseline.objects.get().references
    disk.fill(but=1000)
    inspector.tracker.references = [Reference(baselines.small_of(street(2), 512, 288), {8: [12, 0.4, 0, 0]})]
    with pytest.raises(OSError, match="No space"):
        baselines.store_lessons([lesson(eye, inspector, portrait=(street(2), "jpg"))], {})
    assert Baseline.objects.get().references == [reference]
    assert list(disk.files()) == [reference["picture"]]
    disk.free()
    baselines.store_lessons([lesson(eye, inspector, portrait=(street(2), "jpg"))], {})
    (learnt,) = Baseline.objects.get().references
    assert sorted(disk.files()) == sorted([learnt["picture"], View.objects.get().reference])
    assert baselines.read_stored(View.objects.get().reference) == street(2)


def test_a_storage_leaves_no_half_file(disk):
    disk.fill(but=50_000)
    with pytest.raises(OSError, match="No space"):
        default_storage.save("a/photo.jpg", ContentFile(os.urandom(200_000)))
    assert disk.files() == {}
    disk.free()
    names = [default_storage.save("a/photo.jpg", ContentFile(b"one")) for _ in range(2)]
    assert names[0] == "a/photo.jpg" != names[1]
    assert disk.files() == dict.fromkeys(names, 3)


@pytest.mark.django_db
def test_thinning_waits_for_room(disk, town):
    at = datetime(2026, 11, 24, 14, tzinfo=UTC)
    write_frames(disk.path, camera("A1"), at)
    before, later = disk.files(), at + timedelta(hours=25)
    disk.fill(but=1000)
    with pytest.raises(OSError, match="No space"):
        tidying.tidy_ring(disk.path, tidying.RingLimits(24, 7), later)
    assert disk.files() == before
    assert count_indexed_frames(disk.path) == 18
    disk.free()
    tidying.tidy_ring(disk.path, tidying.RingLimits(24, 7), later)
    assert count_indexed_frames(disk.path) == 4


@pytest.mark.django_db(transaction=True)
def test_a_ring_is_never_larger_than_it_may_be(settings, town, quick):
    """It drops its oldest hours in time; if the current hour alone is too large, no more is kept, and it is
    reported.
    """
    keep = tidying.RingLimits(gigabytes=10 * MEGABYTE / 1e9)
    with Cameras() as cameras:
        eye = camera("A1", url=f"{cameras.url}/a", period_s=1)
        write_frames(settings.MEDIA_ROOT, eye, now() - timedelta(hours=5), count=3, patrol="old")
        # A pack of the coming hour, so that the turn of an hour does not matter here.
        coming = settings.MEDIA_ROOT / f"ring/{eye.pk}/{now() + timedelta(hours=1):%Y%m%d%H}-other.pack"
        coming.touch()
        os.truncate(coming, round(9.7 * MEGABYTE))
        largest = 0

        def size():
            nonlocal largest
            largest = max(largest, sum(pack.bytes for pack in tidying.list_packs(settings.MEDIA_ROOT)))
            return largest

        async def walk():
            async with on_patrol(keep):
                await until(lambda: size() and Shift.objects.exclude(not_kept_since=None).exists(), 30)
                calls = len(cameras.calls)
                while len(cameras.calls) < calls + 3:
                    size()
                    await asyncio.sleep(0.05)
                assert health_of_now() == "live"
                coming.unlink()
                await until(lambda: not Shift.objects.exclude(not_kept_since=None).exists())

        def health_of_now():
            return ask(lambda: health_of("A1"))

        asyncio.run(walk())
    assert 9.7 * MEGABYTE < largest <= 10 * MEGABYTE
    assert not Frame.objects.filter(pack__contains="-old").exists()
    assert Frame.objects.count() > 2
