"""Test the commands that verify and export each ledger."""

import subprocess
import sys
from io import StringIO
from json import dumps

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import translation
from django.utils.timezone import now

from cameras.evidence.seals import SEALS
from cameras.ledgers import LEDGERS
from cameras.models import Seal
from cameras.viewlog import ledger
from geoapp.ledger.heads import heads_as_data
from incidents.audit import accounts, chain
from incidents.disclosure import register
from incidents.models import AccountLine, PersonalDataView
from tests import factories

VERIFIER = project.BASE_DIR / "deploy" / "verify_heads.py"


@pytest.fixture
def two_lines(operator, town):
    report = factories.incident(town.hole).reports.get()
    chain.seal_history()
    for number in (1, 2):
        accounts.record_account_line(AccountLine.Kind.PASSWORD, operator, None)
        register.record_views(PersonalDataView.How.DESK, [report], by=operator)
        ledger.record_viewing(operator, "wall", [number])
        SEALS.append_after(SEALS.last_line(), Seal(sealed_at=now(), leaves=number, root=bytes(32)))


def verify(*options):
    out = StringIO()
    with translation.override("en"):
        call_command("verify_ledger", *options, stdout=out)
    return out.getvalue()


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("name", LEDGERS)
def test_each_ledger_verifies_and_is_exported(two_lines, name, today, tmp_path):
    head = LEDGERS[name].publish_head(today)
    assert verify(name).startswith("OK: 2 lines, ")
    last = verify(name).split()[-1]
    assert last == f"{head.line}={head.hex}"
    assert verify(name, f"--line={last}", f"--head={head.day}={head.hex}").startswith("OK: 2 lines, 2 heads. ")
    with pytest.raises(CommandError, match=f"Line {head.line} is not the one kept outside"):
        verify(name, f"--line={head.line}={'0' * 64}")
    call_command("export_ledger", name, str(tmp_path / "lines.jsonl"), stdout=StringIO())
    heads = dumps(heads_as_data(LEDGERS[name].published_heads()), cls=DjangoJSONEncoder)
    (tmp_path / "heads.json").write_text(heads)
    program = [sys.executable, "-I", "-S", VERIFIER, "heads.json", "--lines", "lines.jsonl"]
    done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True)
    chain_name = LEDGERS[name].name
    assert done.stdout == f"OK: 1 heads of “{chain_name}”, 0 signed, 0 stamped, 2 entries, 0 notes erased\n"


def test_only_the_history_has_archives(db, tmp_path):
    for command in (["verify_ledger", "evidence"], ["export_ledger", "evidence", str(tmp_path / "seals.jsonl")]):
        with pytest.raises(CommandError, match="Only the history has"):
            call_command(*command, f"--archives={tmp_path}")
