"""Private links: stored as keyed hashes, ended a year after the incident, renewed on demand."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.signing import BadSignature
from django.utils.timezone import now

from incidents import notify, reporting, workflow
from incidents.casework import verdicts
from incidents.models import ApiKey, HeldReport, Incident, Notice, Report, WatchedWord
from incidents.notify import opt_outs, private_links
from incidents.reporting import holding
from incidents.reporting.sender import Sender
from tests import factories
from tests.incidents.views.test_pages import read_page

EMAIL = "lan@example.org"


@pytest.fixture
def report(town, officer):
    incident = factories.incident(town.hole, email=EMAIL)
    workflow.move(incident, "resolve", by=officer, note="Done")
    return incident.reports.get()


def links_of(report):
    """Every address with the token of a report."""
    result = verdicts.current_result(report.incident)
    photo = f"/photo/1/small?token={report.token}"
    return [f"/f/{report.token}/", verdicts.short_link(report, result), photo]


@pytest.mark.parametrize(("days", "status"), [(0, 200), (360, 200), (370, 410)])
def test_link_ends_a_year_after_the_incident(client, report, days, status):
    factories.change(report.incident, closed_at=now() - timedelta(days=days))
    page = client.get(f"/f/{report.token}/")
    assert page.status_code == status
    assert client.get(links_of(report)[1]).status_code == (200 if status == 200 else 404)
    assert client.post(f"/f/{report.token}/answer/", {"note": "x"}).status_code != 200
    if status == 410:
        assert f"/i/{report.incident.reference}/" in page.content.decode()


@pytest.mark.parametrize("open_until", [14, 20, 42])
def test_only_the_whole_link_opens_the_private_page(client, report, open_until):
    """An SMS's short link has the first 14 characters: they open its page and nothing else."""
    begin, sign, end = report.token[:open_until], report.token[open_until], report.token[open_until + 1 :]
    altered = begin + ("A" if sign != "A" else "B") + end
    answers = [
        client.get(f"/f/{altered}/"), client.get(f"/f/{begin}/"),
        client.post(f"/f/{altered}/renew/"), client.post(f"/f/{altered}/answer/", {"note": "x"}),
        client.post(f"/f/{altered}/confirm/", {"medium": "email", "send": "1"}), client.post(f"/f/{altered}/push/", {}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 6
    factories.change(report.incident, closed_at=now() - timedelta(days=3000))
    assert client.get(f"/f/{altered}/").status_code == 404


def test_link_of_an_open_incident_does_not_end(town):
    report = factories.incident(town.hole).reports.get()
    long_after = now() + timedelta(days=3000)
    assert Report.objects.with_link(report.token, at=long_after).get() == report


def test_new_link_is_sent_and_every_old_one_is_worthless(client, report):
    client.cookies["django_language"] = "en"
    old, links = report.token, links_of(report)
    answer = client.post(f"/f/{old}/renew/")
    report.refresh_from_db()
    assert (answer.status_code, report.token == old, report.token in answer.content.decode()) == (200, False, False)
    assert "It was sent to the address or phone number" in read_page(answer)
    assert [client.get(link).status_code for link in links] == [404, 404, 404]
    (letter,) = Notice.objects.filter(template="new_link")
    assert (letter.address, f"/f/{report.token}/" in letter.text) == (EMAIL, True)
    assert client.get(f"/f/{report.token}/").status_code == 200


def test_without_an_address_the_new_link_is_shown(client, town):
    client.cookies["django_language"] = "en"
    report = factories.incident(town.hole).reports.get()
    answer = client.post(f"/f/{report.token}/renew/")
    report.refresh_from_db()
    assert answer["Location"] == f"/f/{report.token}/?renewed=1#done"
    assert "This is your new private page" in read_page(client.get(answer["Location"]))


def test_messages_that_wait_get_the_new_link(report):
    old = report.token
    notify.announce_event(verdicts.current_result(report.incident).pk)
    private_links.renew_link(report)
    waiting = Notice.objects.filter(report=report, template="resolved").get()
    assert [value for value in waiting.values if old in value or old[:14] in value] == []
    assert any(report.token in value for value in waiting.values)
    assert (waiting.text, waiting.subject) == ("", "")


@pytest.fixture
def held_report(town):
    WatchedWord.watch("knee")
    incoming = reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Knee deep")
    return reporting.receive(incoming, Sender(network="203.0.113.7"))


def test_old_link_of_a_report_that_was_held_is_worthless_too(client, held_report, officer):
    report, old = reporting.let_through(held_report, by=officer), held_report.token
    private_links.renew_link(report)
    assert [client.get(f"/f/{token}/").status_code for token in (old, report.token)] == [404, 200]


@pytest.mark.parametrize(("days", "status"), [(360, 200), (370, 404)])
def test_link_of_a_refused_report_ends_after_a_year(client, held_report, officer, days, status):
    holding.refuse_report(held_report, by=officer, reason="x")
    HeldReport.objects.update(decided_at=now() - timedelta(days=days))
    assert client.get(f"/f/{held_report.token}/").status_code == status


def test_forged_links_are_not_renewed(client, db):
    assert client.post(f"/f/{43 * 'x'}/renew/").status_code == 404
    assert not Incident.objects.exists()


@pytest.mark.parametrize(("days", "opens"), [(0, True), (365, True), (367, False)])
def test_link_to_stop_messages_ends_after_a_year(monkeypatch, days, opens):
    token = opt_outs.sign_address("email", EMAIL)
    assert EMAIL not in token
    later = now().timestamp() + days * 86400
    monkeypatch.setattr(opt_outs.time, "time", lambda: later)
    if opens:
        assert opt_outs.read_token(token) == ("email", EMAIL)
    else:
        with pytest.raises(BadSignature):
            opt_outs.read_token(token)


@pytest.mark.parametrize("token", ["x", "x" * 200, "WyJlbWFpbCJd", "é", "_____"])
def test_forged_links_to_stop_are_refused(token):
    with pytest.raises(BadSignature):
        opt_outs.read_token(token)


@pytest.mark.parametrize(("days", "opens"), [(1, True), (0, False), (-1, False)])
def test_keys_of_other_systems_end(db, capsys, days, opens):
    call_command("api_key", "Water Board", days=days)
    secret = capsys.readouterr().out.strip()
    assert ApiKey.objects.opened_by(secret).exists() is opens
    assert secret not in str(ApiKey.objects.values())


def test_keys_made_without_a_term_end_after_two_years(db):
    call_command("api_key", "Water Board")
    left = ApiKey.objects.get().ends_at - now()
    assert timedelta(days=729) < left <= timedelta(days=730)
