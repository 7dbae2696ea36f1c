"""Test emergency mode: switched on, changed, off; refused, told twice, ended by its column and by the job."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.utils.timezone import now

from incidents import access
from incidents.announcements.notices import tell_line
from incidents.emergency import switching
from incidents.emergency.current import find_emergency
from incidents.emergency.switching import AlreadySwitched, NotSwitched, Order
from incidents.models import AccountLine, AnnouncementLine, Emergency, EmergencyLine, Follow, Membership, Notice
from tests import factories, owner

ROLE = Membership.Role
HOUR = timedelta(hours=1)


@pytest.fixture
def controller(town):
    return factories.person("controller", town.desk, ROLE.CONTROL)


@pytest.fixture
def dispatcher_of_old(town):
    """A dispatcher whose post covers Old Wharf only."""
    person = factories.person("of-old")
    factories.post(person, town.desk, ROLE.DISPATCHER, area=town.old)
    return person


def order(**more):
    return Order(**({"kind": "flood", "title": "Mưa rất to", "until": now() + 6 * HOUR} | more))


def last_line(emergency):
    return emergency.lines.latest("pk").pk


def test_switched_on_is_written_and_announced(controller, town):
    emergency = switching.switch_on(order(area_codes=["001"], advice="Lên chỗ cao."), by=controller)
    line, announced = emergency.lines.get(), AnnouncementLine.objects.get()
    assert (line.kind, line.by, line.until) == ("on", controller, emergency.until)
    assert (announced.text, announced.until, announced.urgent) == ("Mưa rất to. Lên chỗ cao.", emergency.until, True)
    assert announced.announcement.place_name == "Phường Old Wharf"
    ledger = AccountLine.objects.filter(kind="emergency").get()
    parts = [f"#{emergency.pk}", "on", "flood"]
    assert (ledger.by, ledger.what.split(" · ")[:3]) == ("controller", parts)
    assert find_emergency() == emergency


def test_followers_of_its_wards_hear_of_it_and_of_its_end(controller, town):
    for number, area in enumerate((town.old, town.new)):
        Follow.objects.create(
            medium="email", address=f"an-{number}@example.org", area=area, until=now() + 24 * HOUR, confirmed_at=now()
        )
    emergency = switching.switch_on(order(area_codes=["001"]), by=controller)
    counts = [tell_line(AnnouncementLine.objects.latest("pk").pk)]
    switching.switch_off(emergency, by=controller, seen=last_line(emergency))
    counts.append(tell_line(AnnouncementLine.objects.latest("pk").pk))
    assert (counts, {notice.address for notice in Notice.objects.all()}) == ([1, 1], {"an-0@example.org"})


def test_readers_do_not_switch(client, controller, town):
    emergency = switching.switch_on(order(), by=controller)
    client.force_login(factories.person("supervisor", town.desk, ROLE.SUPERVISOR))
    page = client.get(f"/emergencies/{emergency.pk}/")
    off = {"seen": last_line(emergency), "do": "off", "sure": "on"}
    answers = [client.post(f"/emergencies/{emergency.pk}/", off), client.get("/emergencies/new/")]
    assert (page.status_code, 'value="off"' in page.text) == (200, False)
    assert [answer.status_code for answer in answers] == [404, 404]


def test_whole_city_is_all_wards_of_today(controller, town):
    emergency = switching.switch_on(order(), by=controller)
    assert (emergency.area_codes, emergency.place_name, emergency.place_name_en) == (
        [],
        "toàn Wharf",
        "the whole of Wharf",
    )
    assert emergency.reach.extent == pytest.approx((10.0, 50.0, 10.02, 50.01))


def test_all_that_is_wrong_is_told_at_once(controller, town):
    faulty = order(kind="war", title=" ", until=now() - HOUR, area_codes=["404"], advice="x" * 201)
    with pytest.raises(NotSwitched) as refused:
        switching.switch_on(faulty, by=controller)
    assert refused.value.faults.keys() == {"kind", "title", "until", "wards", "advice"}
    with pytest.raises(NotSwitched) as refused:
        switching.switch_on(order(until=now() + timedelta(days=7, minutes=1)), by=controller)
    assert refused.value.faults.keys() == {"until"}
    assert (Emergency.objects.count(), EmergencyLine.objects.count(), AnnouncementLine.objects.count()) == (0, 0, 0)


def test_wards_of_another_area_are_refused(dispatcher_of_old, town):
    for codes in ([], ["002"], ["001", "002"]):
        with pytest.raises(NotSwitched) as refused:
            switching.switch_on(order(area_codes=codes), by=dispatcher_of_old)
        assert refused.value.faults.keys() == {"wards"}
    own = switching.switch_on(order(area_codes=["001"]), by=dispatcher_of_old)
    assert list(access.emergencies_for(dispatcher_of_old)) == [own]


def test_mode_of_the_city_is_not_for_a_post_of_an_area(controller, dispatcher_of_old, town):
    switching.switch_on(order(), by=controller)
    assert list(access.emergencies_for(dispatcher_of_old)) == []


def test_second_who_switches_it_on_is_told(controller, town):
    switching.switch_on(order(title="Triều cường"), by=controller)
    with pytest.raises(AlreadySwitched, match=r"Triều cường.*controller"):
        switching.switch_on(order(), by=controller)
    practice = switching.switch_on(order(practice=True), by=controller)
    assert Emergency.objects.on().count() == 2
    assert find_emergency(controller) != practice


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_is_told(town):
    people = [factories.person(name, town.desk, ROLE.CONTROL) for name in ("first", "second")]

    def try_it(person):
        try:
            switching.switch_on(order(), by=person)
            return "on"
        except AlreadySwitched:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(try_it, people)) == ["on", "told"]
    assert (Emergency.objects.count(), AnnouncementLine.objects.count()) == (1, 1)


def test_words_and_end_are_changed_with_a_line(controller, town):
    emergency = switching.switch_on(order(), by=controller)
    later = now() + 9 * HOUR
    switching.change(emergency, order(title="Nước còn lên", until=later), by=controller, seen=last_line(emergency))
    emergency.refresh_from_db()
    assert (emergency.title, emergency.until) == ("Nước còn lên", later)
    assert [line.kind for line in AnnouncementLine.objects.order_by("pk")] == ["issued", "corrected"]
    with pytest.raises(AlreadySwitched):
        switching.change(emergency, order(title="Cũ"), by=controller, seen=emergency.lines.earliest("pk").pk)
    same = order(title="Nước còn lên", until=later)
    with pytest.raises(NotSwitched) as refused:
        switching.change(emergency, same, by=controller, seen=last_line(emergency))
    assert refused.value.faults.keys() == {"title"}


def test_switched_off_twice_tells_the_second(controller, town):
    emergency = switching.switch_on(order(), by=controller)
    seen = last_line(emergency)
    switching.switch_off(emergency, by=controller, seen=seen)
    with pytest.raises(AlreadySwitched):
        switching.switch_off(emergency, by=controller, seen=seen)
    assert [line.kind for line in emergency.lines.all()] == ["on", "off"]
    assert (find_emergency(), AnnouncementLine.objects.shown().count()) == (None, 0)


def test_ends_by_its_column_and_the_job_notes_it_once(controller, town):
    emergency = switching.switch_on(order(until=now() + HOUR), by=controller)
    after = emergency.until + timedelta(minutes=3)
    assert (Emergency.objects.on(after).count(), emergency.is_on(after)) == (0, False)
    assert [switching.note_ends(after) for _time in range(2)] == [1, 0]
    emergency.refresh_from_db()
    line = emergency.lines.latest("pk")
    assert (emergency.ended_at, line.kind, line.by, line.at) == (emergency.until, "expired", None, emergency.until)


def test_practice_is_neither_announced_nor_seen_by_strangers(controller, town):
    practice = switching.switch_on(order(practice=True), by=controller)
    assert (AnnouncementLine.objects.count(), find_emergency(), find_emergency(controller)) == (0, None, practice)


def test_history_of_emergencies_is_only_added_to(controller, town):
    emergency = switching.switch_on(order(), by=controller)
    for attempt in (lambda: emergency.lines.update(title="x"), lambda: EmergencyLine.objects.all().delete()):
        with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), owner.as_owner():
            attempt()
