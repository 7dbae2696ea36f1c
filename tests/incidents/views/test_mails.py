"""Test the page of e-mails that need a person."""

import pytest

from incidents.models import Notice, PersonalDataView, Report, StoredMail
from tests import factories


@pytest.fixture
def mail(town):
    return factories.waiting_mail()


@pytest.fixture
def at_work(client, operator):
    client.force_login(operator)
    return client


def test_the_list_says_why_each_waits_and_nothing_of_whom(at_work, mail):
    page = at_work.get("/mails/").content.decode()
    assert f'href="/mails/{mail.pk}/"' in page
    assert "lan@example.org" not in page
    assert PersonalDataView.objects.count() == 0


def test_who_looks_at_one_is_recorded(at_work, mail, operator):
    page = at_work.get(f"/mails/{mail.pk}/").content.decode()
    assert "lan@example.org" in page
    assert "Something is broken" in page
    assert list(PersonalDataView.objects.values_list("how", "by")) == [("mail", operator.pk)]


def test_a_report_is_made_of_what_a_person_understood(at_work, mail, town):
    sent = {"category": town.hole.code, "where": "Harbour Road, phường Old Wharf"}
    assert at_work.post(f"/mails/{mail.pk}/report/", sent).url == "/mails/"
    report = Report.objects.get()
    assert (report.incident.category, report.incident.area, report.email) == (town.hole, town.old, "lan@example.org")
    assert list(Notice.objects.values_list("template", flat=True)) == ["mail_received"]
    assert at_work.post(f"/mails/{mail.pk}/report/", sent).status_code == 404


@pytest.mark.parametrize(
    "sent",
    [{}, {"category": "XX"}, {"category": "ST.1", "where": "Nowhere"}, {"category": "ST.1", "where": "51.0, 11.0"}],
)
def test_what_is_missing_or_wrong_is_said(at_work, mail, sent):
    page = at_work.post(f"/mails/{mail.pk}/report/", sent)
    assert (page.status_code, Report.objects.count()) == (400, 0)
    assert 'class="error"' in page.content.decode()


def test_an_answer_is_sent(at_work, mail, operator):
    assert at_work.post(f"/mails/{mail.pk}/answer/", {"text": ""}).status_code == 400
    assert at_work.post(f"/mails/{mail.pk}/answer/", {"text": "Where is it?"}).url == "/mails/"
    notice = Notice.objects.get()
    assert (notice.template, notice.address, notice.written_by) == ("mail_by_person", "lan@example.org", operator)


def test_nothing_is_to_be_done(at_work, mail):
    assert at_work.post(f"/mails/{mail.pk}/aside/").url == "/mails/"
    assert (StoredMail.objects.get().state, Notice.objects.count()) == ("settled", 0)
