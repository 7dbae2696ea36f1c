"""Test evidence in people's hands: pinned, held, deleted after its retention period, verified, exported."""

import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import cv2
import numpy as np
import pytest
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.timezone import now

from cameras.evidence import aligning, checking, film, retention, seals, store, verify, video
from cameras.evidence.jobs import capture_evidence
from cameras.models import Evidence, Hold, Seal, Tombstone, ViewLogEntry
from cameras.wall import sights
from demo.cameras.pictures import Pictures
from incidents import timeline, workflow
from incidents.models import Incident, Membership, Notice
from tests import factories, owner
from tests.cameras.conftest import camera, in_ring, keeps, sees
from tests.pages import one_line

JSON = {"Accept": "application/json"}


@pytest.fixture
def supervisor(town):
    return factories.person("supervisor", town.desk, Membership.Role.SUPERVISOR)


@pytest.fixture
def kept_frames(eye, incident):
    """Keep three pictures of the report of the incident: two from before it, one of it; seal them."""
    sees(eye, seconds_ago=40, colour="red")
    seals.seal_new()
    capture_evidence(incident.pk, "reported")
    seals.seal_new()
    return list(Evidence.objects.order_by("pk"))


def post(client, name, *args, headers=JSON, **data):
    return client.post(reverse(name, args=args), data, headers=headers)


def last_line(incident):
    event = incident.timeline.last()
    return event.kind, event.by, event.public, event.note


# ---- kept by hand


def test_a_picture_of_the_ring_is_kept_by_hand_with_its_reason(client, controller, eye, incident):
    frame = eye.last_frame
    client.force_login(controller)
    message = post(client, "evidence-pin", incident.reference, camera="A1", picture=frame.sha256, reason="The red van")
    assert (message.status_code, message.json()) == (200, {"said": "Hình đã được lưu cùng sự cố."})
    evidence = Evidence.objects.get()
    assert (evidence.moment, evidence.camera, evidence.taken_at, evidence.by, evidence.reason) == (
        "pinned", eye, frame.taken_at, controller, "The red van"
    )  # fmt: skip
    assert store.read_checked(evidence.file, frame.sha256) == factories.jpeg(colour="teal")
    assert last_line(incident) == ("pinned", controller, False, "The red van")
    assert [text.split(" (")[0] for text in incident.timeline.last().reasons[0].values()] == ["A1", "A1"]
    look = ViewLogEntry.objects.get(how="pin")
    assert (look.by, look.cameras, look.purpose) == (controller, [eye.pk], "The red van")


def test_the_control_room_names_a_picture_as_its_tiles_do(client, controller, eye, incident):
    sees(eye, seconds_ago=30, colour="red")
    newest = sees(eye)
    client.force_login(controller)
    page = one_line(client.get(reverse("control-incident", args=[incident.reference])))
    picture = re.search(r'name="picture" value="(.*?)"', page)[1]
    message = post(client, "evidence-pin", incident.reference, camera="A1", picture=picture, reason="So")
    assert (message.status_code, Evidence.objects.get().sha256) == (200, newest.sha256)


def test_an_earlier_picture_of_the_ring_is_named_by_its_time(client, controller, eye, incident):
    before = sees(eye, seconds_ago=60, colour="red")
    client.force_login(controller)
    more = {"camera": "A1", "taken": before.micros, "picture": "", "reason": "Before", "incident": incident.reference}
    assert post(client, "evidence-pin-some", **more).status_code == 200
    assert Evidence.objects.get().sha256 == before.sha256


def test_at_the_desk_a_kept_picture_is_kept_by_hand_too(client, officer, kept_frames, incident):
    client.force_login(officer)
    message = post(client, "evidence-pin", incident.reference, evidence=kept_frames[0].pk, reason="See the lid")
    assert message.status_code == 200
    evidence = Evidence.objects.get(moment="pinned")
    assert (evidence.sha256, evidence.file, evidence.taken_at, evidence.by) == (
        kept_frames[0].sha256,
        kept_frames[0].file,
        kept_frames[0].taken_at,
        officer,
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"reason": ""}, "Hãy ghi vài chữ lý do: lý do sẽ được lưu lại."),
        ({"reason": "x" * 501}, "Hãy rút gọn lý do còn 500 ký tự."),
        ({"picture": "0" * 64}, "Hình này không còn trong các hình gần đây."),
        ({"picture": ""}, "Hình này không còn trong các hình gần đây."),
        ({"picture": "%"}, "Hình này không còn trong các hình gần đây."),
        ({"picture": "", "taken": "9" * 17}, "Hình này không còn trong các hình gần đây."),
        ({"camera": "none"}, "Hình này không còn trong các hình gần đây."),
    ],
)
def test_what_cannot_be_kept_by_hand_says_why(client, controller, eye, incident, data, message):
    client.force_login(controller)
    good = {"camera": "A1", "picture": eye.last_frame.sha256, "reason": "So"}
    answer = post(client, "evidence-pin", incident.reference, **good | data)
    assert (answer.status_code, answer.json()) == (409, {"error": message})
    assert not Evidence.objects.exists()


def test_picture_is_pinned_once_and_unpinned_without_deletion(client, controller, eye, incident):
    client.force_login(controller)
    good = {"camera": "A1", "picture": eye.last_frame.sha256, "reason": "So"}
    assert post(client, "evidence-pin", incident.reference, **good).status_code == 200
    again = post(client, "evidence-pin", incident.reference, **good)
    assert (again.status_code, again.json()) == (409, {"error": "Hình này đã được lưu rồi."})

    evidence = Evidence.objects.get()
    assert post(client, "evidence-unpin", incident.reference, evidence.pk, reason="Not it").status_code == 200
    assert last_line(incident)[0] == "unpinned"
    assert client.get(reverse("evidence", args=[evidence.pk])).status_code == 200
    assert post(client, "evidence-unpin", incident.reference, evidence.pk, reason="Not it").status_code == 409
    assert post(client, "evidence-pin", incident.reference, **good).status_code == 200


ROLES = ("anyone", "nobody", "officer", "outsider", "operator", "controller", "supervisor")
MAY = {
    "pin": {"officer", "controller"},
    "unpin": {"officer", "controller"},
    "export": {"officer", "controller"},
    "over": {"officer", "controller"},
    "page": {"officer", "controller", "supervisor"},
    "hold": {"supervisor"},
}


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what_with_evidence(client, request, town, officer, kept_frames, incident, role):
    if role not in ("anyone", "nobody"):
        client.force_login(request.getfixturevalue(role))
    elif role == "nobody":
        client.force_login(factories.person("nobody"))
    post_as = {
        "pin": lambda: post(client, "evidence-pin", incident.reference, evidence=kept_frames[0].pk, reason="So"),
        "unpin": lambda: post(client, "evidence-unpin", incident.reference, by_hand.pk, reason="So"),
        "export": lambda: post(client, "evidence-export", incident.reference, purpose="Court"),
        "over": lambda: client.get(reverse("evidence-over", args=[kept_frames[0].pk, kept_frames[1].pk])),
        "page": lambda: client.get(reverse("evidence-page", args=[incident.reference])),
        "hold": lambda: post(client, "evidence-hold", incident.reference, reason="Case 12"),
    }
    by_hand = Evidence.objects.create(
        incident=incident, camera=kept_frames[1].camera, moment="pinned", by=officer, reason="So",
        taken_at=kept_frames[1].taken_at, sha256=kept_frames[1].sha256, file=kept_frames[1].file,
        width=64, height=48, distance_m=1,
    )  # fmt: skip
    got = {}
    for name, act in post_as.items():
        answer = act()
        got[name] = answer.status_code
        if answer.streaming:
            b"".join(answer)
    stranger = {"page": 302, "hold": 302} if role == "anyone" else {}
    assert got == {name: 200 if role in who else stranger.get(name, 404) for name, who in MAY.items()}


def test_a_ring_frame_is_not_kept_by_who_may_not_see_the_ring(client, officer, eye, incident):
    client.force_login(officer)
    answer = post(client, "evidence-pin", incident.reference, camera="A1", picture=eye.last_frame.sha256, reason="So")
    assert (answer.status_code, Evidence.objects.exists()) == (409, False)


def test_evidence_of_one_incident_is_not_kept_with_another(client, controller, kept_frames, town):
    other = factories.incident(town.hole)
    client.force_login(controller)
    assert post(client, "evidence-pin", other.reference, evidence=kept_frames[0].pk, reason="So").status_code == 404


# ---- the page


def test_the_page_says_what_is_kept_and_under_which_seals(client, officer, supervisor, kept_frames, incident):
    client.force_login(officer)
    page = client.get(reverse("evidence-page", args=[incident.reference])).content.decode()
    for row in kept_frames:
        assert row.sha256 in page
        assert f'src="/evidence/{row.pk}.jpg"' in page
    assert "export.zip" in page
    assert "/hold/" not in page

    client.force_login(supervisor)
    page = client.get(reverse("evidence-page", args=[incident.reference])).content.decode()
    picture = f"/evidence/{kept_frames[0].pk}.jpg"
    shown = (kept_frames[0].sha256 in page, picture in page, "export.zip" in page, "/hold/" in page)
    assert shown == (True, False, False, True)


# ---- two pictures, one over the other


def shift_picture(picture, x, y, turn=0.0, zoom=1.0):
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    height, width = image.shape[:2]
    move = cv2.getRotationMatrix2D((width / 2, height / 2), turn, zoom)
    move[:, 2] += x * width, y * height
    moved = cv2.warpAffine(image, move, (width, height), borderMode=cv2.BORDER_REFLECT)
    return cv2.imencode(".jpg", moved)[1].tobytes()


PICTURES = Pictures(ZoneInfo("Asia/Ho_Chi_Minh"))


def draw_street(code, minute=0, hour=5):
    """Return a street at noon, some minutes later with other traffic; at 15 hours UTC it is night."""
    return PICTURES.draw(code, datetime(2026, 11, 25, hour, minute, tzinfo=UTC).timestamp())


MOVES = [(0, 0, 0, 1), (0.1, 0.05, 0, 1), (-0.08, 0.02, 3, 1), (0, 0, 0, 1.15)]


@pytest.mark.parametrize(("x", "y", "turn", "zoom"), MOVES)
def test_a_later_picture_is_laid_over_an_earlier_one(x, y, turn, zoom):
    first = draw_street("A")
    fit = aligning.align_pictures(first, shift_picture(draw_street("A", 3), x, y, turn, zoom))
    assert fit is not None
    # The middle of the later picture comes from where it was moved.
    height = aligning.aspect_ratio(aligning.read_gray(first))
    (a, b, u), (c, d, v) = fit.matrix
    at = np.array([0.5 + x, height / 2 + y * height])
    back = (a * at[0] + b * at[1] + u, c * at[0] + d * at[1] + v)
    assert back == pytest.approx((0.5, height / 2), abs=0.012)
    assert (a, c) == pytest.approx((np.cos(np.radians(turn)) / zoom, np.sin(np.radians(turn)) / zoom), abs=0.03)


def test_a_night_is_laid_over_a_day():
    fit = aligning.align_pictures(draw_street("A"), draw_street("A", hour=15))
    assert [list(row) for row in fit.matrix] == [pytest.approx([1, 0, 0], abs=0.01), pytest.approx([0, 1, 0], abs=0.01)]


@pytest.mark.parametrize("other", ["another street", "black", "none", "another shape"])
def test_what_is_not_one_view_is_not_laid_over_one_another(other):
    pictures = {
        "another street": draw_street("B"),
        "black": factories.jpeg(640, 360, "black"),
        "none": b"no picture",
        "another shape": factories.jpeg(640, 480),
    }
    assert aligning.align_pictures(draw_street("A"), pictures[other]) is None


def test_how_two_kept_pictures_lie_is_told(client, officer, eye, incident, town):
    first, second = draw_street("A"), shift_picture(draw_street("A", 3), 0.1, 0)
    for data, span in ((first, 120), (second, 60)):
        in_ring(eye, data, incident.received_at - timedelta(seconds=span))
    capture_evidence(incident.pk, "reported")
    by_sha = {row.sha256: row for row in Evidence.objects.all()}
    earlier, later = (by_sha[sha256(data).hexdigest()] for data in (first, second))
    client.force_login(officer)
    matrix = client.get(reverse("evidence-over", args=[earlier.pk, later.pk])).json()["matrix"]
    assert matrix[0] == pytest.approx([1, 0, -0.1], abs=0.01)
    plain = next(row for row in by_sha.values() if row not in (earlier, later))
    assert client.get(reverse("evidence-over", args=[earlier.pk, plain.pk])).json() == {"matrix": None}
    other = camera("B1")
    far = Evidence.objects.create(
        incident=incident,
        camera=other,
        taken_at=now(),
        sha256=earlier.sha256,
        file=earlier.file,
        width=1,
        height=1,
        distance_m=1,
    )
    assert client.get(reverse("evidence-over", args=[earlier.pk, far.pk])).status_code == 404


# ---- how long


def end_incident(incident, officer, months_ago):
    for step in ("accept", "resolve"):
        workflow.move(incident, step, by=officer, note="Done")
    Incident.objects.filter(pk=incident.pk).update(closed_at=now() - timedelta(days=31 * months_ago))


def paths():
    root = Path(storages["evidence"].location) / "evidence"
    return sorted(path.name for path in root.rglob("*.jpg"))


def test_evidence_is_deleted_in_its_time_and_its_tombstone_stays(client, officer, kept_frames, incident, policies):
    policies.keep_evidence_months = 3
    end_incident(incident, officer, 2)
    assert retention.forget_old() == 0
    ended_at = now() - timedelta(days=100)
    Incident.objects.filter(pk=incident.pk).update(closed_at=ended_at)

    assert [retention.forget_old(), retention.forget_old()] == [3, 0]

    assert paths() == []
    assert [stone.sha256 for stone in Tombstone.objects.order_by("evidence")] == [row.sha256 for row in kept_frames]
    assert last_line(incident) == ("forgotten", None, False, "3 hình, 3 tháng sau khi sự cố kết thúc")
    client.force_login(officer)
    assert client.get(reverse("evidence", args=[kept_frames[0].pk])).status_code == 404
    page = client.get(reverse("evidence-page", args=[incident.reference])).content.decode()
    assert kept_frames[0].sha256 in page
    assert "đã xóa: 3 tháng sau khi sự cố kết thúc" in page


def test_what_is_open_or_held_is_not_deleted(client, officer, supervisor, kept_frames, incident, policies):
    policies.keep_evidence_months = 3
    Incident.objects.filter(pk=incident.pk).update(received_at=now() - timedelta(days=2000))
    assert retention.forget_old() == 0
    end_incident(incident, officer, 12)
    client.force_login(supervisor)
    assert post(client, "evidence-hold", incident.reference, reason="Court case 12").status_code == 200
    assert last_line(incident) == ("held", supervisor, False, "Court case 12")
    assert retention.forget_old() == 0
    twice = post(client, "evidence-hold", incident.reference, reason="Again")
    assert (twice.status_code, twice.json()) == (409, {"error": "Bằng chứng này đã bị cấm xóa rồi."})

    assert post(client, "evidence-unhold", incident.reference, reason="Judged").status_code == 200
    assert post(client, "evidence-unhold", incident.reference, reason="Judged").status_code == 409
    hold = Hold.objects.get()
    assert (hold.by, hold.reason, hold.ended_by, hold.ended_why) == (supervisor, "Court case 12", supervisor, "Judged")
    assert retention.forget_old() == 3


def test_a_picture_that_another_incident_needs_stays(officer, kept_frames, incident, town, policies):
    policies.keep_evidence_months = 3
    other = factories.incident(town.hole)
    evidence = kept_frames[0]
    Evidence.objects.create(
        incident=other, camera=evidence.camera, taken_at=evidence.taken_at, sha256=evidence.sha256, file=evidence.file,
        width=1, height=1, distance_m=1,
    )  # fmt: skip
    end_incident(incident, officer, 12)
    retention.forget_old()
    assert paths() == [Path(evidence.file).name]


def test_a_store_that_keeps_nothing_yet_is_swept(db):
    assert retention.sweep_files() == 0


def test_unreferenced_files_are_swept_after_a_day(kept_frames, settings):
    place = storages["evidence"]
    name = store.store_bytes(factories.jpeg(colour="pink"), "jpg")
    at = now().timestamp()
    os.utime(place.path(name), (at, at))  # the file system's clock may be another
    assert [retention.sweep_files(), retention.sweep_files(now() + timedelta(hours=25))] == [0, 1]
    assert (place.exists(name), len(paths())) == (False, len({row.sha256 for row in kept_frames}))


# ---- checked by night


def damage(evidence):
    path = Path(storages["evidence"].path(evidence.file))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_by_night_all_is_found_as_it_was(kept_frames):
    assert checking.check_sample() == []
    assert not Evidence.objects.filter(checked_at=None).exists()


def test_what_was_altered_is_found_by_night_and_told(town, kept_frames, incident, caplog):
    keeper = factories.person("keeper", town.desk, Membership.Role.ADMIN)
    keeper.email = "keeper@example.org"
    keeper.save()
    damage(kept_frames[0])
    with owner.as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE cameras_evidence DISABLE TRIGGER evidence_does_not_change")
        cursor.execute("UPDATE cameras_evidence SET distance_m = 7 WHERE id = %s", [kept_frames[1].pk])
        cursor.execute("UPDATE cameras_evidence SET frame_proof = '[]' WHERE id = %s", [kept_frames[2].pk])
    Evidence.objects.filter(pk=kept_frames[2].pk).update(frame_leaf=5)
    faults = checking.check_sample()
    assert [fault.partition(": ")[2].removeprefix(f"{kept_frames[0].file}: ") for fault in faults] == [
        "the bytes are not those that were kept",
        "what its row says is not what was sealed",
        "the frame that it was is not what was sealed",
    ]
    assert Evidence.objects.exclude(fault="").count() == 3
    assert "Evidence is not what it was" in caplog.text
    notice = Notice.objects.get(cause__startswith="evidence:")
    assert notice.address == "keeper@example.org"
    assert faults[0] in notice.text


# ---- handed out


@pytest.fixture
def package(client, officer, kept_frames, incident, tmp_path):
    """Return the folder of a package that an officer exported."""
    timeline.record(incident, "note", by=officer, note="So")
    client.force_login(officer)
    pinned = post(client, "evidence-pin", incident.reference, evidence=kept_frames[0].pk, reason="Chiếc xe đỏ")
    assert pinned.status_code == 200
    answer = post(client, "evidence-export", incident.reference, headers={}, purpose="Tòa án quận")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as packed:
        packed.extractall(tmp_path)
    return tmp_path / f"evidence-{incident.reference}"


def check_package(folder, *more):
    """Return the output of the package's own program, run without anything of ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), *more], capture_output=True, text=True, cwd="/", env={}
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def test_a_package_is_verified_by_its_own_program_alone(package, incident, officer, kept_frames):
    code, output = check_package(package)
    head = bytes(Seal.objects.last().digest).hex()
    listed = sha256((package / "SHA256SUMS").read_bytes()).hexdigest()
    assert (code, output.splitlines()[0]) == (0, f"OK: 4 pictures of incident {incident.reference}")
    assert output.splitlines()[1].endswith("by officer: Tòa án quận")
    assert f"this package (SHA-256 of SHA256SUMS): {listed}" in output
    assert head in output
    kind, by, public, note = last_line(incident)
    assert (kind, by, public, note) == ("exported", officer, False, f"Tòa án quận – 4 hình, SHA-256 {listed}")
    assert ViewLogEntry.objects.get(how="export").purpose == "Tòa án quận"

    number = Seal.objects.last().number
    assert check_package(package, str(package), "--head", f"{number}={head}")[0] == 0
    assert check_package(package, str(package), "--head", f"{number}={head[:-1]}{int(head[-1], 16) ^ 1:x}")[0] == 1
    assert check_package(package, str(package), "--head", "99=ab")[0] == 1
    assert check_package(package, "--help")[0] == 2


def test_the_manifest_tells_everything(package, incident, officer, kept_frames, eye):
    manifest = json.loads((package / "manifest.json").read_text())
    assert manifest["incident"]["reference"] == incident.reference
    assert manifest["exported"]["by"] == {"id": officer.pk, "name": "officer"}
    pictures = [
        (picture["sealed"]["moment"], picture["sealed"]["register"]["code"], picture["reason"])
        for picture in manifest["pictures"]
    ]
    assert pictures == [
        ("before", "A1", ""), ("pinned", "A1", "Chiếc xe đỏ"), ("before", "A1", ""), ("reported", "A1", "")
    ]  # fmt: skip
    assert all(picture["frame"] for picture in manifest["pictures"] if picture["sealed"]["ring"])
    page = (package / "index.html").read_text()
    assert "<script" not in page
    assert all(picture["file"] in page for picture in manifest["pictures"])


def test_one_altered_byte_anywhere_is_refused(package):
    """Each file in turn, at random places; the program is taken from elsewhere, as its text advises."""
    dice = random.Random()
    files = [path for path in sorted(package.rglob("*")) if path.is_file()]
    assert verify.verify(package)
    for path in files:
        whole = path.read_bytes()
        places = {0, len(whole) - 1, *(dice.randrange(len(whole)) for _ in range(20))}
        for place in places:
            altered = bytearray(whole)
            altered[place] ^= 1 << dice.randrange(8)
            path.write_bytes(altered)
            with pytest.raises(verify.Refused):
                verify.verify(package)
        path.write_bytes(whole)
    assert verify.verify(package)


def reseal_package(folder):
    """Write the list of files anew, as a careful forger would."""
    names = sorted(verify.files_of(folder) - {verify.SUMS})
    digests = {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}
    (folder / verify.SUMS).write_text(verify.format_sums(digests))


def replace_picture(manifest, folder):
    picture = manifest["pictures"][0]
    (folder / picture["file"]).write_bytes(factories.jpeg(colour="gold"))
    picture["sealed"]["sha256"] = sha256(factories.jpeg(colour="gold")).hexdigest()


NEW_YEAR = "2026-01-01T00:00:00.000000Z"
# What is altered, and how.
ALTERED = {
    "a picture": replace_picture,
    "its time": lambda manifest, folder: manifest["pictures"][0]["sealed"].update(taken_at=NEW_YEAR),
    "what a camera sees": lambda manifest, folder: manifest["pictures"][0]["sealed"].update(sees=True),
    "a reason": lambda manifest, folder: manifest["pictures"][1].update(reason="Another"),
    "its place in the list": lambda manifest, folder: manifest["pictures"][0]["proof"].update(leaf=1),
    "the frame's proof": lambda manifest, folder: manifest["pictures"][0]["frame"]["proof"].append("00" * 32),
    "its proof": lambda manifest, folder: manifest["pictures"][0]["proof"].update(proof=[]),
    "a seal": lambda manifest, folder: manifest["chains"][0]["seals"][0].__setitem__(3, "00" * 32),
    "the first seal": lambda manifest, folder: manifest["chains"][0]["seals"].pop(0),
    "what was before": lambda manifest, folder: manifest["chains"][0].update(before="11" * 32),
    "a picture more": lambda manifest, folder: (folder / "pictures" / "more.jpg").write_bytes(b"more"),
    "a picture less": lambda manifest, folder: manifest["pictures"].pop(),
    "the format": lambda manifest, folder: manifest.update(format="evidence-2"),
    "the chains": lambda manifest, folder: manifest.pop("chains"),
}


def test_who_makes_the_list_anew_is_refused_by_the_proofs(package, tmp_path):
    outputs = {}
    for number, (what, alter) in enumerate(ALTERED.items()):
        folder = shutil.copytree(package, tmp_path / str(number))
        path = folder / "manifest.json"
        manifest = json.loads(path.read_text())
        alter(manifest, folder)
        path.write_text(json.dumps(manifest, ensure_ascii=False, indent=1))
        reseal_package(folder)
        code, words = check_package(folder)
        outputs[what] = code, words.partition(":")[0]
    assert outputs == dict.fromkeys(ALTERED, (1, "REFUSED"))


def test_a_video_of_the_pictures_goes_with_the_package(client, officer, kept_frames, incident, tmp_path):
    client.force_login(officer)
    answer = post(client, "evidence-export", incident.reference, headers={}, purpose="Court", videos="on")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / f"evidence-{incident.reference}"
    (clip,) = json.loads((folder / "manifest.json").read_text())["videos"]
    rows = list({row.taken_at: row for row in sorted(kept_frames, key=lambda row: row.taken_at)}.values())
    assert (clip["file"], clip["camera"], len(clip["of"])) == ("videos/01-A1.webm", "A1", len(rows))
    code, words = check_package(folder)
    assert (code, "videos/01-A1.webm: a view made of these pictures" in words) == (0, True)
    frames = cv2.VideoCapture(str(folder / clip["file"]))
    first, count = next(frames.read()[1] for _n in range(3)), 1
    while frames.grab():
        count += 1
    shots = video.shots_of(rows, [b""] * len(rows), clip["speed"])
    assert (first.shape, count) == ((504, 768, 3), sum(shot.hold for shot in shots))
    blue, _green, red = first[200, 400]  # the first picture, and below it words
    assert (red > 150 > blue, first[440:].max() > 150) == (True, True)


def test_a_video_keeps_the_times_and_says_what_is_missing(eye):
    at = now().replace(second=0)
    rows = [
        Evidence(camera=eye, seal_id=7, taken_at=at + timedelta(seconds=s), register={"code": "A1", "name": "Harbour"})
        for s in (0, 10, 40, 400)
    ]
    shots = video.shots_of(rows, [b"1", b"2", b"3", b"4"], 10)
    assert [(shot.picture, shot.hold) for shot in shots] == [(b"1", 4), (b"2", 12), (b"3", 24), (b"", 6), (b"4", 4)]
    assert [shot.lines[0].endswith("dấu niêm phong 7") for shot in shots] == [True, True, True, False, True]
    assert shots[3].lines[0].startswith("Không có hình từ ")
    assert {"Bản xem, phát nhanh gấp 10 lần" in shot.lines[1] for shot in shots} == {True}
    assert (video.choose_speed([at, at + timedelta(hours=1)]), video.RATE) == (2, film.RATE)


def test_evidence_that_was_deleted_is_handed_out_as_a_tombstone(
    client, officer, kept_frames, incident, tmp_path, policies
):
    policies.keep_evidence_months = 3
    end_incident(incident, officer, 12)
    retention.forget_old()
    client.force_login(officer)
    answer = post(client, "evidence-export", incident.reference, headers={}, purpose="Archive")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / f"evidence-{incident.reference}"
    assert check_package(folder)[1].splitlines()[0] == f"OK: 0 pictures of incident {incident.reference}"
    assert len(json.loads((folder / "manifest.json").read_text())["pictures"]) == 3


def test_damaged_evidence_is_not_handed_out(client, officer, kept_frames, incident):
    damage(kept_frames[0])
    client.force_login(officer)
    answer = post(client, "evidence-export", incident.reference, headers={}, purpose="Court")
    assert answer.status_code == 409
    assert f"Hình {kept_frames[0].pk} không còn đúng như lúc lưu" in answer.content.decode()
    assert not incident.timeline.filter(kind="exported").exists()


def test_without_a_purpose_nothing_is_handed_out(client, officer, kept_frames, incident):
    client.force_login(officer)
    assert post(client, "evidence-export", incident.reference, headers={}, purpose=" ").status_code == 409


# ---- the public seals


def test_everybody_may_keep_the_seals(client, kept_frames):
    document = client.get("/evidence/seals.json").json()
    last = Seal.objects.last()
    assert document["seals"][0] == document["days"][0]
    assert document["seals"][0]["digest"] == bytes(last.digest).hex()
    assert sorted(document["seals"][0]) == ["at", "digest", "leaves", "number", "root"]
    day = document["seals"][0]["at"][:10]
    assert client.get("/evidence/seals.json?day=2020-01-01").json()["seals"] == []
    assert client.get(f"/evidence/seals.json?day={day}").status_code == 200
    for bad in ("x", "2026-13-01", "2026-02-30"):
        assert client.get(f"/evidence/seals.json?day={bad}").status_code == 400


@pytest.mark.parametrize(
    ("moments", "opens_with"),
    [
        (["before", "before", "reported"], 0),
        (["before", "reported", "resolved"], 1),
        (["before", "before"], 0),
        (["reported", "step"], 0),
    ],
)
def test_a_comparison_opens_with_two_pictures_that_tell_most(eye, incident, moments, opens_with):
    at = incident.received_at
    rows = [keeps(eye, incident, moment, taken_at=at + timedelta(minutes=n)) for n, moment in enumerate(moments)]
    (seen,) = sights.sights_of_incident(incident, Evidence.objects.all(), now())
    assert (seen.opens_with, seen.evidence[-1]) == (rows[opens_with], rows[-1])
