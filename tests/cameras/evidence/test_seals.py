"""Test the seals of each minute on frames and evidence, their chain, and the detection of changes."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as drawn

from cameras.evidence import leaves, merkle, seals
from cameras.evidence.jobs import capture_evidence
from cameras.models import Evidence, Frame, Seal, Tombstone
from geoapp.ledger import hash_chain
from tests import factories, owner
from tests.cameras.conftest import camera, in_ring, sees


def rfc_6962(hashed):
    """Return the root by the recursive definition of RFC 6962: split at the largest power of two below the number of
    leaves.
    """
    if len(hashed) == 1:
        return hashed[0]
    k = 1 << (len(hashed) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + rfc_6962(hashed[:k]) + rfc_6962(hashed[k:])).digest()


@given(drawn.integers(1, 200), drawn.data())
def test_only_the_right_proof_path_leads_to_the_rfc_6962_root(size, data):
    hashed = [merkle.hash_leaf(str(n).encode()) for n in range(size)]
    tree = merkle.build_tree(hashed)
    root = tree[-1][0]
    assert root == rfc_6962(hashed)
    index = data.draw(drawn.integers(0, size - 1))
    path = merkle.proof_path(tree, index)
    assert merkle.root_from_path(hashed[index], index, size, path) == root
    assert merkle.root_from_path(merkle.hash_leaf(b"other"), index, size, path) != root
    assert merkle.root_from_path(hashed[index], size, size, path) is None
    assert merkle.root_from_path(hashed[index], index, size, [*path, root]) is None
    for n in range(len(path)):
        assert merkle.root_from_path(hashed[index], index, size, path[:n]) is None
        altered = [*path[:n], merkle.hash_leaf(path[n]), *path[n + 1 :]]
        assert merkle.root_from_path(hashed[index], index, size, altered) != root


def ring_of(eye, count, end=None):
    end = end or now()
    for n in range(count):
        in_ring(eye, factories.jpeg(colour=f"rgb({n},{n},40)"), end - timedelta(seconds=10 * n))


def test_each_minute_seals_what_is_new(eye):
    ring_of(eye, 3, now() - timedelta(minutes=5))
    assert [seals.seal_new(), seals.seal_new()] == [1, 0]
    first = Seal.objects.get()
    assert (first.number, first.leaves) == (1, 4)
    sealed_bytes = hash_chain.canonical_bytes([1, hash_chain.utc_text(first.sealed_at), 4, bytes(first.root).hex()])
    assert bytes(first.digest) == hashlib.sha256(bytes(32) + sealed_bytes).digest()

    sees(eye, seconds_ago=1, colour="red")
    assert seals.seal_new() == 1
    second = Seal.objects.get(number=2)
    assert second.leaves == 1
    assert list(Frame.objects.order_by("seal").values_list("seal", flat=True)) == [1, 1, 1, 1, 2]
    assert (seals.SEALS.verify().last, seals.SEALS.verify().fault) == (2, "")


def test_a_frame_that_is_committed_late_comes_with_the_next_seal(transactional_db):
    """Rows do not become visible in the order in which they were taken or written; none is left out for that."""
    eye = camera("A1")
    written, sealed = threading.Event(), threading.Event()

    def slow_patrol():
        with transaction.atomic():
            in_ring(eye, factories.jpeg(colour="red"), now() - timedelta(seconds=30))
            written.set()
            sealed.wait(20)
        connection.close()

    patrol = threading.Thread(target=slow_patrol)
    patrol.start()
    written.wait(20)
    in_ring(eye, factories.jpeg(colour="teal"), now())
    assert (seals.seal_new(), Seal.objects.get().leaves) == (1, 1)
    sealed.set()
    patrol.join()
    assert (seals.seal_new(), Seal.objects.get(number=2).leaves) == (1, 1)
    assert not Frame.objects.filter(seal=None).exists()


def test_two_that_seal_at_once_make_one_chain(transactional_db):
    eye = camera("A1")
    ring_of(eye, 40)

    def sealing():
        seals.seal_new()
        connection.close()

    threads = [threading.Thread(target=sealing) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(Seal.objects.values_list("leaves", flat=True)) == 40
    assert seals.SEALS.verify().fault == ""


def test_what_is_too_much_for_one_seal_is_sealed_in_several(eye, monkeypatch):
    monkeypatch.setattr(seals, "TOGETHER", 4)
    ring_of(eye, 9, now() - timedelta(minutes=5))
    assert seals.seal_new() == 3
    assert list(Seal.objects.values_list("leaves", flat=True)) == [4, 4, 2]


@pytest.fixture
def sealed_frames(eye, incident):
    """Keep an incident's evidence from the ring, whose frames were sealed before the report came."""
    sees(eye, seconds_ago=40, colour="red")
    seals.seal_new()
    capture_evidence(incident.pk, "reported")
    seals.seal_new()
    return list(Evidence.objects.select_related("incident", "seal", "frame_seal").order_by("pk"))


def test_evidence_keeps_proofs_of_its_own_seal_and_of_its_frame(sealed_frames):
    assert [(row.moment, row.seal_id, row.frame_seal_id) for row in sealed_frames] == [
        ("before", 2, 1), ("before", 2, 1), ("reported", 2, 1)
    ]  # fmt: skip
    for row in sealed_frames:
        assert seals.is_proven(leaves.evidence_leaf(row), row.proof, row.leaf, row.seal)
        frame = leaves.frame_leaf(row.camera_id, row.taken_at, row.sha256)
        assert seals.is_proven(frame, row.frame_proof, row.frame_leaf, row.frame_seal)
        row.distance_m += 1
        assert not seals.is_proven(leaves.evidence_leaf(row), row.proof, row.leaf, row.seal)


def test_frame_of_a_deleted_minute_has_no_proof_of_its_own(eye, incident):
    sees(eye, seconds_ago=40, colour="red")
    seals.seal_new()
    capture_evidence(incident.pk, "reported")
    Frame.objects.earliest("taken_at").delete()
    seals.seal_new()
    assert set(Evidence.objects.values_list("seal", "frame_seal")) == {(2, None)}


def test_a_tombstone_is_sealed_too(sealed_frames):
    tombstone = Tombstone.objects.create(
        evidence=sealed_frames[0], sha256=sealed_frames[0].sha256, why="24 months are over"
    )
    seals.seal_new()
    tombstone.refresh_from_db()
    assert seals.is_proven(leaves.tombstone_leaf(tombstone), tombstone.proof, tombstone.leaf, tombstone.seal)


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    "change",
    [
        lambda: Seal.objects.filter(number=1).update(leaves=1),
        lambda: Seal.objects.filter(number=1).delete(),
        lambda: connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE cameras_seal CASCADE"),
        lambda: Evidence.objects.update(proof=[]),
        lambda: Tombstone.objects.all().delete(),
        lambda: Tombstone.objects.update(why="other"),
    ],
)
def test_postgresql_refuses_to_change_what_was_sealed(sealed_frames, change):
    Tombstone.objects.create(evidence=sealed_frames[0], sha256=sealed_frames[0].sha256, why="24 months are over")
    refused = pytest.raises(DatabaseError, match=r"only ever added|does not change|protected")
    with refused, transaction.atomic(), owner.as_owner():
        change()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE cameras_seal SET leaves = 7 WHERE number = 1", "seal 1 was altered"),
        ("UPDATE cameras_seal SET root = digest WHERE number = 2", "seal 2 was altered"),
        ("UPDATE cameras_seal SET sealed_at = now() + interval '1 s' WHERE number = 2", "seal 2 was altered"),
        ("DELETE FROM cameras_seal WHERE number = 3", ""),  # the last can be cut off unseen, but for its head outside
        ("DELETE FROM cameras_seal WHERE number = 1", "seal 1 is missing"),
    ],
)
def test_who_gets_around_the_guards_is_found_out(eye, change, fault):
    for colour in ("red", "green", "blue"):
        sees(eye, seconds_ago=1, colour=colour)
        seals.seal_new()
    with owner.as_owner() as cursor:
        cursor.execute("ALTER TABLE cameras_seal DISABLE TRIGGER seals_are_append_only")
        cursor.execute(change)
    assert seals.SEALS.verify().fault == fault
