"""Merging and splitting incidents loses nothing, counts nothing twice and never deadlocks."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import aggregates, jobs, public_text, reporting, workflow
from incidents.casework import merging, subtasks, verdicts
from incidents.data_requests import requests as data_requests
from incidents.disclosure import publishing
from incidents.models import Event, Incident, Merge, Notice, Photo, Rating, Report
from incidents.photos import read_photo
from tests import factories

FIELDS = [
    field.attname
    for field in Incident._meta.concrete_fields
    if field.name not in ("changed_at", "steps_taken", "next_check_at", "id", "search_text")
]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def older(town):
    return factories.incident(town.hole, text="Deep hole by the bridge", email="an@example.vn")


@pytest.fixture
def newer(town, older):
    shot = read_photo(factories.picture())
    return factories.incident(town.hole, text="Hole at the bridge", phone="+84901234567", pictures=[shot])


def state_of(*incidents):
    """Everything that must be equal before merging and after splitting."""
    return [
        (
            Incident.objects.filter(pk=incident.pk).values(*FIELDS).get(),
            list(incident.reports.order_by("pk").values_list("pk", "text", "token", "public_text")),
            list(incident.photos.order_by("pk").values_list("pk", "report", "public")),
        )
        for incident in incidents
    ]


def merge_as_one(*incidents, by):
    stands = merging.merge_incidents(incidents, by=by, reason="One hole")
    for incident in incidents:
        incident.refresh_from_db()
    return stands


def test_the_one_with_the_earliest_deadline_stands(town, older, newer, officer):
    factories.change(newer, due_at=older.due_at - timedelta(hours=1))
    due = newer.due_at
    assert merge_as_one(older, newer, by=officer) == newer
    assert (newer.state, newer.due_at, newer.reports_count) == ("assigned", due, 2)
    assert (older.state, older.published, older.reports.count(), older.next_check_at) == ("merged", False, 0, None)


def test_reports_photos_and_links_go_to_the_one_that_stands(client, older, newer, officer):
    report, photo = newer.reports.get(), newer.photos.get()
    link = verdicts.short_link(report, newer.timeline.get(kind="assigned"))
    assert merge_as_one(older, newer, by=officer) == older
    report.refresh_from_db()
    photo.refresh_from_db()
    assert (report.incident, photo.incident) == (older, older)
    page = client.get(reverse("follow", args=[report.token]))
    assert (page.status_code, page.context["incident"]) == (200, older)
    assert client.get(link)["Location"] == reverse("follow", args=[report.token])
    answer = client.get(reverse("incident", args=[newer.reference]))
    assert (answer.status_code, answer["Location"]) == (302, f"/i/{older.reference}/?merged={newer.reference}")


def test_both_histories_say_it(older, newer, officer):
    merge_as_one(older, newer, by=officer)
    lines = [(line.kind, line.note, line.reasons[0]["en"]) for line in (newer.timeline.last(), older.timeline.last())]
    assert lines == [
        ("merged", "One hole", f"It is handled together with {older.reference}."),
        ("gathered", "One hole", f"{newer.reference} is handled together with this one. Reports: 1."),
    ]


def test_who_reported_the_merged_one_is_told_its_number(older, newer, officer, policies):
    policies.quiet_hours = ""
    Report.objects.update(email="b@example.vn", email_confirmed_at=now())
    before = Event.objects.order_by("-pk").first().pk
    merge_as_one(older, newer, by=officer)
    merging.split_reports(older, newer.reports.model.objects.filter(moves__merge__incident=newer), by=officer)
    for event in Event.objects.filter(pk__gt=before):
        jobs.announce(event.pk)
    notices = Notice.objects.filter(event__pk__gt=before, medium="email").order_by("pk")
    assert [(notice.template, notice.report.incident, older.reference in notice.values) for notice in notices] == [
        ("merged", newer, True),
        ("split", newer, False),
    ]


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize("state", ["assigned", "accepted", "working", "waiting"])
def test_taken_apart_they_are_what_they_were(town, older, newer, officer, state):
    third = factories.incident(town.hole, text="Another")
    reporting.receive(reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Me too", join=newer))
    for name in {"assigned": (), "accepted": ("accept",), "working": ("accept", "begin"), "waiting": ("ask",)}[state]:
        workflow.move(newer, name, by=officer, note="Where?")
    before = state_of(older, newer, third)
    stands = merge_as_one(older, newer, third, by=officer)
    assert (stands.reports_count, stands.reports.count()) == (4, 4)
    leaving = stands.reports.exclude(pk__in=[public_text.founding_report(stands.pk).pk])
    assert set(merging.split_reports(stands, leaving, by=officer)) == {newer, third}
    assert state_of(older, newer, third) == before


def test_what_was_merged_twice_goes_back_where_it_came_from(town, older, newer, officer):
    first = factories.change(factories.incident(town.hole), due_at=older.due_at - timedelta(hours=2))
    before = state_of(older, newer, first)
    merge_as_one(older, newer, by=officer)
    assert merge_as_one(first, older, by=officer) == first
    assert set(Merge.objects.in_force().values_list("stands", flat=True)) == {first.pk}
    assert merging.standing_incident(newer) == first
    merging.split_reports(first, [public_text.reports_that_came_with(newer.pk)[0]], by=officer)
    merging.split_reports(first, [public_text.reports_that_came_with(older.pk)[0]], by=officer)
    assert state_of(older, newer, first) == before


def test_what_joined_becomes_an_incident_of_its_own(town, older, officer):
    more = reporting.IncomingReport("web", town.hole, factories.IN_NEW, text="Rubble", join=older, email="c@example.vn")
    report = reporting.receive(more)
    (split_off,) = merging.split_reports(older, [report], by=officer, reason="It is rubble")
    report.refresh_from_db()
    assert (report.incident, split_off.text, split_off.area, split_off.authority) == (
        split_off,
        "Rubble",
        town.new,
        town.other,
    )
    assert (split_off.received_at, split_off.due_at > report.received_at) == (report.received_at, True)
    assert [line.kind for line in split_off.timeline.all()] == ["split", "assigned"]
    assert older.timeline.last().reasons[0]["en"] == f"Reports separated: 1. They are now {split_off.reference}."
    assert (older.reports_count, split_off.reports_count, split_off.reference > older.reference) == (1, 1, True)


def test_what_cannot_be_merged_is_refused(town, older, newer, officer):
    secret, ended, disputed = (factories.incident(kind) for kind in (town.secret, town.hole, town.hole))
    workflow.move(ended, "resolve", by=officer, note="Done")
    factories.change(disputed, state="disputed")
    before = Event.objects.count()
    for some in ([older], [older, older], [older, secret], [older, ended], [older, disputed]):
        with pytest.raises(merging.NotMergeable):
            merging.merge_incidents(some, by=officer)
    subtasks.request_subtask(newer, by=officer, to=town.water, what="Look", due_at=now() + timedelta(days=1))
    with pytest.raises(workflow.NotAllowed):
        merging.merge_incidents([older, newer], by=officer)
    assert (Event.objects.count(), Merge.objects.count()) == (before + 1, 0)


def test_what_cannot_be_taken_out_is_refused(town, older, newer, officer):
    merge_as_one(older, newer, by=officer)
    stranger = factories.incident(town.hole).reports.get()
    for some in ([], [stranger], list(older.reports.all()), [public_text.founding_report(older.pk)]):
        with pytest.raises(merging.NotMergeable):
            merging.split_reports(older, some, by=officer)
    with pytest.raises(workflow.NotAllowed):
        workflow.move(newer, "accept", by=officer)


def test_a_report_that_joins_a_merged_one_joins_what_stands(town, older, newer, officer):
    merge_as_one(older, newer, by=officer)
    report = reporting.receive(reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Me too", join=newer))
    assert report.incident == older


def test_photos_that_nobody_saw_are_not_shown_by_merging(older, newer, officer):
    Photo.objects.update(masking="done")
    publishing.hide_incident(newer, by=officer, note="A face")
    merge_as_one(older, newer, by=officer)
    assert [photo.is_shown for photo in older.photos.all()] == [False]
    merging.split_reports(older, [public_text.founding_report(newer.pk)], by=officer)
    assert [photo.is_shown for photo in newer.photos.all()] == [True]
    newer.refresh_from_db()
    assert (newer.published, older.timeline.filter(public=True, kind="gathered").exists()) == (False, False)


def test_what_a_reporter_wrote_is_erased_wherever_it_lies(town, older, newer, officer):
    merge_as_one(older, newer, by=officer)
    joined = reporting.receive(
        reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="My words", join=older)
    )
    (split_off,) = merging.split_reports(older, [joined], by=officer)
    data_requests.erase_reports(Report.objects.filter(pk__in=[joined.pk, public_text.founding_report(newer.pk).pk]))
    newer.refresh_from_db()
    split_off.refresh_from_db()
    older.refresh_from_db()
    assert (newer.text, split_off.text, older.text) == ("", "", "Deep hole by the bridge")
    assert [line.note for line in newer.timeline.filter(kind="received")] == [""]
    assert [line.note for line in older.timeline.filter(kind__in=["received", "joined"])] == [older.text, ""]


def test_a_merged_one_is_counted_nowhere(older, newer, officer):
    merge_as_one(older, newer, by=officer)
    aggregates.fold_changes()
    call_command("check_sums")
    assert set(Incident.objects.counted()) == {older}
    assert set(Incident.objects.open()) == {older}
    workflow.move(older, "resolve", by=officer, note="Done")
    aggregates.fold_changes()
    call_command("check_sums")
    later = now() + timedelta(days=1)
    assert set(Incident.objects.ended_before(later)) == {older, newer}


def test_ratings_go_with_their_reports(town, older, newer, officer, outsider):
    workflow.move(newer, "resolve", by=officer, note="Done")
    verdicts.rate_result(newer.reports.get(), 2)
    workflow.move(newer, "reopen", by=officer, note="Not yet")
    factories.change(older, authority=town.other)
    aggregates.fold_changes()
    merge_as_one(older, newer, by=officer)
    assert Rating.objects.get().report.incident == older
    aggregates.fold_changes()
    call_command("check_sums")


@settings(max_examples=settings().max_examples // 3)
@given(st.data())
def test_merge_and_split_lose_nothing(town, officer, data):
    """In any order of merges: after splitting all is as before, and sums equal the table."""
    incidents = [factories.incident(town.hole, text=f"Hole {n}") for n in range(4)]
    for incident in incidents:
        for n in range(data.draw(st.integers(0, 2))):
            reporting.receive(
                reporting.IncomingReport("web", town.hole, factories.IN_OLD, text=f"Too {n}", join=incident)
            )
    before = state_of(*incidents)
    reports = Report.objects.filter(incident__in=incidents).count()
    for _n in range(data.draw(st.integers(1, 3))):
        left = list(Incident.objects.open().filter(pk__in=[incident.pk for incident in incidents]))
        if len(left) > 1:
            some = data.draw(st.permutations(left))[: data.draw(st.integers(2, len(left)))]
            merging.merge_incidents(some, by=officer)
    standing = Incident.objects.open().filter(pk__in=[incident.pk for incident in incidents])
    assert Report.objects.filter(incident__in=standing).count() == reports
    for stands in list(standing):
        came = {report.pk for report in public_text.reports_that_came_with(stands.pk)}
        if leaving := list(stands.reports.exclude(pk__in=came)):
            merging.split_reports(stands, leaving, by=officer)
    assert state_of(*incidents) == before
    assert not Merge.objects.in_force().filter(incident__in=incidents).exists()
    aggregates.fold_changes()
    call_command("check_sums")


@pytest.mark.django_db(transaction=True)
def test_two_who_merge_crosswise_do_not_block_each_other(town, officer):
    incidents = [factories.incident(town.hole) for _n in range(4)]
    ready, outcomes = threading.Barrier(2), []

    def merge(some):
        ready.wait()
        try:
            outcomes.append(merging.merge_incidents(some, by=officer))
        except workflow.NotAllowed as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=merge, args=[some]) for some in (incidents, incidents[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Incident", "NotMergeable"]
    assert Incident.objects.open().get().reports.count() == 4


def test_nothing_else_makes_an_incident_merged():
    """Only the module merging writes this state."""
    here = Path(merging.__file__)
    code = [path for path in here.parents[1].rglob("*.py") if "S.MERGED" in path.read_text()]
    assert code == [here]
