"""Test evidence in an S3 bucket: kept, sealed, verified, exported, deleted; and a bucket that does not answer."""

import io
import os
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.timezone import now

from cameras.evidence import checking, retention, seals, store
from cameras.evidence.bucket import Bucket
from cameras.evidence.jobs import bring_evidence, capture_evidence
from cameras.models import Evidence, Tombstone
from tests import factories
from tests.cameras.conftest import sees
from tests.cameras.evidence.test_evidence import check_package, end_incident, post
from tests.fakes.s3 import BUCKET, KEYS, PREFIX, S3


@pytest.fixture
def s3(settings):
    with S3() as bucket:
        settings.OUTBOUND_ALLOWED = {"evidence": ["private"]}
        settings.STORAGES = settings.STORAGES | {"evidence": bucket.storage}
        yield bucket


@pytest.fixture
def kept_frames(s3, eye, incident):
    """Keep two pictures from before the report, the second of them also of the report; seal them."""
    sees(eye, seconds_ago=40, colour="red")
    seals.seal_new()
    capture_evidence(incident.pk, "reported")
    seals.seal_new()
    return list(Evidence.objects.order_by("pk"))


def reconnect_bucket(s3):
    """Start the bucket again after the time in which it is not asked."""
    s3.come()
    storages["evidence"].paused_until = 0.0


def waiting_files():
    return sorted(path.name for path in (Path(settings.MEDIA_ROOT) / "evidence-waiting").rglob("*.jpg"))


def test_evidence_lies_in_the_bucket_from_its_keeping_to_its_end(client, officer, kept_frames, incident, s3, tmp_path):
    assert s3.names() == sorted({f"{PREFIX}/{row.file}" for row in kept_frames})
    assert not (Path(settings.MEDIA_ROOT) / "evidence").exists()

    client.force_login(officer)
    assert (
        post(client, "evidence-pin", incident.reference, evidence=kept_frames[0].pk, reason="The lid").status_code
        == 200
    )
    for row in Evidence.objects.all():
        picture = client.get(reverse("evidence", args=[row.pk]))
        assert (picture.status_code, picture.content) == (200, s3.read(row.file))
    page = client.get(reverse("evidence-page", args=[incident.reference])).content.decode()
    assert (BUCKET in page, s3.url in page) == (False, False)

    answer = post(client, "evidence-export", incident.reference, headers={}, purpose="Court")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as packed:
        packed.extractall(tmp_path)
    code, output = check_package(tmp_path / f"evidence-{incident.reference}")
    assert (code, output.splitlines()[0]) == (0, f"OK: 4 pictures of incident {incident.reference}")
    assert checking.check_sample() == []

    end_incident(incident, officer, 30)
    assert retention.forget_old() == 4
    assert (s3.names(), Tombstone.objects.count()) == ([], 4)


def test_a_byte_altered_in_the_bucket_is_found_by_night(kept_frames, s3, client, officer):
    data = bytearray(s3.read(kept_frames[0].file))
    data[len(data) // 2] ^= 1
    s3.write(kept_frames[0].file, bytes(data))
    (fault,) = checking.check_sample()
    assert fault.endswith(f"{kept_frames[0].file}: the bytes are not those that were kept")
    client.force_login(officer)
    assert client.get(reverse("evidence", args=[kept_frames[0].pk])).status_code == 404


def test_a_picture_gone_from_the_bucket_is_found_by_night(kept_frames, s3):
    s3.client.delete_object(Bucket=BUCKET, Key=f"{PREFIX}/{kept_frames[0].file}")
    (fault,) = checking.check_sample()
    assert fault.endswith(f"{kept_frames[0].file} is not in the bucket")


def test_while_the_bucket_does_not_answer_nothing_is_lost(client, officer, eye, incident, s3):
    s3.go()
    capture_evidence(incident.pk, "reported")
    rows = list(Evidence.objects.order_by("pk"))
    assert [row.moment for row in rows] == ["before", "reported"]
    assert waiting_files() == sorted({Path(row.file).name for row in rows})
    client.force_login(officer)
    assert client.get(reverse("evidence", args=[rows[0].pk])).status_code == 200
    assert checking.check_sample() == []
    bring_evidence(0)
    assert waiting_files() != []

    reconnect_bucket(s3)
    bring_evidence(0)
    assert waiting_files() == []
    assert s3.names() == sorted({f"{PREFIX}/{row.file}" for row in rows})
    assert checking.check_sample() == []


def test_what_does_not_answer_is_not_called_damaged(client, officer, kept_frames, incident, s3):
    s3.go()
    client.force_login(officer)
    assert client.get(reverse("evidence", args=[kept_frames[0].pk])).status_code == 503
    assert client.get(reverse("evidence-over", args=[kept_frames[0].pk, kept_frames[1].pk])).status_code == 503
    again = {"error": "Kho hình không phản hồi. Hãy thử lại sau ít phút."}
    pin = post(client, "evidence-pin", incident.reference, evidence=kept_frames[0].pk, reason="So")
    assert (pin.status_code, pin.json()) == (409, again)
    assert post(client, "evidence-export", incident.reference, purpose="Court").status_code == 409
    with pytest.raises(store.StoreAway):
        checking.check_sample()
    assert not Evidence.objects.exclude(fault="").exists()

    end_incident(incident, officer, 30)
    with pytest.raises(store.StoreAway):
        retention.forget_old()
    reconnect_bucket(s3)
    assert s3.names() != []
    assert retention.sweep_files(now() + timedelta(hours=25)) == 2
    assert s3.names() == []


def test_waiting_file_replaces_a_damaged_one_in_the_bucket(s3):
    data = factories.jpeg(colour="pink")
    s3.go()
    name = store.store_bytes(data, "jpg")
    reconnect_bucket(s3)
    s3.write(name, b"half of it")
    assert storages["evidence"].upload_waiting() == 1
    assert (s3.read(name), waiting_files()) == (data, [])


def test_what_is_in_the_bucket_is_not_written_over(s3):
    data = factories.jpeg(colour="pink")
    name = store.store_bytes(data, "jpg")
    requests = len(s3.asked)
    assert store.store_bytes(data, "jpg") == name
    assert [method for method, _path in s3.asked[requests:]] == ["HEAD", "GET"]
    with pytest.raises(FileExistsError):
        storages["evidence"].upload(name, b"another")
    assert s3.read(name) == data
    s3.write(name, b"half of it")
    assert (store.store_bytes(data, "jpg"), s3.read(name)) == (name, data)


@pytest.mark.parametrize("wrong", ["no such bucket", "inside the own network", "another host"])
def test_only_the_bucket_that_is_set_is_spoken_to(s3, settings, wrong, caplog):
    options = s3.storage["OPTIONS"]
    if wrong == "no such bucket":
        options |= {"bucket": "another"}
    elif wrong == "inside the own network":
        settings.OUTBOUND_ALLOWED = {}
    place = Bucket(**options)
    if wrong == "another host":
        place.host = "s3.example.org"
    requests = len(s3.asked)
    name = place.save("evidence/ab/abcd.jpg", ContentFile(b"picture"))
    requests = s3.asked[requests:]
    with place.open(name) as file:
        assert (s3.names(), file.read()) == ([], b"picture")
    faults = {"no such bucket": "NoSuchBucket", "inside the own network": "is a private address"}
    assert faults.get(wrong, "sends us to 127.0.0.1") in caplog.text
    assert len(requests) == (1 if wrong == "no such bucket" else 0)
    with pytest.raises(ValueError, match="no address"):
        place.url(name)


def settings_of(environment, message):
    """Return what a process with these settings prints of them, or why it does not start."""
    inherited = {name: os.environ[name] for name in ("PATH", "DATABASE_URL") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", f"from geoapp import settings; print({message})"],
        env={"SECRET_KEY": "for-tests-only", "DATA_KEYS": settings.DATA_KEYS, **inherited, **environment},
        cwd=settings.BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip() or done.stderr


def test_the_settings_say_what_a_bucket_needs(s3):
    good = {
        "EVIDENCE_BUCKET": f"{BUCKET}/{PREFIX}",
        "EVIDENCE_BUCKET_URL": s3.url,
        "EVIDENCE_BUCKET_KEY": KEYS["aws_access_key_id"],
        "EVIDENCE_BUCKET_SECRET": KEYS["aws_secret_access_key"],
        "OUTBOUND_ALLOWED": "evidence=private",
    }
    assert settings_of(good, "settings.STORAGES['evidence']") == repr(s3.storage)
    for name, value, message in (
        ("EVIDENCE_BUCKET_KEY", "", "needs EVIDENCE_BUCKET_KEY"),
        ("EVIDENCE_BUCKET_URL", "s3.example.org", "https://HOST"),
        ("EVIDENCE_BUCKET_URL", f"{s3.url}/path", "https://HOST"),
        ("OUTBOUND_ALLOWED", "", "is https://"),
    ):
        assert message in settings_of(good | {name: value}, "'it starts'")
