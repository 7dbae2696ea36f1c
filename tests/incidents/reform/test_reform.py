"""New boundaries become the law: what moves, what stays, and that all of it can be taken back."""

import datetime
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, connections, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.timezone import now
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.db import connections as database
from geoapp.db import locks
from gis_data import sql
from gis_data.addresses.geocode import OutsideTheCity, locate
from gis_data.models import Edition, Level
from incidents import access, notify, reform, reporting, timeline, workflow
from incidents.models import (
    Authority,
    Category,
    Contact,
    Event,
    Incident,
    Membership,
    Placement,
    Progress,
    Reform,
    RoutingRule,
)
from incidents.reform.moving import MoveCase, decide_move
from incidents.routing import rules as routing
from tests import factories, owner
from tests.factories import IN_NEW, IN_OLD

IN_MIDDLE = Point(10.008, 50.005, srid=4326)  # of Old Wharf until the reform
UNTIL_NOW = DateRange(datetime.date(2025, 7, 1), None)


@pytest.fixture
def redrawn_town(town):
    return factories.redrawn_town(town)


@pytest.fixture
def planned_reform(redrawn_town, today):
    return reform.plan_reform(redrawn_town.edition, today, by="mapmaker")


def fresh(*rows):
    for row in rows:
        row.refresh_from_db()
    return rows[0]


# ---- the day ----


def test_nothing_changes_before_the_day(town, redrawn_town, today):
    plan = reform.plan_reform(redrawn_town.edition, today + datetime.timedelta(days=1), by="mapmaker")

    assert list(reform.due_reforms()) == []
    with pytest.raises(reform.ReformNotPossible):
        reform.enact_reform(plan.pk)
    assert (locate(IN_OLD).area, fresh(redrawn_town.edition).is_draft) == (town.old, True)
    assert list(plan.ends.all()) == [town.edition]


def test_reform_reassigns_open_incidents_and_keeps_closed_ones(
    town, redrawn_town, planned_reform, incident, officer, today
):
    closed = factories.incident(town.hole)
    workflow.move(closed, "accept", by=officer)
    workflow.move(closed, "resolve", by=officer, note="Filled")

    assert reform.enact_reform(planned_reform.pk) is True
    assert reform.enact_reform(planned_reform.pk) is False

    fresh(incident, closed, planned_reform)
    assert (locate(IN_OLD).area, incident.area, closed.area) == (redrawn_town.west, redrawn_town.west, town.old)
    assert (closed.authority, closed.state, closed.timeline.last().kind) == (town.office, "resolved", "resolved")
    assert (incident.authority.name, incident.authority.name_en) == ("UBND West Wharf", "West Wharf Office")
    assert (incident.state, planned_reform.state) == ("assigned", "enacted")
    assert (fresh(town.edition).in_force, fresh(redrawn_town.edition).in_force) == (
        DateRange(datetime.date(2025, 7, 1), today),
        DateRange(today, None),
    )
    event = incident.timeline.last()
    assert (event.kind, event.state, event.public) == ("redrawn", "assigned", True)
    assert event.note == f"Từ ngày {today:%d/%m/%Y}, địa giới mới có hiệu lực (2026)."
    assert [reason["en"] for reason in event.reasons] == [
        "The place was in Old Wharf Ward and is now in West Wharf Ward.",
        "The ward handles this.",
    ]
    assert planned_reform.counts == {
        "open": 1, "moved": 1, "stayed": 0, "outside": 0, "to_desk": 0, "untouched": 0, "closed": 1,
        "carried": 0, "authorities": 3, "memberships": 2, "rules": 0,
    }  # fmt: skip
    # Where each lies in the other edition is kept for counting "as it was" and "as of today".
    assert set(Placement.objects.values_list("incident", "area")) == {
        (incident.pk, town.old.pk),
        (closed.pk, redrawn_town.west.pk),
    }


def test_before_the_day_it_can_be_given_up(town, redrawn_town, planned_reform, today):
    reform.place_incidents(redrawn_town.edition)
    reform.drop_reform(planned_reform)

    assert (planned_reform.state, Placement.objects.count(), reform.enact_reform(planned_reform.pk)) == (
        "dropped",
        0,
        False,
    )
    with pytest.raises(reform.ReformNotPossible):
        reform.drop_reform(planned_reform)
    assert reform.plan_reform(redrawn_town.edition, today).state == "planned"


@pytest.mark.parametrize(("plan", "message"), [
    ("in force", "đang hoặc đã từng có hiệu lực"),
    ("planned", "đã được ấn định ngày"),
    ("empty", "không có đơn vị nào"),
    ("ends a draft", "không có hiệu lực nên không thể chấm dứt"),
    ("too early", "chỉ có hiệu lực từ ngày 01/07/2025"),
    ("ends nothing", "phải chấm dứt cùng thay đổi này"),
    ("another planned", "sẽ có một thay đổi khác"),
])  # fmt: skip
def test_what_cannot_become_law(town, redrawn_town, plan, message, today):
    day, ends, edition = today, None, redrawn_town.edition
    match plan:
        case "in force":
            edition = town.edition
        case "planned":
            reform.plan_reform(edition, day)
        case "empty":
            edition.areas.all().delete()
        case "ends a draft":
            ends = [Edition.objects.create(city=town.city, level=Level.WARD, code="other", name="other")]
        case "too early":
            day, ends = datetime.date(2025, 7, 1), [town.edition]
        case "ends nothing":
            ends = []
        case "another planned":
            reform.plan_reform(factories.redrawn_town(town, "2027").edition, day)

    with pytest.raises(reform.ReformNotPossible, match=message):
        reform.plan_reform(edition, day, ends=ends)
    assert Reform.objects.filter(edition=edition).count() == (plan == "planned")


# ---- units, people, rules ----


def test_units_of_successor_areas_inherit_parent_hours_and_posts(town, redrawn_town, planned_reform, today):
    town.office.parent, town.office.office_hours = town.desk, "Mon-Sat 08:00-12:00"
    town.office.save()
    last = today + datetime.timedelta(days=90)
    worker = factories.person("worker")
    for authority, area in ((town.office, None), (town.water, town.old), (town.office, town.old), (town.water, None)):
        factories.post(user=worker, authority=authority, role="officer", area=area, category=town.streets, ends=last)
    at_first = list(Membership.objects.order_by("pk").values())

    reform.enact_reform(planned_reform.pk)

    west, middle, east = (area.own_authority for area in (redrawn_town.west, redrawn_town.middle, redrawn_town.east))
    assert [(unit.parent, unit.office_hours) for unit in (west, middle, east)] == [
        (town.desk, "Mon-Sat 08:00-12:00"), (None, ""), (None, ""),
    ]  # fmt: skip
    copies = Membership.objects.exclude(pk__in=[post["id"] for post in at_first])
    assert set(copies.values_list("authority", "area", "category", "ends")) == {
        (authority.pk, area and area.pk, town.streets.pk, last)
        for authority, area in (
            (west, None), (middle, None), (west, redrawn_town.west), (middle, redrawn_town.middle),
            (town.water, redrawn_town.west), (town.water, redrawn_town.middle),
        )
    }  # fmt: skip

    reform.take_back_reform(planned_reform.pk)
    assert list(Membership.objects.order_by("pk").values()) == at_first


def test_officers_contacts_and_rules_follow_the_successors(
    town, redrawn_town, planned_reform, officer, outsider, operator
):
    Contact.objects.create(authority=town.office, label="Trực ban", phone="028 1")
    Contact.objects.create(authority=town.other, label="Trực ban", phone="028 2")
    Contact.objects.create(authority=town.other, label="Trực đêm", phone="028 1")
    rule = RoutingRule.objects.create(category=town.unclear, area=town.old, authority=town.water, reason="Như cũ.")
    ours = RoutingRule.objects.create(category=town.leak, area=town.new, authority=town.other, reason="Ở đây khác.")
    at_first = units_and_rules()

    reform.enact_reform(planned_reform.pk)

    west, middle, east = (area.own_authority for area in (redrawn_town.west, redrawn_town.middle, redrawn_town.east))
    assert [unit.code for unit in (west, middle, east)] == ["2026-101", "2026-102", "2026-103"]
    assert {unit.kind for unit in (west, middle, east)} == {"WARD"}
    assert {unit.name: set(unit.contacts.values_list("label", "phone")) for unit in (west, middle, east)} == {
        "UBND West Wharf": {("Trực ban", "028 1")},
        "UBND Middle Wharf": {("Trực ban", "028 1"), ("Trực ban", "028 2"), ("Trực đêm", "028 1")},
        "UBND East Wharf": {("Trực ban", "028 2"), ("Trực đêm", "028 1")},
    }
    assert set(access.authorities_of(officer)) == {town.office, west, middle}
    assert set(reform.authorities_in_office()) == {west, middle, east, town.water, town.desk}
    assert set(access.authorities_of(outsider)) == {town.other, east, middle}
    assert operator.memberships.count() == 1
    inherited = RoutingRule.objects.filter(area__edition=redrawn_town.edition).order_by("area__code", "category")
    assert [(rule.category, rule.area, rule.authority) for rule in inherited if rule.area != redrawn_town.middle] == [
        (town.unclear, redrawn_town.west, town.water),
        (town.leak, redrawn_town.east, None),  # the area's own office, whichever that is by now
    ]
    assert set(RoutingRule.objects.filter(area__edition=town.edition)) == {rule, ours}

    reform.take_back_reform(planned_reform.pk, by="mapmaker")

    assert units_and_rules() == at_first


def units_and_rules():
    """All that a reform may change besides incidents."""
    kinds = (Authority, Contact, Membership, RoutingRule, Edition)
    return [list(kind.objects.order_by("pk").values()) for kind in kinds]


def test_an_office_whose_area_lives_on_goes_over_with_its_name(town, incident, today):
    """Old Wharf is renamed, New Wharf gets a strip of it: both live on, and nobody's post changes."""
    edition = Edition.objects.create(city=town.city, level=Level.WARD, code="2026", name="2026")
    quay = factories.area(edition, "001", "Quay", (10.0, 50.0, 10.0099, 50.01))
    new = factories.area(edition, "002", "New Wharf", (10.0099, 50.0, 10.02, 50.01))
    sql.execute("subdivide", edition=edition.pk)
    in_new_area = factories.incident(town.hole, IN_NEW)
    plan = reform.plan_reform(edition, today)

    reform.enact_reform(plan.pk)

    fresh(town.office, town.other, incident, in_new_area, plan)
    assert (town.office.area, town.office.name, town.office.name_en) == (quay, "UBND Quay", "Quay Office")
    assert (town.other.area, town.other.name) == (new, "UBND New Wharf")
    assert (incident.authority, in_new_area.authority, in_new_area.area) == (town.office, town.other, new)
    # Whose ward has another name is told so; where even code and name stayed there is nothing to tell.
    assert (incident.timeline.last().kind, in_new_area.timeline.last().kind) == ("redrawn", "assigned")
    assert (plan.counts["carried"], plan.counts["authorities"], plan.counts["stayed"]) == (2, 0, 2)

    reform.take_back_reform(plan.pk)
    fresh(town.office, incident)
    assert (town.office.area, town.office.name, incident.area) == (town.old, "UBND Old Wharf", town.old)


# ---- who gets what ----


def unit(pk, duty_desk=False):
    return Authority(pk=pk, code=f"u{pk}", name=f"U{pk}", duty_desk=duty_desk)


DESK, OFFICE, NEIGHBOUR, WATER, HEIR, LIVES = (unit(n, n == 1) for n in range(1, 7))
PLACE, OTHER, NEW_PLACE, NEW_OTHER = (SimpleNamespace(pk=n, title=f"A{n}") for n in (10, 11, 20, 21))
HOLE, LEAK, ODD = (Category(pk=n, parent_id=99) for n in (1, 2, 3))


def law(own, *rules):
    rules_by_key = {
        (category, None): SimpleNamespace(authority=to, reason="vì", reason_en="") for category, to in rules
    }
    return routing.RuleSnapshot(rules_by_key, own, {authority.pk: area for area, authority in own.items()}, DESK)


@pytest.mark.parametrize(("category", "has", "after", "gets"), [
    (HOLE, OFFICE, (NEW_PLACE,), HEIR),  # by rule: the unit of the place
    (LEAK, WATER, (NEW_PLACE,), WATER),  # by rule: the field's unit
    (ODD, DESK, (NEW_PLACE,), DESK),  # no rule
    (HOLE, WATER, (NEW_PLACE,), WATER),  # a person handed it to a field's unit
    (HOLE, DESK, (NEW_PLACE,), DESK),
    (HOLE, NEIGHBOUR, (NEW_PLACE,), HEIR),  # a person handed it to a unit whose area is no more
    (HOLE, LIVES, (NEW_PLACE,), LIVES),  # … or lives on
    (LEAK, OFFICE, (NEW_PLACE,), HEIR),
    (HOLE, OFFICE, (), DESK),  # outside
    (LEAK, WATER, (), DESK),
])  # fmt: skip
def test_who_has_it_then(category, has, after, gets):
    old = law({10: OFFICE, 11: NEIGHBOUR, 12: LIVES}, (1, None), (2, WATER))
    new = law({20: HEIR, 21: LIVES}, (1, None), (2, WATER))
    decision = decide_move(MoveCase(category, PLACE, has, (PLACE,), after), old, new)

    assert (decision.authority, decision.area) == (gets, after[0] if after else PLACE)
    assert all(decision.why.values())


def test_incidents_outside_the_new_areas_go_to_the_duty_desk(town, incident, officer, today):
    edition = Edition.objects.create(city=town.city, level=Level.WARD, code="2026", name="2026")
    factories.area(edition, "002", "New Wharf", (10.01, 50.0, 10.02, 50.01))
    sql.execute("subdivide", edition=edition.pk)
    an_hour = datetime.timedelta(hours=1)
    workflow.move(incident, "ask", by=officer, note="Which side?", at=now() - an_hour)
    waited, due = incident.waiting_since, incident.due_at
    plan = reform.plan_reform(edition, today)

    reform.enact_reform(plan.pk)
    fresh(incident, plan)
    assert (incident.area, incident.authority, incident.state, incident.waiting_since) == (
        town.old, town.desk, "received", None,
    )  # fmt: skip
    assert an_hour <= incident.due_at - due < an_hour * 1.1
    assert (plan.counts["outside"], plan.counts["to_desk"]) == (1, 1)
    assert reform.move_late_arrivals(plan) == 0

    reform.take_back_reform(plan.pk)
    fresh(incident)
    assert (incident.area, incident.authority, incident.state) == (town.old, town.office, "waiting")
    assert (incident.waiting_since, incident.due_at) == (waited, due)


# ---- taking back ----


def test_what_was_done_since_stands_when_it_is_taken_back(town, redrawn_town, planned_reform, officer, outsider):
    handed, closed, accepted, lost = (factories.incident(town.hole, IN_OLD) for _n in range(4))
    reform.enact_reform(planned_reform.pk)
    fresh(handed, closed, accepted, lost)
    middle = redrawn_town.middle.own_authority
    workflow.move(handed, "hand_over", by=officer, to=town.water, note="A pipe")
    workflow.move(lost, "hand_over", by=officer, to=middle, note="Yours")
    workflow.move(accepted, "accept", by=officer)
    workflow.move(closed, "accept", by=officer)
    workflow.move(closed, "resolve", by=officer, note="Filled")
    since, done = factories.incident(town.hole, IN_MIDDLE), factories.incident(town.hole, IN_NEW)
    workflow.move(done, "reject", by=officer, note="Twice")
    assert (since.area, since.authority) == (redrawn_town.middle, middle)

    assert reform.take_back_reform(planned_reform.pk, by="mapmaker") is True
    assert reform.take_back_reform(planned_reform.pk) is False

    fresh(handed, closed, accepted, lost, since, done, planned_reform)
    assert {incident.area for incident in (handed, closed, accepted, lost, since)} == {town.old}
    assert done.area == town.new
    assert [(incident.authority.code, incident.state) for incident in (handed, closed, accepted, lost, since)] == [
        ("water", "assigned"), ("2026-101", "resolved"), ("old", "accepted"), ("old", "assigned"), ("old", "assigned"),
    ]  # fmt: skip
    assert {incident.timeline.last().kind for incident in (handed, accepted, lost, since)} == {"restored"}
    assert (planned_reform.state, locate(IN_OLD).area, fresh(redrawn_town.edition).is_draft) == (
        "taken_back",
        town.old,
        True,
    )
    assert fresh(town.edition).in_force == UNTIL_NOW
    # The founded offices stand in histories and stay, without an area; nobody has a post there.
    left = Authority.objects.filter(code__startswith="2026-")
    assert set(left.values_list("code", "area")) == {("2026-101", None), ("2026-102", None), ("2026-103", None)}
    assert not Membership.objects.filter(authority__in=left).exists()
    assert set(reform.authorities_in_office()) == {town.office, town.other, town.water, town.desk}
    assert (Placement.objects.count(), planned_reform.reassignments.count()) == (0, 0)
    assert planned_reform.counts["taken_back"] == {
        "restored": 1, "moved_since": 2, "received_since": 2, "authorities_gone": 0, "by": "mapmaker",
    }  # fmt: skip


def test_after_it_was_taken_back_it_can_become_law_again(town, redrawn_town, planned_reform, incident, officer, today):
    reform.enact_reform(planned_reform.pk)
    workflow.move(fresh(incident), "accept", by=officer)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    reform.take_back_reform(planned_reform.pk)
    again = reform.plan_reform(redrawn_town.edition, today)

    assert reform.enact_reform(again.pk) is True
    assert redrawn_town.west.own_authority.code == "2026-101"


def test_reform_is_not_taken_back_before_a_later_one(town, redrawn_town, planned_reform, today):
    yesterday = today - datetime.timedelta(days=1)
    Reform.objects.filter(pk=planned_reform.pk).update(day=yesterday)
    reform.enact_reform(planned_reform.pk)
    later = reform.plan_reform(factories.redrawn_town(town, "2027").edition, today)
    with pytest.raises(reform.ReformNotPossible):
        reform.take_back_reform(later.pk)
    reform.enact_reform(later.pk)

    with pytest.raises(reform.ReformNotPossible, match="2027"):
        reform.take_back_reform(planned_reform.pk)
    assert reform.take_back_reform(later.pk) is True
    assert reform.take_back_reform(planned_reform.pk) is True
    assert fresh(town.edition).in_force == UNTIL_NOW


# ---- told ----


def test_who_left_an_address_hears_once_that_another_unit_has_it(town, redrawn_town, planned_reform):
    reported, same = (
        reporting.receive(
            reporting.IncomingReport(
                channel="web", category=category, place=IN_OLD, text="!", email="a@example.net", language="en"
            )
        ).incident
        for category in (town.hole, town.leak)
    )
    factories.incident(town.hole)
    reform.enact_reform(planned_reform.pk)

    jobs = ProcrastinateJob.objects.filter(task_name="incidents.announce_many")
    event = reported.timeline.last()
    assert [job.args for job in jobs] == [{"event_ids": [event.pk]}]
    assert same.timeline.last().kind == "redrawn"
    for _twice in range(2):
        notify.announce_event(event.pk)
    notice = event.notices.get()
    assert notice.subject == f"{reported.reference}: boundaries have changed, now with West Wharf Office"
    assert "The place was in Old Wharf Ward and is now in West Wharf Ward." in notice.text


def test_the_history_says_it_to_everybody(client, town, redrawn_town, planned_reform, incident):
    reform.enact_reform(planned_reform.pk)

    page = client.get(f"/i/{incident.reference}/").content.decode()
    assert "Địa giới thay đổi" in page
    assert "Trước đây nơi này thuộc Phường Old Wharf, nay thuộc Phường West Wharf." in page


# ---- what would happen ----


def test_before_a_day_is_set_it_is_counted_what_would_move(town, redrawn_town, officer, outsider):
    RoutingRule.objects.create(category=town.unclear, area=town.old, authority=town.water, reason="Như cũ.")
    reporting.receive(
        reporting.IncomingReport(channel="phone", category=town.hole, place=IN_OLD, text="!", phone="0903000000")
    )
    factories.incident(town.hole, IN_MIDDLE)
    factories.incident(town.hole, IN_NEW)

    preview = reform.preview_reform(redrawn_town.edition, [town.edition])

    assert {
        (pair.old.name, pair.new.name): (pair.incidents, pair.followers, pair.officers) for pair in preview.pairs
    } == {
        ("Old Wharf", "West Wharf"): (1, 1, 1),
        ("Old Wharf", "Middle Wharf"): (1, 0, 1),
        ("New Wharf", "East Wharf"): (1, 0, 1),
        ("New Wharf", "Middle Wharf"): (0, 0, 1),
    }
    assert (preview.incidents, preview.moving, preview.outside, preview.followers, preview.officers, preview.rules) == (
        3, 3, 0, 1, 2, 1,
    )  # fmt: skip
    assert [change.kind for change in preview.changes] == ["split", "split"]
    assert Placement.objects.count() == 0


# ---- workers ----


@pytest.mark.django_db(transaction=True)
def test_two_workers_enact_it_once_and_pages_load_anew_once(today):
    town = factories.town()
    redrawn = factories.redrawn_town(town)
    incidents = [factories.incident(town.hole) for _n in range(3)]
    plan = reform.plan_reform(redrawn.edition, today)

    def work(_n):
        try:
            return reform.enact_reform(plan.pk)
        finally:
            connections.close_all()

    with listening() as heard, ThreadPoolExecutor(2) as workers:
        assert sorted(workers.map(work, range(2))) == [False, True]
        news = heard()
    last = Event.objects.order_by("-pk").first()
    assert news == [{"reload": True, "id": last.pk}]
    assert Event.objects.filter(kind="redrawn", incident__in=incidents).count() == 3
    assert Progress.objects.get(reform=plan).step == "done"


class listening:
    """Hears what is told to the live streams from here on."""

    def __enter__(self):
        self.listener = database.connect()
        self.listener.execute(f"LISTEN {timeline.CHANNEL}")
        return lambda: [json.loads(notice.payload) for notice in self.listener.notifies(timeout=0.2)]

    def __exit__(self, *error):
        self.listener.close()


@pytest.mark.django_db(transaction=True)
def test_killed_worker_leaves_no_reform_half_done(today):
    town = factories.town()
    redrawn = factories.redrawn_town(town)
    incident = factories.incident(town.hole)
    plan = reform.plan_reform(redrawn.edition, today)
    work = f"import django; django.setup(); from incidents import reform; reform.enact_reform({plan.pk})"
    with database.connect() as holder:
        # The law may not change while somebody holds this: the worker has prepared all and waits.
        holder.execute("SELECT pg_advisory_lock(%s)", [locks.Lock.LAW])
        parameters = connection.get_connection_params()
        url = f"postgis://{owner.SERVICE}@{(parameters.get('host') or '').replace('/', '%2F')}/{parameters['dbname']}"
        child = subprocess.Popen(
            [sys.executable, "-c", work], cwd=settings.BASE_DIR, env=os.environ | {"DATABASE_URL": url}
        )
        try:
            waiting = """
                SELECT count(*) FROM pg_locks JOIN pg_database place ON place.oid = database
                WHERE locktype = 'advisory' AND NOT granted AND objid = %s AND datname = current_database()
            """
            for _try in range(600):
                if holder.execute(waiting, [locks.Lock.LAW]).fetchone()[0]:
                    break
                assert child.poll() is None
                time.sleep(0.1)
        finally:
            child.kill()
            child.wait()
    assert Placement.objects.count() == 1
    assert (fresh(plan).state, fresh(redrawn.edition).is_draft) == ("planned", True)
    assert (fresh(incident).area, Authority.objects.count()) == (town.old, 4)

    reform.enact_due_reforms()

    assert (fresh(plan).state, fresh(incident).area) == ("enacted", redrawn.west)


@pytest.mark.django_db(transaction=True)
def test_reform_no_longer_possible_shows_its_fault_as_progress(today):
    town = factories.town()
    redrawn = factories.redrawn_town(town)
    plan = reform.plan_reform(redrawn.edition, today)
    Edition.objects.filter(pk=town.edition.pk).update(in_force=None)

    reform.enact_due_reforms()

    assert fresh(plan).state == "planned"
    assert plan.progress.fault == "Trong lúc đó bộ địa giới khác đã có hiệu lực: hãy lập lại thay đổi này."


def test_report_received_during_a_reform_is_moved_afterwards(town, redrawn_town, planned_reform):
    reform.enact_reform(planned_reform.pk)
    late = factories.incident(town.hole)
    Incident.objects.filter(pk=late.pk).update(area=town.old, authority=town.office)

    reform.enact_due_reforms()

    assert (fresh(late).area, late.authority.area, late.timeline.last().kind) == (
        redrawn_town.west,
        redrawn_town.west,
        "redrawn",
    )
    assert fresh(planned_reform).counts["open"] == 1


# ---- what always holds ----

STREET = st.floats(10.0, 10.02, allow_subnormal=False)
HEIGHT = st.floats(50.0, 50.01, allow_subnormal=False)
PLACES = st.one_of(
    st.tuples(STREET, HEIGHT),
    st.tuples(st.sampled_from([10.0, 10.006, 10.01, 10.014, 10.02]), HEIGHT),  # on a border
    st.tuples(st.sampled_from([9.99999, 9.9999, 10.02001, 10.0201]), HEIGHT),  # a little outside, and more
)
hard = tried(max_examples=8)


def rows_at(town, places, **more):
    """Incidents at these places as a loader would write them, without the door."""
    start = now()
    same = {
        "category": town.hole, "state": "assigned", "area": town.old, "authority": town.office, "received_at": start,
        "accept_by": start, "due_at": start, "changed_at": start,
    }  # fmt: skip
    first = Incident.objects.count()
    return Incident.objects.bulk_create(
        Incident(**same | more | {"reference": f"R-{first + n}", "place": Point(*place, srid=4326)})
        for n, place in enumerate(places)
    )


@given(st.lists(PLACES, min_size=1, max_size=20), st.booleans())
@hard
def test_bulk_placement_agrees_with_locating_each_point(town, today, places, later):
    with transaction.atomic():
        redrawn = factories.redrawn_town(town)
        rows = rows_at(town, places)
        reform.place_incidents(redrawn.edition, batch=7)
        day = today + datetime.timedelta(days=5)
        Edition.objects.filter(pk=town.edition.pk).update(in_force=DateRange(datetime.date(2025, 7, 1), day))
        Edition.objects.filter(pk=redrawn.edition.pk).update(in_force=DateRange(day, None))
        placed = dict(Placement.objects.values_list("incident", "area__code"))
        for row in rows:
            try:
                location = locate(row.place, day if later else day - datetime.timedelta(days=1))
            except OutsideTheCity:
                assert row.pk not in placed
                continue
            assert [area.edition for area in location.areas] == [redrawn.edition if later else town.edition]
            if later:
                assert placed[row.pk] == location.area.code
        transaction.set_rollback(True)


CUTS = st.lists(st.floats(10.0005, 10.0195), min_size=0, max_size=4, unique_by=lambda x: round(x, 3)).map(sorted)
STATES = st.sampled_from([str(state) for state in Incident.State if state != Incident.State.MERGED])


@given(data=st.data())
@hard
def test_reform_taken_back_at_once_restores_everything(town, data, today):
    with transaction.atomic():
        edition = Edition.objects.create(city=town.city, level=Level.WARD, code="2026", name="2026")
        edges = [10.0, *data.draw(CUTS), 10.02]
        boxes = [(west, 50.0, east, 50.01) for west, east in pairwise(edges)]
        missing = data.draw(st.integers(0, len(boxes)))  # perhaps a part leaves the city
        for number, box in enumerate(boxes):
            if number != missing or len(boxes) == 1:
                factories.area(edition, f"{number:03d}", data.draw(st.sampled_from(["Quay", "Old Wharf", "Dock"])), box)
        sql.execute("subdivide", edition=edition.pk)
        units, areas = [town.office, town.other, town.water, town.desk], [town.old, town.new]
        leaves = [town.hole, town.waste, town.leak, town.unclear]
        for category in leaves:
            for area in areas:
                if data.draw(st.booleans()):
                    to = data.draw(st.sampled_from([*units, None]))
                    RoutingRule.objects.create(category=category, area=area, authority=to, reason="Vì thế.")
        somebody = factories.person("somebody", town.office)
        start = now()
        for _n in range(data.draw(st.integers(1, 12))):
            state = data.draw(STATES)
            place = data.draw(st.tuples(STREET, HEIGHT))
            rows_at(
                town, [place], category=data.draw(st.sampled_from(leaves)), state=state,
                area=town.old if place[0] <= 10.01 else town.new, authority=data.draw(st.sampled_from(units)),
                waiting_since=start if state == "waiting" else None,
                first_due_at=data.draw(st.sampled_from([None, start])),
                handler=data.draw(st.sampled_from([None, somebody])),
                closed_at=start if state in Incident.ENDED else None,
            )  # fmt: skip
        at_first = as_it_is()
        plan = reform.plan_reform(edition, today)

        reform.enact_reform(plan.pk)
        law = [area.pk for area in edition.areas.all()]
        for incident in Incident.objects.open().select_related("authority"):
            assert incident.area_id in law or incident.authority == town.desk
            assert incident.authority.area_id is None or incident.authority.area_id in law
        assert Incident.objects.exclude(state__in=Incident.OPEN).filter(area__edition=edition).count() == 0
        reform.take_back_reform(plan.pk)

        assert as_it_is() == at_first
        transaction.set_rollback(True)


def as_it_is():
    since = {
        "changed_at",
        "steps_taken",
        "next_check_at",
    }  # a form that was opened meanwhile stays stale; ladders are set anew
    changes = [field.name for field in Incident._meta.concrete_fields if field.name not in since]
    return [*units_and_rules(), list(Incident.objects.order_by("pk").values(*changes)), Placement.objects.count()]
