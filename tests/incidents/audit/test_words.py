"""Words that somebody rewrote, with whatever rights, are found by the history; what was erased by law is not."""

import pytest
from django.utils import translation

from incidents.audit import chain
from incidents.data_requests import requests as data_requests
from incidents.disclosure import publishing
from incidents.models import CoveredNote, Incident, Report
from tests import factories, owner


def verify():
    chain.seal_history()
    with translation.override("en"):
        return chain.HISTORY.verify().fault


@pytest.fixture
def covered_incident(incident, officer):
    """Two reports of one incident; of the first the words are covered."""
    factories.incident(incident.category, text="Gọi 0901234567, sâu", join=incident)
    publishing.cover_text(incident, "Knee ‹…›", by=officer)
    publishing.cover_text(incident, "‹…› deep", by=officer)
    return incident


def change_with_rights(row, **fields):
    with owner.as_owner():
        type(row).objects.filter(pk=row.pk).update(**fields)


REWRITTEN = [
    (lambda: Report.objects.first(), {"text": "Never was anything"}, "The text of report"),
    (lambda: Report.objects.last(), {"text": ""}, "The text of report"),
    (lambda: Report.objects.first(), {"public_text": "Nothing"}, "The public text of report"),
    (lambda: Report.objects.last(), {"public_text": "Nothing"}, "The public text of report"),
    (lambda: Incident.objects.first(), {"text": "Nothing"}, "The public text of the incident"),
    (lambda: CoveredNote.objects.first(), {"text": "Nothing"}, "The public text of report"),
]


@pytest.mark.parametrize(("row", "fields", "fault"), REWRITTEN)
def test_rewritten_words_are_found(covered_incident, row, fields, fault):
    assert verify() == ""
    change_with_rights(row(), **fields)
    assert verify().startswith(fault)


def test_a_cover_that_was_changed_everywhere_is_found(covered_incident):
    for rows, name in ((CoveredNote, "text"), (Incident, "text")):
        change_with_rights(rows.objects.first(), **{name: "Nothing"})
    change_with_rights(Report.objects.first(), public_text="Nothing")
    assert verify().startswith("The redactions of line")


def test_erasure_by_law_is_recognised_and_one_in_silence_found(covered_incident, officer):
    data_requests.erase_reports(Report.objects.filter(pk=Report.objects.first().pk), by=officer)
    assert verify() == ""
    last = Report.objects.last()
    other = factories.incident(covered_incident.category, text="Elsewhere").reports.get()
    assert verify() == ""
    change_with_rights(other, text="", public_text="", erased_at=last.received_at)
    assert verify().startswith("The text of report")
