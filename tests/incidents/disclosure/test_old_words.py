"""Older words: digests are made up for them, and contacts that older patterns did not know are covered."""

from datetime import timedelta

import pytest
from django.utils import translation

from incidents import workflow
from incidents.audit import archive, chain
from incidents.disclosure import old_words, privacy
from incidents.models import Event, HistoryArchive, Report
from tests import factories, owner

LINK = "zalo.me/0901234567"


def verify():
    chain.seal_history()
    with translation.override("en"):
        return chain.verify_history().fault


def forget_digests():
    """The lines with which reports came in hold no digest of their words, as those of a release before."""
    with owner.without_guards("incidents_event") as cursor:
        cursor.execute("UPDATE incidents_event SET receipt = NULL WHERE receipt ? 'words'")


def rewrite(report, **fields):
    with owner.as_owner():
        Report.objects.filter(pk=report.pk).update(**fields)


@pytest.fixture
def old_reports(town):
    """Five reports of before digests; the last two are of one incident."""
    some = [factories.incident(town.hole, text=f"Words {number}").reports.get() for number in range(4)]
    factories.incident(town.hole, text="Words 4", join=some[-1].incident)
    forget_digests()
    return list(Report.objects.order_by("pk"))


# ---- digests ----


def test_words_rewritten_after_the_upgrade_are_found(old_reports, monkeypatch):
    monkeypatch.setattr(old_words, "LOT", 2)
    heard = []
    assert old_words.digest_old_words(heard.append) == 5
    assert heard == [2, 4, 5]
    assert verify() == ""
    for report in old_reports:
        rewrite(report, text="Never was anything")
        assert verify() == f"The words of report {report.pk} were altered."
        rewrite(report, text=report.text)
    assert verify() == ""


def test_before_the_upgrade_nothing_says_what_they_were(old_reports):
    rewrite(old_reports[0], text="Never was anything")
    assert verify() == ""
    old_words.digest_old_words()
    assert verify() == ""


def test_digests_go_on_where_they_were(old_reports, monkeypatch, town):
    """Broken off after the first lot; what came in since has a digest of its own."""
    monkeypatch.setattr(old_words, "LOT", 2)
    with pytest.raises(KeyboardInterrupt):
        old_words.digest_old_words(lambda count: (_ for _ in ()).throw(KeyboardInterrupt))
    factories.incident(town.hole, text="Of today")
    assert old_words.digest_old_words() == 3
    assert old_words.digest_old_words() == 0
    lines = Event.objects.filter(kind=Event.Kind.DIGESTED).order_by("pk")
    assert [[pk for pk, _digest in line.receipt["digests"]] for line in lines] == [
        [report.pk for report in old_reports[:2]],
        [report.pk for report in old_reports[2:4]],
        [old_reports[4].pk],
    ]


def test_the_line_of_digests_names_the_day(old_reports, today):
    old_words.digest_old_words()
    line = Event.objects.get(kind=Event.Kind.DIGESTED)
    first, last = old_reports[0].pk, old_reports[-1].pk
    assert (line.incident, line.public, line.note) == (old_reports[-1].incident, False, "")
    assert line.reasons[0]["en"] == (
        f"Digests of the words of reports {first} to {last}, which came in without: as they are on {today}."
    )


def test_older_words_erased_by_law_are_no_fault(old_reports, officer):
    old_words.digest_old_words()
    privacy.erase_reports(Report.objects.filter(pk=old_reports[1].pk), by=officer)
    assert verify() == ""
    rewrite(old_reports[2], text="", public_text="", erased_at=old_reports[2].received_at)
    assert verify() == f"The words of report {old_reports[2].pk} are gone, and no line says that they were erased."


def test_digests_of_other_reports_go_to_no_archive(old_reports, officer, tmp_path, today):
    """The incident whose history holds the line may be archived; the others' digests stay."""
    old_words.digest_old_words()
    line = Event.objects.get(kind=Event.Kind.DIGESTED)
    workflow.move(line.incident, "reject", by=officer, note="Not ours")
    Report.objects.filter(incident=line.incident).update(erased_at=line.at)
    chain.seal_history()
    with owner.as_owner():
        assert archive.archive_history(today + timedelta(days=1), tmp_path, say=lambda line: None) > 0
    assert HistoryArchive.objects.exists()
    line.refresh_from_db()
    assert (line.archive, len(line.receipt["digests"])) == (None, 5)
