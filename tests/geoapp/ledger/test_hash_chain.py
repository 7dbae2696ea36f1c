"""Test that digests of the ledgers never change."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from cameras.evidence.seals import SEALS
from cameras.models import Seal, ViewLogEntry
from cameras.viewlog.ledger import LOOKS
from geoapp.ledger import hash_chain
from incidents.audit import chain
from incidents.audit.accounts import ACCOUNTS
from incidents.disclosure.register import PERSONAL_VIEWS
from incidents.models import AccountLine, PersonalDataView

PREVIOUS = bytes(range(32))
AT = datetime(2026, 11, 25, 1, 0, 0, 250, tzinfo=UTC)
NOTE_DIGEST = "2d076150a0a46c2cbfdc61d4f7de5d4131bf49a0abf21c5971bdb2172c3df875"
LINE = [7, 2, "asked", "waiting", AT, 3, None, True, '[{"vi": "Ở đây", "en": "Here"}]', '{"b": 1, "a": [1.5]}']
LOOK = ViewLogEntry(
    id=7, at=AT, by_id=3, how="history", cameras=[4, 9], hour=AT.replace(microsecond=0), purpose="Tòa án “quận”",
    pictures=2,
)  # fmt: skip
ACCOUNT = AccountLine(
    id=7, at=AT, kind=AccountLine.Kind.GIVEN, person_key=3, person="lan", by_key=None, what="officer @ ‘P. Bến Thành’"
)
VIEW = PersonalDataView(
    id=7, at=AT, by_id=3, how=PersonalDataView.How.DESK, incident_id=2, reports=[4, 9], address="/desk/…/"
)
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
        (ACCOUNTS.line_digest, [ACCOUNT], "0b47956b843e7ddba28ce4c96df6ed295099b15412026269396817763695f580"),
        (PERSONAL_VIEWS.line_digest, [VIEW], "fd80118ec8fb4e37be378ccbd119b3731216c444620fb08c0fb3e5e2f879113d"),
        (
            PERSONAL_VIEWS.line_digest,
            [PersonalDataView(id=7, at=AT, by_id=3, how="held", held_id=5)],
            "6c76342d1b5f139f270d61866fb6b24dd5cfaf7741b73fe95b13ad19a8a8b194",
        ),
        (
            PERSONAL_VIEWS.line_digest,
            [PersonalDataView(id=7, at=AT, by_id=3, how="held", call_back_id=5)],
            "27b561b398f7f80e0cac0dcc45d35534ed632bdb629d94f2aeeba05785e30432",
        ),
        (
            PERSONAL_VIEWS.line_digest,
            [PersonalDataView(id=7, at=AT, by_id=3, how="held", enquiry_id=5)],
            "2ae667f015589a9c9ffda18712eb85712c3dd8f347bbb16029d098bc9b3f0aeb",
        ),
        (LOOKS.line_digest, [LOOK], "c24b04958fba718f50d6b1cfde7571cb02c6ae330c796c02595794f6fe7bff92"),
        (SEALS.line_digest, [SEAL], "0f1c74000f13f64ecf36b024fb90e69e3913f5196effff384b993902698ce744"),
    ],
    ids=["history", "accounts", "views", "held-report", "call-back", "enquiry", "looks", "evidence"],
)
def test_digest_of_an_entry_stays_what_it_was(digest_of, entry, digest):
    assert digest_of(PREVIOUS, *entry).hex() == digest
