"""Corrections of place and category: unit, deadlines and reasons are recomputed, and nothing secret is published."""

import json
from datetime import timedelta

import pytest
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now

from incidents import aggregates, jobs, reporting, timeline, workflow
from incidents.casework import assignment, corrections, extensions
from incidents.deadlines import service_levels
from incidents.disclosure import publishing
from incidents.map import purging
from incidents.map.public_streams import read_lines_after
from incidents.models import Category, Event, Incident, Membership, Notice
from incidents.public_text import reporter_receipt
from tests import factories

NEAR_BY = Point(10.006, 50.005, srid=4326)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def lines(incident):
    return [
        (line.kind, line.authority and line.authority.code, line.by and line.by.username)
        for line in incident.timeline.all()
    ]


def place(incident, by, place=factories.IN_NEW, **more):
    return corrections.correct_place(incident, place=place, by=by, reason="The photo shows it", **more)


def kind(incident, category, by):
    return corrections.correct_category(incident, category=category, by=by, reason="The photo shows it")


def test_a_place_in_another_ward_gives_it_to_that_ward(town, incident, officer):
    workflow.move(incident, "accept", by=officer)
    assignment.assign_person(incident, officer, officer)
    event = place(incident, officer, words="Behind the market")
    assert (incident.area, incident.authority, incident.state) == (town.new, town.other, "assigned")
    assert (incident.place, incident.address_title, incident.accuracy_m) == (
        factories.IN_NEW,
        "Behind the market",
        None,
    )
    assert (incident.handler, incident.steps_taken) == (None, 2)
    assert lines(incident)[-2:] == [("relocated", "new", "officer"), ("handed_over", "old", "officer")]
    metres = round(corrections.metres_between(factories.IN_OLD, factories.IN_NEW))
    assert [reason["en"] for reason in event.reasons] == [
        f"The location was corrected by {metres} m: it was in Old Wharf Ward and is now in New Wharf Ward.",
        "The location is in New Wharf Ward.",
        "The ward handles this.",
    ]
    assert event.receipt["was"] == {"lon": factories.IN_OLD.x, "lat": factories.IN_OLD.y, "area": "001"}
    assert [candidate["authority"] for candidate in event.receipt["candidates"]] == ["new"]


def test_a_place_in_the_same_ward_leaves_it_where_it_is(town, incident, officer):
    workflow.move(incident, "accept", by=officer)
    assignment.assign_person(incident, officer, officer)
    place(incident, officer, NEAR_BY)
    assert (incident.authority, incident.state, incident.handler) == (town.office, "accepted", officer)
    assert lines(incident)[-1] == ("relocated", "old", "officer")


def test_another_kind_has_its_own_unit_deadline_and_reasons(town, incident, officer):
    service_levels_before = incident.due_at
    event = kind(incident, town.leak, officer)
    assert (incident.category, incident.authority, incident.state) == (town.leak, town.water, "assigned")
    dates = service_levels.due_dates(town.leak, "normal", town.water, incident.received_at)
    assert (incident.accept_by, incident.due_at) == (dates.accept_by, dates.due_at)
    assert (service_levels_before == incident.due_at, incident.next_check_at == event.at) == (True, True)
    assert event.reasons[0] == {
        "vi": "Trước ghi “Ổ gà”, nay là “Rò rỉ nước”.",
        "en": "It was “Pothole” and is now “Water leak”.",
    }
    assert event.reasons[-1]["en"] == "Water is the company's."
    assert reporting.incidents_close_by(Incident.objects.all(), town.leak, incident.place).get() == incident
    assert Incident.objects.matching("leak").get() == incident


def test_the_deadline_counts_from_the_report_with_its_pauses(town, incident, officer, moment):
    Category.objects.filter(pk=town.leak.pk).update(resolve_within="24h")
    asked_at = now()
    workflow.move(incident, "ask", by=officer, note="Where?", at=asked_at)
    workflow.move(incident, "answer", note="There", at=asked_at + timedelta(hours=5))
    event = kind(incident, Category.objects.get(pk=town.leak.pk), officer)
    assert incident.due_at == incident.received_at + timedelta(hours=24 + 5)
    assert (incident.target, event.reasons[-1]["en"].startswith("The deadline was ")) == ("24h", True)


def test_what_was_asked_for_at_the_unit_before_is_over(town, incident, officer):
    workflow.move(incident, "accept", by=officer)
    extension = extensions.request_extension(
        incident, by=officer, reason="No asphalt", until=incident.due_at + timedelta(days=1)
    )
    place(incident, officer)
    extension.refresh_from_db()
    assert (incident.state, extension.granted) == ("assigned", False)


def test_the_clock_of_one_that_waits_goes_on_elsewhere(town, incident, officer):
    workflow.move(incident, "ask", by=officer, note="Where?")
    place(incident, officer)
    assert (incident.state, incident.waiting_since) == ("assigned", None)
    assert incident.due_date_trace[-1]["kind"] == "pause"


def test_what_no_rule_names_comes_to_the_duty_desk(town, incident, officer):
    kind(incident, town.unclear, officer)
    assert (incident.authority, incident.state) == (town.desk, "received")


@pytest.mark.parametrize("state", ["resolved", "closed", "rejected", "disputed"])
def test_what_has_ended_is_not_corrected(town, incident, officer, state):
    ended = None if state == "disputed" else now()
    factories.change(incident, state=state, closed_at=ended)
    for act in (lambda: place(incident, officer), lambda: kind(incident, town.leak, officer)):
        with pytest.raises(workflow.NotAllowed):
            act()
    assert incident.timeline.count() == 2


def test_what_cannot_stand_is_refused(town, incident, officer):
    for changes, field in (({"place": factories.OUTSIDE}, "place"), ({"place": factories.IN_OLD}, "place")):
        with pytest.raises(corrections.NotCorrectable) as refused:
            place(incident, officer, **changes)
        assert refused.value.field == field
    for category in (town.hole, town.streets):
        with pytest.raises(corrections.NotCorrectable) as refused:
            kind(incident, category, officer)
        assert refused.value.field == "category"
    with pytest.raises(workflow.NoteMissing):
        corrections.correct_place(incident, place=factories.IN_NEW, by=officer)
    with pytest.raises(workflow.NotAllowed):
        place(incident, officer, seen=7)
    assert incident.timeline.count() == 2


def test_the_sender_corrects_the_place_until_it_is_accepted(town, incident, officer):
    report = incident.reports.get()
    event = corrections.correct_place(incident, place=NEAR_BY, report=report, reason="Call 0901234567")
    assert (event.by, event.note, event.receipt["report"]) == (None, "Call ‹…›", reporter_receipt(report)["report"])
    workflow.move(incident, "accept", by=officer)
    with pytest.raises(workflow.NotAllowed):
        corrections.correct_place(incident, place=factories.IN_NEW, report=report)
    stranger = factories.incident(town.hole).reports.get()
    with pytest.raises(workflow.NotAllowed):
        corrections.correct_place(factories.incident(town.hole), place=NEAR_BY, report=stranger)


def test_everybody_concerned_is_told_once(town, officer, policies):
    policies.quiet_hours = ""
    incident = factories.incident(town.hole, email="an@example.vn", by=officer)
    first = incident.timeline.order_by("-pk").first().pk
    kind(incident, town.leak, officer)
    for event in Event.objects.filter(incident=incident, pk__gt=first):
        jobs.announce(event.pk)
    notices = Notice.objects.filter(event__incident=incident, event__pk__gt=first)
    assert sorted(notices.exclude(report=None).values_list("template", flat=True)) == ["corrected"]


def test_news_tell_both_units_and_where_it_lay(town, incident, officer, heard_news):
    place(incident, officer)
    relocated, handed = heard_news()
    assert (relocated["kind"], relocated["authority"], handed["was"]) == ("relocated", town.other.pk, town.office.pk)
    assert (relocated["from"], relocated["lon"]) == ([10.005, 50.005], 10.015)
    purger = purging.CachePurger([])
    old, new = (purging.keys_of_place(*where) for where in ((10.005, 50.005), (10.015, 50.005)))
    assert purger.keys_of_news([relocated]) == old | new


@pytest.fixture
def heard_news(monkeypatch):
    """Payloads sent to the live streams from now on."""
    payloads, notify = [], timeline.notify_streams
    monkeypatch.setattr(timeline, "notify_streams", lambda news: (payloads.extend(news), notify(news)))
    return lambda: json.loads(json.dumps(payloads))


def test_what_becomes_secret_is_taken_out_and_not_named(town, incident, officer, client, heard_news):
    assert incident.published
    kind(incident, town.secret, officer)
    assert (incident.published, incident.category) == (False, town.secret)
    assert client.get(reverse("incident", args=[incident.reference])).status_code == 404
    assert [(payload["kind"], payload["public"], payload["category"]["en"]) for payload in heard_news()] == [
        ("hidden", True, "Pothole"),
        ("reclassified", False, "Abuse"),
    ]
    assert [line.public for line in incident.timeline.all()][2:] == [False, False]
    kind(incident, town.hole, officer)
    assert not incident.published
    workflow.move(incident, "accept", by=officer)
    assert not incident.published


def test_news_that_were_missed_do_not_name_the_secret_kind(town, incident, officer):
    kind(incident, town.secret, officer)
    news = b"".join(line for _number, line in read_lines_after(0)).decode()
    assert incident.reference in news
    assert not [word for word in ("Abuse", "Bạo hành", "c-security") if word in news]


@pytest.mark.parametrize("publish", [Category.Publish.AT_ONCE, Category.Publish.ACCEPTED])
def test_what_came_in_secret_stays_out_of_the_public(town, officer, client, publish):
    Category.objects.filter(pk=town.hole.pk).update(publish=publish)
    town.hole.refresh_from_db()
    incident = factories.incident(town.secret)
    kind(incident, town.hole, officer)
    workflow.move(incident, "accept", by=officer)
    assert not incident.published
    with pytest.raises(publishing.PublishingRefused):
        publishing.release_incident(incident, by=officer)
    assert client.get(reverse("incident", args=[incident.reference])).status_code == 404


def test_a_kind_that_is_shown_at_once_shows_what_waited(town, incident, officer):
    Category.objects.filter(pk=town.waste.pk).update(publish=Category.Publish.ACCEPTED)
    waiting = factories.incident(Category.objects.get(pk=town.waste.pk))
    assert not waiting.published
    kind(waiting, town.hole, officer)
    assert waiting.published


def test_sums_follow_what_is_corrected_and_then_ends(town, officer):
    moved, renamed = factories.incident(town.hole), factories.incident(town.hole)
    place(moved, officer)
    kind(renamed, town.waste, officer)
    for incident in (moved, renamed):
        workflow.move(incident, "resolve", by=officer, note="Done")
    aggregates.fold_changes()
    call_command("check_sums")
    assert Incident.objects.filter(area=town.new, category=town.hole, state="resolved").get() == moved


class TestDesk:
    """Dialogs of the desk."""

    @pytest.fixture
    def post(self, client, officer, incident):
        client.force_login(officer)

        def post(step, **fields):
            address = reverse("desk-step", args=[incident.reference, step])
            return client.post(f"{address}?part=form", fields, headers={"accept-language": "en"})

        return post

    def test_the_kind_is_chosen_from_groups(self, client, town, incident, officer, post):
        form = client.get(reverse("desk-step", args=[incident.reference, "reclassify"])).context["form"]
        assert [(group, [leaf.code for leaf in leaves]) for group, leaves in form.categories_by_group()] == [
            ("Đường phố", ["ST.2", "ST.3", "ST.9"]), ("Nước", ["WA.1"])
        ]  # fmt: skip
        assert post("reclassify", category="WA.1", note="It leaks").json()["ours"] is False
        incident.refresh_from_db()
        assert (incident.category, incident.authority) == (town.leak, town.water)

    def test_the_place_is_a_pin_or_words(self, town, incident, post):
        assert post("relocate", lon="10.015", lat="50.005", where="Behind the pier", note="Seen").status_code == 200
        incident.refresh_from_db()
        assert (incident.area, incident.address) == (town.new, "Behind the pier")

    @pytest.mark.parametrize(
        ("step", "fields", "faults"),
        [
            ("reclassify", {}, {"category", "note"}),
            ("reclassify", {"category": "ST.1", "note": "x"}, {"category"}),
            ("reclassify", {"category": "NO", "note": "x"}, {"category"}),
            ("relocate", {}, {"place", "note"}),
            ("relocate", {"lon": "11", "lat": "51", "note": "x"}, {"place"}),
            ("relocate", {"lon": "1e400", "lat": "nan", "note": "x"}, {"place"}),
            ("relocate", {"where": "nowhere at all", "note": "x"}, {"place"}),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, incident, post, step, fields, faults):
        page = post(step, **fields)
        assert (page.status_code, set(page.context["form"].errors)) == (400, faults)
        assert incident.timeline.count() == 2

    def test_an_operator_corrects_what_no_own_desk_has(self, client, town, incident):
        operator = factories.person("operator", town.desk, Membership.Role.OPERATOR)
        client.force_login(operator)
        page = client.get(reverse("desk-incident", args=[incident.reference]))
        assert page.context["offered"].all == {"reclassify", "relocate"}
        address = reverse("desk-step", args=[incident.reference, "reclassify"])
        assert client.post(address, {"category": "ST.2", "note": "Caller said so"}).status_code == 302
        assert factories.OWN_PHONE.search(page.content.decode()) is None
