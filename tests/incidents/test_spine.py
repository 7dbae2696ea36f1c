from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.db import connection, transaction
from django.db.utils import IntegrityError

from incidents import access, notify, reporting, workflow
from incidents.models import Event, Incident, Notice, Report
from tests import factories, owner


def test_a_pin_finds_its_desk_with_reasons_and_a_deadline(town):
    report = reporting.receive(
        reporting.IncomingReport(
            channel="web", category=town.hole, place=factories.IN_OLD, text="Deep, call 0901 234 567"
        )
    )
    incident = report.incident
    assert (incident.authority, incident.area, incident.state) == (town.office, town.old, "assigned")
    assert incident.text == "Deep, call ‹…›"
    assert incident.address == "Harbour Road"
    assert (incident.due_at - incident.received_at).total_seconds() == 48 * 3600
    assert [event.kind for event in incident.timeline.all()] == ["received", "assigned"]
    assert [reason["en"] for reason in incident.timeline.last().reasons] == [
        "The location is in Old Wharf Ward.",
        "The ward handles this.",
    ]


def test_a_field_of_the_whole_city_goes_to_its_company(town):
    assert factories.incident(town.leak, factories.IN_NEW).authority == town.water


def test_what_nobody_is_named_for_reaches_the_duty_desk(town):
    incident = factories.incident(town.unclear)
    assert (incident.authority, incident.state) == (town.desk, "received")


def test_a_pin_on_the_border_names_both_wards(town):
    incident = factories.incident(town.hole, factories.ON_BORDER)
    assert incident.area == town.old
    assert (
        incident.timeline.last().reasons[1]["en"]
        == "The place is on the border with New Wharf Ward, which is informed too."
    )


@pytest.mark.parametrize(("change", "field"), [
    ({"place": factories.OUTSIDE}, "place"),
    ({"text": "x" * 4001}, "text"),
])  # fmt: skip
def test_a_bad_report_leaves_nothing_behind(town, change, field):
    with pytest.raises(reporting.ReportRefused) as refused:
        reporting.receive(
            reporting.IncomingReport(**{"channel": "web", "category": town.hole, "place": factories.IN_OLD} | change)
        )
    assert refused.value.field == field
    assert (Incident.objects.count(), Report.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_the_same_form_sent_twice_is_one_report(town):
    incoming = reporting.IncomingReport(channel="web", category=town.hole, place=factories.IN_OLD)
    assert reporting.receive(incoming) == reporting.receive(incoming)
    assert Incident.objects.count() == 1


def test_a_report_joins_an_open_incident(town, incident):
    reporting.receive(
        reporting.IncomingReport(
            channel="web", category=town.hole, place=factories.IN_OLD, text="Me too", join=incident
        )
    )
    incident.refresh_from_db()
    assert (incident.reports_count, Incident.objects.count()) == (2, 1)
    assert incident.timeline.last().kind == "joined"


def test_history_cannot_be_changed_not_even_by_sql(incident):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for statement in (
        "UPDATE incidents_event SET note = 'x'",
        "DELETE FROM incidents_event",
        "TRUNCATE incidents_event CASCADE",
    ):
        with (
            pytest.raises(IntegrityError, match="only ever added to"),
            transaction.atomic(),
            owner.as_owner() as cursor,
        ):
            cursor.execute(statement)


def test_the_clock_stops_while_the_citizen_is_asked(incident, officer):
    workflow.move(incident, "accept", by=officer)
    workflow.move(incident, "ask", by=officer, note="Which side?")
    Incident.objects.update(waiting_since=incident.waiting_since - timedelta(hours=3))
    before = incident.due_at
    workflow.move(incident, "answer", note="The left one")
    assert 3 * 3600 <= (incident.due_at - before).total_seconds() < 3 * 3600 + 60
    assert (incident.state, incident.waiting_since) == ("working", None)


def test_of_two_officers_at_once_the_second_is_told(incident, officer):
    same = Incident.objects.get(pk=incident.pk)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    with pytest.raises(workflow.NotAllowed):
        workflow.move(same, "reject", by=officer, note="No")
    assert Incident.objects.get().state == "resolved"


@pytest.mark.parametrize(("who", "action", "seen"), [
    ("anyone", "read", {"PUBLISHED", "THEIRS"}),
    ("anyone", "work", set()),
    ("officer", "read", {"PUBLISHED", "OURS", "THEIRS"}),
    ("officer", "work", {"OURS", "PUBLISHED"}),
    ("outsider", "read", {"PUBLISHED", "THEIRS"}),
    ("outsider", "work", {"THEIRS"}),
    ("outsider", "contact", {"THEIRS"}),
    ("controller", "read", {"PUBLISHED", "OURS", "THEIRS"}),
    ("controller", "evidence", {"PUBLISHED", "OURS", "THEIRS"}),
    ("controller", "contact", set()),
    ("controller", "work", set()),
])  # fmt: skip
def test_who_may_do_what(town, request, who, action, seen):
    kinds = {
        "PUBLISHED": (town.hole, factories.IN_OLD),
        "OURS": (town.secret, factories.IN_OLD),
        "THEIRS": (town.hole, factories.IN_NEW),
    }
    names = {factories.incident(category, place).pk: name for name, (category, place) in kinds.items()}
    user = AnonymousUser() if who == "anyone" else request.getfixturevalue(who)
    assert {names[pk] for pk in access.incidents_for(user, action).values_list("pk", flat=True)} == seen


def test_a_reporter_hears_of_each_step_once(town, officer):
    incident = factories.incident(town.hole, email="an@example.org", language="en")
    workflow.move(incident, "accept", by=officer)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    for event in [*incident.timeline.all(), *incident.timeline.all()]:
        notify.announce_event(event.pk)
    for notice in [*Notice.objects.order_by("pk"), *Notice.objects.order_by("pk")]:
        notify.deliver_notice(notice.pk)
    assert [message.subject for message in mail.outbox] == [
        f"{incident.reference}: sent to Old Wharf Office",
        f"{incident.reference}: accepted by Old Wharf Office",
        f"{incident.reference}: resolved by Old Wharf Office",
    ]
    assert Report.objects.get().token in mail.outbox[0].body
