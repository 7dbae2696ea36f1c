"""“Me too” by one tap, once for a browser, and its withdrawal."""

import pytest
from django.test import Client

from geoapp.http.token_bucket import Limit
from incidents import notify, workflow
from incidents.casework import withdrawing
from incidents.models import Block, Browser, Event, Incident, KeptReport, Notice, Report
from incidents.reporting import blocking
from tests import factories

pytestmark = pytest.mark.django_db


def visitor(address="203.0.113.7"):
    client = Client(REMOTE_ADDR=address)
    client.cookies["django_language"] = "en"
    return client


def tap(client, incident, **more):
    return client.post(f"/i/{incident.reference}/me-too/", more).status_code


def count_reports(incident):
    incident.refresh_from_db()
    return incident.reports_count


def lines(incident):
    return [event.kind for event in incident.timeline.all()][2:]


def test_one_tap_counts_once_for_a_browser(town, incident):
    client = visitor()
    assert [tap(client, incident) for _time in range(3)] == [303] * 3
    assert count_reports(incident) == 2
    report = incident.reports.last()
    assert (report.channel, report.text, report.phone, report.email, report.place) == (
        "web",
        "",
        "",
        "",
        incident.place,
    )
    assert [tap(visitor(), incident) for _time in range(2)] == [303] * 2
    assert (count_reports(incident), lines(incident)) == (4, ["joined"] * 3)


def test_number_of_others_is_public_and_the_own_tap_is_known(town, incident):
    client = visitor()
    assert "It affects me too" in client.get(f"/i/{incident.reference}/").text
    tap(client, incident)
    page = client.get(f"/i/{incident.reference}/")
    assert (page.context["also"], bool(page.context["tapped"])) == (1, True)
    assert "You are counted." in page.text
    page = visitor().get(f"/i/{incident.reference}/")
    assert (page.context["also"], page.context["tapped"]) == (1, None)


def test_second_tap_takes_it_back_and_a_third_counts_again(town, incident):
    client = visitor()
    for more, number in (({}, 2), ({"undo": "1"}, 1), ({"undo": "1"}, 1), ({}, 2), ({"undo": "1"}, 1)):
        assert tap(client, incident, **more) == 303
        assert count_reports(incident) == number
    assert lines(incident) == ["joined", "withdrawn", "joined", "withdrawn"]
    assert "withdrawn" not in [line.kind for line in visitor().get(f"/i/{incident.reference}/").context["story"]]


def test_undo_takes_back_neither_words_nor_other_browsers(town, incident):
    client = visitor()
    report = incident.reports.get()
    client.post(f"/f/{report.token}/keep/")
    tap(client, incident, undo="1")
    tap(visitor(), incident, undo="1")
    assert count_reports(incident) == 1
    report.refresh_from_db()
    assert (report.withdrawn_at, Incident.objects.get().state) == (None, "assigned")


def test_who_has_reported_it_is_not_counted_again(town, incident):
    client = visitor()
    client.post(f"/f/{incident.reports.get().token}/keep/")
    tap(client, incident)
    assert count_reports(incident) == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 303),
        ({"published": False}, 404),
        ({"state": "accepted"}, 303),
        ({"state": "resolved"}, 409),
        ({"state": "rejected"}, 409),
    ],
)
def test_where_one_may_tap(town, incident, moment, change, status):
    ended = {"closed_at": moment} if change.get("state") in Incident.ENDED else {}
    factories.change(incident, **change, **ended)
    assert tap(visitor(), incident) == status
    assert (count_reports(incident), Browser.objects.count()) == (1 + (status == 303), int(status == 303))
    if status == 409:
        assert "/me-too/" not in visitor().get(f"/i/{incident.reference}/").text


def test_restricted_matter_and_unknown_reference_are_alike(town):
    secret = factories.incident(town.secret)
    assert [tap(visitor(), secret), visitor().post("/i/2611-99999/me-too/").status_code] == [404, 404]
    assert visitor().get(f"/i/{secret.reference}/me-too/").status_code == 405


def test_taps_of_a_network_are_limited(town, incident, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"me-too:address": Limit(2, 3600)}
    assert [tap(visitor(), incident) for _time in range(3)] == [303, 303, 429]
    assert tap(visitor("203.0.113.8"), incident) == 303


def test_blocked_network_is_told_so(town, incident, officer, moment):
    digest = blocking.digests_of("address", "203.0.113.7")[0]
    Block.objects.create(
        kind="address", digest=digest, hint="203", reason="Spam", ends=blocking.end_of_block(7), by=officer
    )
    assert (tap(visitor(), incident), count_reports(incident)) == (409, 1)


def test_tap_needs_the_token_of_its_page(town, incident):
    client = Client(enforce_csrf_checks=True)
    assert (tap(client, incident), count_reports(incident)) == (403, 1)


def test_desk_reads_taps_as_one_line(client, town, incident, officer):
    for _time in range(3):
        tap(visitor(), incident)
    client.force_login(officer)
    client.cookies["django_language"] = "en"
    page = client.get(f"/desk/{incident.reference}/").text
    assert "3 more without text" in " ".join(page.split())


# ---- withdrawing, as the table it is ----


@pytest.mark.parametrize(
    ("steps", "others", "state", "number", "ends"),
    [
        ([], 0, "rejected", 1, True),
        ([], 2, "assigned", 2, False),
        (["accept"], 0, "accepted", 1, False),
        (["accept"], 1, "accepted", 1, False),
        (["accept", "ask"], 0, "waiting", 1, False),
    ],
)
def test_what_becomes_of_a_withdrawn_report(town, incident, officer, steps, others, state, number, ends):
    for step in steps:
        workflow.move(incident, step, by=officer, note="Said")
    for _time in range(others):
        tap(visitor(), incident)
    report = incident.reports.first()
    assert withdrawing.ends_incident(report) is ends
    before = incident.timeline.count()
    withdrawing.withdraw_report(report)
    withdrawing.withdraw_report(report)
    assert (count_reports(incident), incident.state, bool(incident.closed_at)) == (number, state, ends)
    line = incident.timeline.last()
    assert (incident.timeline.count(), line.kind, line.public) == (before + 1, "withdrawn", False)
    assert line.receipt == {"report": report.pk}


def test_ended_incident_takes_nothing_back(town, incident, officer):
    workflow.move(incident, "resolve", by=officer, note="Done")
    with pytest.raises(workflow.NotAllowed):
        withdrawing.withdraw_report(incident.reports.get())
    assert Report.objects.get().withdrawn_at is None


def test_who_withdrew_hears_no_more(town, officer):
    incident = factories.incident(town.hole, email="an@example.org")
    notify.announce_event(incident.timeline.last().pk)
    tap(visitor(), incident)
    withdrawing.withdraw_report(incident.reports.first())
    event = workflow.move(Incident.objects.get(), "accept", by=officer)
    notify.announce_event(event.pk)
    assert set(Notice.objects.filter(report__isnull=False).values_list("state", flat=True)) == {"dropped"}


def test_last_to_withdraw_ends_what_nobody_took_up(town, incident):
    client = visitor()
    tap(client, incident)
    withdrawing.withdraw_report(incident.reports.first())
    tap(client, incident, undo="1")
    incident.refresh_from_db()
    assert (incident.state, Event.objects.last().state) == ("rejected", "rejected")
    assert KeptReport.objects.count() == 1
    assert "Withdrawn by the reporter" in visitor().get(f"/i/{incident.reference}/").text
