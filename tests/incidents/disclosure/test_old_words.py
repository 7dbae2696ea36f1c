"""Older words: digests are made up for them, and contacts that older patterns did not know are covered."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import translation

from incidents import workflow
from incidents.audit import archive, chain
from incidents.data_requests import requests as data_requests
from incidents.disclosure import old_words, publishing
from incidents.models import CoveredNote, CoverPass, Event, HistoryArchive, Incident, IncidentWords, Report
from tests import factories, owner

LINK = "zalo.me/0901234567"


def verify():
    chain.seal_history()
    with translation.override("en"):
        return chain.HISTORY.verify().fault


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
        assert verify() == f"The text of report {report.pk} was altered."
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
        f"Digests of the texts of reports {first} to {last}, which were received without: as they are on {today}."
    )


def test_older_words_erased_by_law_are_no_fault(old_reports, officer):
    old_words.digest_old_words()
    data_requests.erase_reports(Report.objects.filter(pk=old_reports[1].pk), by=officer)
    assert verify() == ""
    rewrite(old_reports[2], text="", public_text="", erased_at=old_reports[2].received_at)
    assert verify() == f"The text of report {old_reports[2].pk} is missing, and no line says that it was erased."


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


# ---- contacts ----


@pytest.fixture
def readable_link(town):
    """An incident with two reports, in whose words a release before has left a link readable, everywhere."""
    incident = factories.incident(town.hole, text="Ngập sâu")
    factories.incident(town.hole, text="Sâu hơn", address="Chợ", join=incident)
    with owner.without_guards("incidents_event") as cursor:
        cursor.execute("UPDATE incidents_event SET note = note || %s WHERE note <> ''", [f", {LINK}"])
    factories.change(incident, text=f"Ngập sâu, {LINK}", address=f"Chợ {LINK}")
    for report in Report.objects.all():
        rewrite(report, public_text=f"{report.public_text}, {LINK}")
    return incident


def everything_public(incident):
    """What everybody reads of an incident, and the words by which it is found."""
    incident.refresh_from_db()
    notes = [CoveredNote.objects.filter(event=line).values_list("text", flat=True).first() or line.note
             for line in incident.timeline.filter(kind__in=("received", "joined")).order_by("pk")]  # fmt: skip
    reports = incident.reports.order_by("pk").values_list("public_text", flat=True)
    return [incident.text, incident.address, *notes, *reports]


def test_a_link_of_before_is_covered_everywhere(readable_link, client):
    assert all(LINK in words for words in everything_public(readable_link))
    assert Incident.objects.matching_in_public("0901234567").exists()

    call_command("cover_words")

    assert everything_public(readable_link) == [
        "Ngập sâu, ‹…›", "Chợ ‹…›", "Ngập sâu, ‹…›", "Sâu hơn, ‹…›", "Ngập sâu, ‹…›", "Sâu hơn, ‹…›",
    ]  # fmt: skip
    assert "0901234567" not in IncidentWords.objects.get().text
    assert "0901234567" not in client.get(f"/i/{readable_link.reference}/").text
    covered = readable_link.timeline.filter(kind=Event.Kind.COVERED)
    assert set(covered.values_list("by", "public")) == {(None, False)}


def test_covers_of_today_are_right_by_the_history(town, readable_link):
    forget_digests()  # the words that the digests are of were never shown like this
    old_words.cover_old_words()
    chain.seal_history()
    with owner.as_owner():
        CoveredNote.objects.update(text="Nothing")
    assert verify().startswith("The redactions of line")


def test_lines_are_looked_at_once_by_the_same_patterns(readable_link, town, monkeypatch):
    assert old_words.cover_old_words() == 2
    looked_at = []
    monkeypatch.setattr(old_words, "cover_line", lambda event, shown: looked_at.append(event.pk) or False)
    assert old_words.cover_old_words() == 0
    newer = factories.incident(town.hole, text="Of today").timeline.first()
    old_words.cover_old_words()
    assert looked_at == [newer.pk]
    CoverPass.objects.update(patterns="of another release")
    old_words.cover_old_words()
    assert len(looked_at) == 4


def test_covering_goes_on_where_it_was(readable_link, monkeypatch):
    monkeypatch.setattr(old_words, "LOT", 1)
    with pytest.raises(KeyboardInterrupt):
        old_words.cover_old_words(lambda count: (_ for _ in ()).throw(KeyboardInterrupt))
    assert CoveredNote.objects.count() == 1
    assert old_words.cover_old_words() == 1
    assert CoveredNote.objects.count() == 2


def test_what_somebody_covered_stays_covered(town, officer):
    incident = factories.incident(town.hole, text="Nhà chú Ba ngập")
    publishing.cover_text(incident, "Nhà ‹…› ngập", by=officer)
    assert old_words.cover_old_words() == 0
    assert everything_public(incident)[0] == "Nhà ‹…› ngập"
    assert CoveredNote.objects.get().by == officer


def test_erased_words_are_left_alone(readable_link, officer):
    data_requests.erase_reports(Report.objects.all(), by=officer)
    old_words.cover_old_words()
    assert not CoveredNote.objects.exclude(text="").exists()
