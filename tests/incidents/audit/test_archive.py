"""What old lines of history say lies in files outside, is proven there, and comes back as it was."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.timezone import now
from pyarrow import parquet

from incidents import timeline, workflow
from incidents.audit import archive, chain
from incidents.models import Event, HistoryArchive, Report
from tests import factories, owner

VERIFIER = project.BASE_DIR / "deploy" / "verify_heads.py"


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def ended_incident(town, officer):
    """An incident that is over and whose report is anonymous, beside one that is open; all sealed."""
    incident, _open = factories.incident(town.hole), factories.incident(town.leak)
    workflow.move(incident, "accept", by=officer)
    timeline.record(incident, Event.Kind.NOTE, by=officer, note="Ask the ‘bridge’ keeper", public=False)
    workflow.move(incident, "reject", by=officer, note="Not ours")
    Report.objects.filter(incident=incident).update(erased_at=now())
    chain.seal_history()
    return incident


@pytest.fixture
def run_command(ended_incident, settings, tmp_path, today):
    """Runs a command of history as the owner; what it said. The folder of archives is tmp_path."""
    settings.DATABASE_OWNER = {}  # this connection is the owner's already

    def run(name, *arguments):
        out = StringIO()
        with owner.as_owner():
            call_command(name, *arguments, stdout=out)
        return out.getvalue()

    run.archive = lambda day=today + timedelta(days=2): run("archive_history", f"--before={day}", f"--to={tmp_path}")
    return run


def lines_of(incident):
    """What the database holds of an incident's lines beside what everybody counts."""
    return list(incident.timeline.values_list("kind", "note", "reasons", "receipt", "salt"))


def test_an_old_history_goes_to_a_file_and_comes_back(run_command, ended_incident, tmp_path):
    before, lines = lines_of(ended_incident), Event.objects.count()
    assert "2 lines archived" in run_command.archive()
    assert run_command.archive() == "0 lines archived\n"
    lines_by_kind = {
        kind: (note, bool(reasons or receipt)) for kind, note, reasons, receipt, _salt in lines_of(ended_incident)
    }
    assert lines_by_kind == {
        "received": (ended_incident.text, True), "assigned": ("", False), "accepted": ("", False), "note": ("", False),
        "rejected": ("Not ours", False),
    }  # fmt: skip
    (path,) = tmp_path.glob("*.parquet")
    table = parquet.read_table(path)
    assert table["reference"].to_pylist() == [ended_incident.reference] * 2
    assert "bridge" not in "".join(table["note"].to_pylist())  # as it lies in the table
    assert [chain.open_note(note) for note in table["note"].to_pylist()] == ["", "Ask the ‘bridge’ keeper"]
    assert json.loads(table.schema.metadata[b"geo"])["primary_column"] == "place"

    assert f"OK: {lines} lines" in run_command("verify_ledger", "history")
    assert "2 archived, of which only the seals were checked" in run_command("verify_ledger", "history")
    assert "archived" not in run_command("verify_ledger", "history", f"--archives={tmp_path}")
    assert run_command("restore_history", str(path)) == "2 lines restored\n"
    assert (lines_of(ended_incident), HistoryArchive.objects.count()) == (before, 0)
    with pytest.raises(CommandError, match="none of the archives"):
        run_command("restore_history", str(path))
    assert f"OK: {lines} lines" in run_command("verify_ledger", "history")


def test_what_is_archived_is_checked_by_others(run_command, tmp_path):
    """The chain of what is kept and what is archived is one, as the verifier of others reads it."""
    run_command.archive()
    with pytest.raises(CommandError, match="is missing in the archive"):
        run_command("export_ledger", "history", str(tmp_path / "history.jsonl"))
    run_command("export_ledger", "history", str(tmp_path / "history.jsonl"), "--notes", f"--archives={tmp_path}")
    last = Event.objects.last()
    head = {"day": "2026-11-23", "line": last.pk, "digest": bytes(last.seal.digest).hex()}
    (tmp_path / "heads.json").write_text(json.dumps({"chain": "history", "heads": [head]}))
    command = [sys.executable, "-I", VERIFIER, tmp_path / "heads.json", "--lines", tmp_path / "history.jsonl"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout[:2]) == (0, "OK"), done.stdout


def test_what_may_have_to_be_erased_is_not_archived(run_command, ended_incident, today):
    Report.objects.filter(incident=ended_incident).update(erased_at=None)
    assert run_command.archive() == "0 lines archived\n"
    Report.objects.filter(incident=ended_incident).update(erased_at=now())
    assert run_command.archive(today) == "0 lines archived\n"


@pytest.mark.parametrize("part", ["check_rows", "keep_file", "archiving"])
def test_archiving_broken_off_loses_and_doubles_nothing(run_command, ended_incident, tmp_path, monkeypatch, part):
    before = lines_of(ended_incident)

    def break_off(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(archive, part, break_off)
        with pytest.raises(KeyboardInterrupt):
            run_command.archive()
    assert (lines_of(ended_incident), HistoryArchive.objects.count()) == (before, 0)
    assert "2 lines archived" in run_command.archive()
    assert [path.suffix for path in tmp_path.iterdir()] == [".parquet"]


def test_an_altered_or_lost_file_is_told(run_command, tmp_path):
    run_command.archive()
    (path,) = tmp_path.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"0")
    with pytest.raises(CommandError, match="or was altered"):
        run_command("verify_ledger", "history", f"--archives={tmp_path}")


def test_words_that_were_not_archived_are_a_fault(run_command, ended_incident, tmp_path):
    """Who may do everything empties one more line and says that an archive has it."""
    run_command.archive()
    number = HistoryArchive.objects.get().pk
    with owner.without_guards("incidents_event") as cursor:
        cursor.execute("UPDATE incidents_event SET note = '', archive = %s WHERE kind = 'rejected'", [number])
    with pytest.raises(CommandError, match="is missing in the archive that should contain it"):
        run_command("verify_ledger", "history", f"--archives={tmp_path}")


def test_only_words_go_to_an_archive(ended_incident):
    changes = "SET LOCAL incidents.archiving = 'on'; UPDATE incidents_event SET archive = 1, state = 'closed'"
    with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic(), owner.as_owner() as cursor:
        cursor.execute(changes)


def test_pages_say_that_details_are_archived(run_command, ended_incident, client, officer):
    run_command.archive()
    sentence = "đã chuyển vào kho lưu trữ"
    assert client.get(f"/i/{ended_incident.reference}/").content.decode().count(sentence) == 1
    client.force_login(officer)
    assert client.get(f"/desk/{ended_incident.reference}/").content.decode().count(sentence) == 2
