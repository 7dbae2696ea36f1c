"""The digests of the three chains never change: what was sealed or published once is verified for ever."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cameras.evidence import seals
from cameras.models import Seal, ViewLogEntry
from cameras.viewlog import ledger
from geoapp.ledger import hash_chain
from incidents.audit import chain

PREVIOUS = bytes(range(32))
AT = datetime(2026, 11, 25, 1, 0, 0, 250, tzinfo=UTC)
NOTE_DIGEST = "2d076150a0a46c2cbfdc61d4f7de5d4131bf49a0abf21c5971bdb2172c3df875"
LINE = [7, 2, "asked", "waiting", AT, 3, None, True, '[{"vi": "Ở đây", "en": "Here"}]', '{"b": 1, "a": [1.5]}']
LOOK = ViewLogEntry(
    id=7, at=AT, by_id=3, how="history", cameras=[4, 9], hour=AT.replace(microsecond=0), purpose="Tòa án “quận”",
    pictures=2,
)  # fmt: skip
SEAL = Seal(number=7, sealed_at=AT, leaves=4, root=bytes(32))


@pytest.mark.parametrize(
    ("salt", "digest"),
    [(UUID(int=5), NOTE_DIGEST), (None, "4bdcb18ce1dc56ad396e2af5c6ff3045dc7de069df9e6b556ff92a510a796bbb")],
)
def test_digest_of_a_note_is_that_of_its_salt_and_words(salt, digest):
    assert hash_chain.salted_digest("Số 5, ‘cầu’", salt).hex() == digest


@pytest.mark.parametrize(
    ("digest_of", "entry", "digest"),
    [
        (
            chain.line_digest,
            [LINE, bytes.fromhex(NOTE_DIGEST)],
            "2a14840ee6d1d409465a8478104e0ccc3463f734ce31e65ff1cb9b1be5094841",
        ),
        (ledger.line_digest, [LOOK], "c24b04958fba718f50d6b1cfde7571cb02c6ae330c796c02595794f6fe7bff92"),
        (
            seals.seal_digest,
            [seals.seal_fields(SEAL)],
            "0f1c74000f13f64ecf36b024fb90e69e3913f5196effff384b993902698ce744",
        ),
    ],
    ids=["history", "looks", "evidence"],
)
def test_digest_of_an_entry_stays_what_it_was(digest_of, entry, digest):
    assert digest_of(PREVIOUS, *entry).hex() == digest
