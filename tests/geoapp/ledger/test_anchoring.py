"""Test that heads are signed, stamped and mailed, and verified without our code."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from cameras.evidence import jobs as evidence_jobs
from cameras.evidence import seals
from cameras.models import SealHead, ViewLogHead
from cameras.viewlog import jobs as viewlog_jobs
from cameras.viewlog import ledger
from geoapp.ledger import anchoring
from geoapp.ledger.heads import heads_as_json
from incidents import jobs as incidents_jobs
from incidents import timeline
from incidents.audit import accounts, chain
from incidents.disclosure import register
from incidents.models import AccountLine, AccountsHead, HistoryHead, PersonalDataView, PersonalDataViewHead
from tests import factories, owner
from tests.fakes.timestamping import Authority

VERIFIER = Path(project.BASE_DIR) / "deploy" / "verify_heads.py"
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
OTHER_KEY = "//////////////////////////////////////////8="


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    with Authority(tmp_path_factory.mktemp("authority")) as authority:
        yield authority


@pytest.fixture
def anchored_settings(settings, authority):
    """Settings for signing, stamping and mailing heads."""
    authority.fault, authority.asked = None, 0
    settings.HEADS_KEY, settings.HEADS_EMAIL = KEY, ["archive@council.example", "records@press.example"]
    settings.TIMESTAMP_URL, settings.TIMESTAMP_ROOTS = authority.url, str(authority.roots)
    settings.OUTBOUND_ALLOWED = {"timestamps": ["private"]}
    return authority


@pytest.fixture
def history(town, officer, today):
    """Six sealed lines of history, one erased, and the heads of today and yesterday."""
    first, two = (
        factories.incident(category, text=text) for category, text in ((town.hole, "Lan"), (town.leak, "Hoa"))
    )
    chain.seal_history()
    assert chain.HISTORY.publish_head(today - timedelta(days=1)) is None
    yesterday = HistoryHead.objects.create(
        day=today - timedelta(days=1), event_id=first.timeline.last().pk,
        digest=first.timeline.last().seal.digest,
    )  # fmt: skip
    timeline.record_erasure([two.pk], [two.timeline.first().pk], by=officer, at=two.received_at)
    chain.HISTORY.publish_head(today)
    return yesterday


def public_key(settings):
    out = StringIO()
    call_command("heads_key", stdout=out)
    return out.getvalue().strip()


def test_heads_are_signed_stamped_and_mailed_once(history, anchored_settings, settings, today):
    anchoring.anchor_heads(HistoryHead.objects.all())
    heads = list(HistoryHead.objects.order_by("day"))
    assert {bytes(head.key).hex() for head in heads} == {public_key(settings)}
    assert [head.stamped_at is not None and head.mailed_at is not None for head in heads] == [True, True]
    (letter,) = mail.outbox
    assert letter.to == settings.HEADS_EMAIL
    assert letter.subject.endswith(f"{today} (history): {heads[1].hex[:16]}")
    assert [line for line in letter.body.splitlines() if line[:4].isdigit()] == [
        f"{head.day} {head.line} {head.hex}" for head in heads
    ]
    name, attached, kind = letter.attachments[0]
    assert (name, kind, len(json.loads(attached)["heads"])) == (f"history-{today}.json", "application/json", 2)

    before = list(HistoryHead.objects.values())
    anchoring.anchor_heads(HistoryHead.objects.all())
    assert list(HistoryHead.objects.values()) == before
    assert (anchored_settings.asked, len(mail.outbox)) == (2, 1)


def test_without_settings_heads_are_only_published(history):
    anchoring.anchor_heads(HistoryHead.objects.all())
    assert set(HistoryHead.objects.values_list("signature", "timestamp", "mailed_at")) == {(None, None, None)}
    assert mail.outbox == []


@pytest.mark.parametrize("fault", [503, 404, b"", b"no stamp", b"x" * 200_000], ids=lambda fault: str(fault)[:20])
def test_an_authority_that_gives_no_stamp_is_asked_again(history, anchored_settings, fault):
    """What can be done without it is done."""
    anchored_settings.fault = fault
    with pytest.raises(anchoring.NotStamped):
        anchoring.anchor_heads(HistoryHead.objects.all())
    assert HistoryHead.objects.filter(signature=None).count() == 0
    assert (HistoryHead.objects.exclude(timestamp=None).count(), len(mail.outbox)) == (0, 1)
    anchored_settings.fault = None
    anchoring.anchor_heads(HistoryHead.objects.all())
    assert (HistoryHead.objects.filter(timestamp=None).count(), len(mail.outbox)) == (0, 1)


def test_a_stamp_on_other_words_or_of_another_authority_is_none(history, anchored_settings, settings, tmp_path):
    stamp, _at = anchoring.fetch_timestamp(b"other words")
    anchored_settings.fault = stamp
    with pytest.raises(anchoring.NotStamped, match="Nonce mismatch"):
        anchoring.fetch_timestamp(history.signed_bytes)
    anchored_settings.fault = None
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    with Authority(stranger) as other:
        settings.TIMESTAMP_URL = other.url
        with pytest.raises(anchoring.NotStamped):
            anchoring.fetch_timestamp(history.signed_bytes)
    settings.OUTBOUND_ALLOWED = {}
    with pytest.raises(anchoring.NotStamped, match="NotAllowed"):
        anchoring.fetch_timestamp(history.signed_bytes)


def test_a_head_gets_its_signature_once_and_keeps_all_else(history, anchored_settings):
    anchoring.anchor_heads(HistoryHead.objects.all())
    for change in (
        {"signature": b"x"},
        {"signature": None},
        {"timestamp": b"x"},
        {"mailed_at": None},
        {"digest": b"x"},
    ):
        with (
            pytest.raises(IntegrityError, match="a published head does not change"),
            transaction.atomic(),
            owner.as_owner(),
        ):
            HistoryHead.objects.filter(pk=history.pk).update(**change)


def verify_history(*keys):
    call_command("verify_ledger", "history", *(f"--key={key}" for key in keys), stdout=StringIO())


def test_a_head_signed_by_somebody_else_is_found(history, anchored_settings, settings):
    key = public_key(settings)
    with pytest.raises(CommandError, match="is not signed"):
        verify_history(key)
    anchoring.anchor_heads(HistoryHead.objects.all())
    verify_history(key)
    settings.HEADS_KEY = OTHER_KEY
    other = public_key(settings)
    with pytest.raises(CommandError, match="is signed with another key"):
        verify_history(other)
    verify_history(other, key)  # the key was changed in between
    with owner.without_guards("incidents_historyhead"):
        HistoryHead.objects.update(key=bytes.fromhex(other))
    with pytest.raises(CommandError, match=r"The signature on the head of \S+ is wrong"):
        verify_history(other)
    with pytest.raises(CommandError, match="64 digits"):
        verify_history("5f0c")


def test_every_chain_has_heads_that_are_signed(anchored_settings, town, operator, today, moment):
    ledger.record_viewing(operator, "wall", [1])
    with owner.without_guards("cameras_viewlogentry") as cursor:
        cursor.execute("UPDATE cameras_viewlogentry SET at = at - interval '1 day'")
    seals.Seal.objects.create(number=1, sealed_at=moment - timedelta(days=1), leaves=1, root=b"r", digest=b"d" * 32)
    report = factories.incident(town.hole).reports.get()
    register.record_views(PersonalDataView.How.DESK, [report], by=operator)
    accounts.record_account_line(AccountLine.Kind.PASSWORD, operator, None)
    for table in ("event", "accountline", "personaldataview"):
        with owner.without_guards(f"incidents_{table}") as cursor:
            cursor.execute(f"UPDATE incidents_{table} SET at = at - interval '1 day'")
    for publish in (incidents_jobs.publish_heads, viewlog_jobs.publish_looks, evidence_jobs.publish_seals):
        publish(0)
    for heads in (HistoryHead, AccountsHead, PersonalDataViewHead, ViewLogHead, SealHead):
        (head,) = heads.objects.all()
        assert (head.day, bytes(head.key).hex(), head.timestamp is None) == (
            today - timedelta(days=1), anchoring.public_key_hex(), False,
        )  # fmt: skip
    assert sorted(letter.attachments[0][0].removesuffix(f"-{head.day}.json") for letter in mail.outbox) == [
        "accounts", "evidence", "history", "looks", "personal-views",
    ]  # fmt: skip


# ---- the verifier that needs nothing of ours ----


@pytest.fixture
def published_folder(history, anchored_settings, settings, client, tmp_path):
    """A folder with published heads, an export with notes, the public key and the authority's root."""
    anchoring.anchor_heads(HistoryHead.objects.all())
    (tmp_path / "heads.json").write_bytes(client.get("/history/heads.json").content)
    call_command("export_ledger", "history", str(tmp_path / "history.jsonl"), "--notes", stdout=StringIO())
    return tmp_path


def check(folder, *more):
    """Run the verifier without our packages; returns its output and exit code."""
    arguments = [
        "--key",
        anchoring.public_key_hex(),
        "--roots",
        project.TIMESTAMP_ROOTS,
        "--lines",
        "history.jsonl",
        *more,
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, "heads.json", *arguments], cwd=folder, capture_output=True, text=True
    )
    return done.returncode, done.stdout.strip() or done.stderr


def test_the_verifier_finds_what_was_published_right(published_folder, history):
    assert check(published_folder, "--kept", f"{history.day}={history.hex}") == (
        0, "OK: 2 heads of “history”, 2 signed, 2 stamped, 5 entries, 1 notes erased",
    )  # fmt: skip


def test_an_export_says_no_more_than_is_asked(history, tmp_path):
    call_command("export_ledger", "history", str(tmp_path / "plain.jsonl"), stdout=StringIO())
    assert "Lan" not in (tmp_path / "plain.jsonl").read_text()
    with pytest.raises(FileExistsError):
        call_command("export_ledger", "history", str(tmp_path / "plain.jsonl"), stdout=StringIO())


def in_heads(change):
    def alter(folder):
        data = json.loads((folder / "heads.json").read_text())
        change(data["heads"])
        (folder / "heads.json").write_text(json.dumps(data))

    return alter


def in_lines(change):
    def alter(folder):
        lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
        change(lines)
        (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    return alter


def swap(first, other, name):
    first[name], other[name] = other[name], first[name]


ALTERED = [  # what somebody changes of what is published, and what the program says of it
    (in_heads(lambda heads: heads[1].pop("signature")), "is not signed"),
    (in_heads(lambda heads: heads[1].update(key="0" * 64)), "is signed with another key"),
    (in_heads(lambda heads: swap(*heads, "signature")), "the signature on the head of"),
    (in_heads(lambda heads: heads[1].update(line=heads[1]["line"] + 1)), "the signature on the head of"),
    (in_heads(lambda heads: heads[1].pop("timestamp")), "has no time stamp"),
    (in_heads(lambda heads: swap(*heads, "timestamp")), "the time stamp on the head of"),
    (in_lines(lambda lines: lines[1]["entry"].__setitem__(2, "note")), "something is not what it was"),
    (in_lines(lambda lines: lines[1].update(note="Mai")), "is not the one that was sealed"),
    (in_lines(lambda lines: lines.pop(1)), "something is not what it was"),
    (in_lines(lambda lines: lines.pop()), "of which a head was published, is not there"),
    (in_lines(lambda lines: lines.insert(3, lines.pop(4))), "stands behind line"),
    (in_lines(lambda lines: lines[1].update(erased_at="2027", note="")), "and no line says that it was erased"),
    (in_lines(lambda lines: lines[0].update(chain="looks")), "is of another chain"),
    (lambda folder: (folder / "heads.json").write_text("{"), "JSONDecodeError"),
]  # fmt: skip


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("alter", "sentence"), ALTERED)
def test_the_verifier_refuses_what_was_altered(published_folder, alter, sentence):
    alter(published_folder)
    code, answer = check(published_folder)
    assert (code, answer.partition(":")[0]) == (1, "REFUSED")
    assert sentence in answer


def test_the_verifier_misses_a_head_that_was_kept(published_folder, history):
    code, answer = check(published_folder, "--kept", f"{history.day}={'0' * 64}")
    assert (code, "is not among those published" in answer) == (1, True)


def test_the_verifier_reads_the_ledger_of_the_cameras(operator, today, tmp_path, client):
    for camera in (1, 2):
        ledger.record_viewing(operator, "wall", [camera])
    ledger.LOOKS.publish_head(today)
    call_command("export_ledger", "camera-looks", str(tmp_path / "looks.jsonl"), stdout=StringIO())
    (tmp_path / "heads.json").write_bytes(client.get("/cameras/looks/heads.json").content)
    done = subprocess.run(
        [sys.executable, "-I", "-S", VERIFIER, "heads.json", "--lines", "looks.jsonl"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.stdout == "OK: 1 heads of “looks”, 0 signed, 0 stamped, 2 entries, 0 notes erased\n"


def test_the_verifier_reads_ledgers_of_people(operator, incident, today, anchored_settings, tmp_path):
    for _twice in range(2):
        accounts.record_account_line(AccountLine.Kind.PASSWORD, operator, None)
        register.record_views(PersonalDataView.How.DESK, incident.reports.all(), by=operator)
    accounts.ACCOUNTS.publish_head(today)
    register.PERSONAL_VIEWS.publish_head(today)
    anchoring.anchor_heads(AccountsHead.objects.all(), PersonalDataViewHead.objects.all())
    for heads in (AccountsHead, PersonalDataViewHead):
        name = heads.CHAIN
        (tmp_path / "heads.json").write_bytes(heads_as_json(heads.objects.all()).content)
        call_command("export_ledger", name, str(tmp_path / "history.jsonl"), stdout=StringIO())
        assert check(tmp_path) == (0, f"OK: 1 heads of “{name}”, 1 signed, 1 stamped, 2 entries, 0 notes erased")
        (tmp_path / "history.jsonl").unlink()
        call_command("verify_ledger", name, f"--key={anchoring.public_key_hex()}", stdout=StringIO())
        with pytest.raises(CommandError, match="is signed with another key"):
            call_command("verify_ledger", name, f"--key={'0' * 64}", stdout=StringIO())
        with pytest.raises(CommandError, match="Only the history has notes"):
            call_command("export_ledger", name, str(tmp_path / "history.jsonl"), "--notes")


def test_a_key_is_made_and_told(settings):
    out = StringIO()
    call_command("heads_key", "--new", stdout=out)
    settings.HEADS_KEY = out.getvalue().strip().removeprefix("HEADS_KEY=")
    assert len(public_key(settings)) == 64
    settings.HEADS_KEY = ""
    assert public_key(settings) == ""
