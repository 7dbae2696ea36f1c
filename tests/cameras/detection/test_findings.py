"""Test that a finding becomes an incident only by a person, by `reporting.receive`, and only once."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.detection import findings
from cameras.evidence import store
from cameras.masking import pauses
from cameras.models import Camera, Evidence, Finding, Pause, RoomLine, View, ViewLogEntry
from incidents.models import Incident, Membership
from tests import factories
from tests.cameras.conftest import camera, was

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def room(client, controller):
    client.force_login(controller)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def flood(eye):
    return findings.propose_finding(
        eye, "water", now() - 5 * MINUTE, score=0.8, picture=factories.jpeg(colour="blue"), taken_at=now()
    )


def decide_findings(eye, kind, made_count=0, dismissed=0, by=None, incident=None):
    """Create decided findings of a kind, one after the other."""
    for n in range(made_count + dismissed):
        state = (
            {"state": "made", "incident": incident} if n < made_count else {"state": "dismissed", "reason": "a shadow"}
        )
        at = now() - timedelta(days=100) + n * HOUR
        Finding.objects.create(camera=eye, kind=kind, since=at, decided_at=at, by=by, **state)


DECIDE = "/control/findings/decide/"


def decide(client, finding, act, follow=False, **fields):
    return client.post(DECIDE, {"at": finding.pk, "act": act} | fields, follow=follow)


# ---- proposing


def test_the_same_is_proposed_once_and_its_last_sight_noted(eye, flood):
    assert findings.propose_finding(eye, "water", now(), score=0.9) == flood
    again = Finding.objects.get()
    assert (again.since, again.score, again.seen_at > flood.seen_at) == (flood.since, 0.8, True)
    findings.propose_finding(eye, "crowd", now())
    findings.propose_finding(camera("B2"), "water", now())
    assert Finding.objects.count() == 3


def test_dismissed_finding_is_not_proposed_again_for_six_hours(eye, flood, controller):
    findings.dismiss_finding(controller, flood.pk, "a puddle")
    assert findings.propose_finding(eye, "water", now() - MINUTE) is None
    Finding.objects.update(decided_at=now() - 7 * HOUR)
    assert findings.propose_finding(eye, "water", flood.since) is None  # it is still the same water
    assert findings.propose_finding(eye, "water", now()).state == "open"


def test_nothing_is_proposed_from_a_camera_that_is_paused(eye, controller):
    pauses.pause_cameras(controller, [eye.pk], now() + HOUR, "Visit")
    eye.refresh_from_db()
    assert findings.propose_finding(eye, "crowd", now()) is None


def test_fault_of_ten_minutes_is_proposed_and_closed_when_over(eye):
    fresh, fallow = camera("B1"), camera("B2", active=False)
    interval = was(eye, "covered", now() - 11 * MINUTE, proof=True)
    was(fresh, "moved", now() - 9 * MINUTE)
    was(fallow, "moved", now() - HOUR)
    was(camera("B3"), "offline", now() - HOUR)
    was(camera("B4"), "covered", now() - 2 * HOUR, now() - HOUR)
    assert findings.propose_from_states() == (1, 0)
    assert findings.propose_from_states() == (0, 0)
    finding = Finding.objects.get()
    assert (finding.camera, finding.kind, finding.since, finding.taken_at) == (
        eye,
        "covered",
        interval.since,
        interval.taken_at,
    )
    interval.until = now()
    interval.save()
    was(eye, "live", now())
    assert findings.propose_from_states() == (0, 1)
    finding.refresh_from_db()
    assert (finding.state, finding.by) == ("gone", None)


def test_dismissed_camera_fault_stays_dismissed_while_it_lasts(eye, controller):
    was(eye, "moved", now() - HOUR)
    findings.propose_from_states()
    findings.dismiss_finding(controller, Finding.objects.get().pk, "turned by order")
    Finding.objects.update(decided_at=now() - 7 * HOUR)
    assert findings.propose_from_states() == (0, 0)


def test_the_database_refuses_what_nobody_decided(eye, controller):
    for wrong in (
        {"state": "dismissed", "by": controller, "decided_at": now()},
        {"state": "made", "by": controller, "decided_at": now()},
        {"state": "open", "by": controller},
        {"score": 1.5},
    ):
        with pytest.raises(IntegrityError), findings.transaction.atomic():
            Finding.objects.create(camera=eye, kind="crowd", since=now(), **wrong)


# ---- deciding


def test_a_person_makes_it_an_incident_through_the_one_door(room, controller, eye, flood, town):
    page = room.get("/control/findings/").content.decode()
    assert "Water on the road" in page
    assert reverse("finding-picture", args=[flood.pk]) in page
    assert room.get(reverse("finding-picture", args=[flood.pk])).content == factories.jpeg(colour="blue")
    answer = decide(room, flood, "make", category="ST.1", text="Knee deep at the quay", follow=True)
    incident = Incident.objects.get()
    assert f"Incident {incident.reference} was created." in answer.content.decode()
    report = incident.reports.get()
    assert (report.channel, report.text, incident.category, incident.authority) == (
        "camera", "Knee deep at the quay", town.hole, town.office
    )  # fmt: skip
    assert incident.place == eye.place
    assert [(line.kind, line.by) for line in incident.timeline.order_by("pk")] == [
        ("received", controller), ("assigned", None), ("evidence", None)
    ]  # fmt: skip
    assert ProcrastinateJob.objects.filter(task_name="cameras.capture_evidence").count() == 1
    flood.refresh_from_db()
    assert (flood.state, flood.by, flood.incident) == ("made", controller, incident)
    assert [(look.how, look.cameras) for look in ViewLogEntry.objects.all()] == [("finding", [eye.pk])]


def make_incident(by, finding, town):
    """Make the finding an incident; return the picture kept with it, or None without one."""
    incident = findings.make_incident(by, finding.pk, town.hole)
    return Evidence.objects.filter(incident=incident).first()


def test_picture_of_a_finding_is_kept_as_evidence_at_once(controller, eye, flood, town):
    made_incident = make_incident(controller, flood, town)
    assert (made_incident.moment, made_incident.camera, made_incident.taken_at, made_incident.ring) == (
        "found",
        eye,
        flood.taken_at,
        False,
    )
    assert (made_incident.kind, made_incident.width, made_incident.height) == ("jpg", 64, 48)
    assert store.read_checked(made_incident.file, made_incident.sha256) == factories.jpeg(colour="blue")
    line = made_incident.incident.timeline.last()
    assert (line.kind, line.public, line.receipt["evidence"]) == ("evidence", False, [made_incident.pk])


def test_original_picture_is_kept_while_it_is_in_the_ring(controller, eye, town):
    frame = eye.last_frame
    crowd = findings.propose_finding(
        eye, "crowd", now(), picture=factories.jpeg(colour="blue"), taken_at=frame.taken_at
    )
    made_incident = make_incident(controller, crowd, town)
    assert (made_incident.sha256, made_incident.taken_at, made_incident.ring) == (frame.sha256, frame.taken_at, True)


def test_what_a_pause_hides_is_not_kept_with_what_was_found(controller, eye, flood, town):
    Pause.objects.create(
        camera=eye, since=flood.taken_at - MINUTE, until=now() + HOUR, ended_at=flood.taken_at + MINUTE,
        ended_by=controller, why="Visit", by=controller,
    )  # fmt: skip
    assert make_incident(controller, flood, town) is None


def test_officer_gets_no_found_picture_with_unknown_zones(client, controller, officer, eye, flood, town):
    View.objects.create(camera=eye, current=True, state="fits", zones=[[[0, 0], [1, 0], [1, 1]]])
    made_incident = make_incident(controller, flood, town)
    for who, status in ((controller, 200), (officer, 404)):
        client.force_login(who)
        assert client.get(reverse("evidence", args=[made_incident.pk])).status_code == status


def test_a_person_dismisses_it_and_says_why(room, controller, flood):
    answer = decide(room, flood, "dismiss", reason="  ")
    assert (answer.status_code, "Explain in a few words why it is nothing." in answer.content.decode()) == (400, True)
    page = decide(room, flood, "dismiss", reason="wet after cleaning", follow=True).content.decode()
    assert "wet after cleaning" in page
    assert "No camera alerts." in page
    assert not Incident.objects.exists()


def test_who_comes_second_learns_who_was_quicker(room, controller, operator, flood):
    findings.dismiss_finding(operator, flood.pk, "nothing")
    for act, fields in (("make", {"category": "ST.1"}), ("dismiss", {"reason": "late"})):
        page = decide(room, flood, act, **fields, follow=True).content.decode()
        assert "operator was faster" in page
    flood.refresh_from_db()
    assert (flood.by, flood.reason, Incident.objects.count()) == (operator, "nothing", 0)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_decide_at_once_one_wins(controller, town, eye):
    flood = findings.propose_finding(eye, "water", now())
    barrier, won, lost, faults = threading.Barrier(6), [], [], []

    def decide(number):
        try:
            barrier.wait()
            if number % 2:
                findings.dismiss_finding(controller, flood.pk, f"by {number}")
            else:
                findings.make_incident(controller, flood.pk, town.hole)
            won.append(number)
        except findings.AlreadyDecided:
            lost.append(number)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (faults, len(won), len(lost)) == ([], 1, 5)
    assert Incident.objects.count() == 1 - won[0] % 2


@pytest.mark.django_db(transaction=True)
def test_of_many_who_propose_at_once_one_makes_it(town, eye):
    def propose():
        try:
            findings.propose_finding(eye, "crowd", now())
        finally:
            connection.close()

    threads = [threading.Thread(target=propose) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Finding.objects.count() == 1


def test_what_cannot_be_taken_in_is_said_and_stays_open(room, eye, flood):
    Camera.objects.filter(pk=eye.pk).update(place=factories.OUTSIDE)
    answer = decide(room, flood, "make", category="ST.1")
    assert (answer.status_code, "outside the city" in answer.content.decode()) == (400, True)
    flood.refresh_from_db()
    assert flood.state == "open"
    for fields in ({"category": "ST"}, {"category": "none"}, {"category": "a\x07"}, {}):
        assert decide(room, flood, "make", **fields).status_code == 400
    assert room.post(DECIDE, {"at": 99, "act": "dismiss", "reason": "x"}).status_code == 404
    assert decide(room, flood, "explode").status_code == 404


def test_who_is_not_in_the_control_room_decides_nothing(client, operator, flood):
    client.force_login(operator)
    assert client.get("/control/findings/").status_code == 404
    assert decide(client, flood, "dismiss", reason="x").status_code == 404


BOXES = [[0.1, 0.5, 0.05, 0.2], [0.2, 0.6, 0.1, 0.3]]


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        ("en", "crowd", "2 people in the picture, usually 6 at this hour."),
        ("vi", "crowd", "2 người trong khung hình, thường ngày giờ này 6."),
        ("vi", "traffic", "2 xe đứng yên, thường ngày giờ này 6."),
    ],
)
def test_inbox_and_room_say_why_and_where_it_is(room, eye, language, kind, text):
    findings.propose_finding(eye, kind, now(), picture=factories.jpeg(), boxes=BOXES, usual=6.4)
    where = {"en": "Framed: near, on the left", "vi": "Chỗ được khoanh: ở gần, bên trái"}[language]
    room.cookies["django_language"] = language
    for address in ("/control/findings/", f"/control/camera/{eye.code}/"):
        page = room.get(address).content.decode()
        assert (text in page, where in page) == (True, True), address
        assert '<rect class="one" x="0.1" y="0.5"' in " ".join(page.split())


# ---- several at once


@pytest.fixture
def three(eye):
    return [
        findings.propose_finding(eye_camera, "crowd", now() - n * MINUTE)
        for n, eye_camera in enumerate((eye, camera("B2"), camera("B3")))
    ]


def test_several_become_one_incident(room, three, town, controller):
    room.post(DECIDE, {"key": [finding.pk for finding in three], "act": "make", "category": "ST.1"})
    incident = Incident.objects.get()
    assert (incident.reports.count(), {finding.incident for finding in Finding.objects.all()}) == (3, {incident})
    assert list(RoomLine.objects.order_by("pk").values_list("kind", "by__username")) == [
        ("made", "controller"), ("merged", "controller"), ("merged", "controller"),
    ]  # fmt: skip


def test_one_is_added_to_what_is_reported_near_by(room, three, incident):
    page = room.get("/control/findings/").content.decode()
    assert f'value="{incident.reference}"' in page
    answer = decide(room, three[0], "merge", join=incident.reference)
    three[0].refresh_from_db()
    assert (three[0].incident, incident.reports.count()) == (incident, 2)
    assert answer.url == f"/control/findings/?at={three[1].pk}"  # on to the next line


def joined_by_key(page):
    """Return the incident to which the key G adds the chosen finding, as the page has it; None if a person has to
    choose.
    """
    marked = re.search(r'name="join"\s+value="(\S+)"\s+checked', page)
    return marked and marked[1]


@pytest.mark.parametrize("nearer", [1, 4])
def test_same_kind_stands_before_nearer_other_kinds(room, eye, town, flood, nearer):
    flooded = factories.leaf("ST.7", town.streets, "Ngập do mưa", "Rain flooding", "c-flood")
    for _n in range(nearer):
        factories.incident(town.waste, eye.place)
    same = factories.incident(flooded, factories.Point(eye.place.x + 0.0005, eye.place.y, srid=4326))
    page = room.get("/control/findings/").content.decode()
    is_main = 'primary" name="act" value="merge"' in " ".join(page.split())
    assert (joined_by_key(page), is_main) == (same.reference, True)


def test_no_other_kind_is_chosen_by_itself(room, eye, town, flood):
    factories.leaf("ST.7", town.streets, "Ngập do mưa", "Rain flooding", "c-flood")
    other = factories.incident(town.waste, eye.place)
    page = room.get("/control/findings/").content.decode()
    assert (other.reference in page, joined_by_key(page)) == (True, None)
    answer = decide(room, flood, "merge")
    assert (answer.status_code, "Choose the incident to add it to." in answer.content.decode()) == (400, True)
    assert other.reports.count() == 1


def test_what_it_was_added_to_suggests_no_kind(town, eye, controller, flood):
    streets = factories.leaf("ST.7", town.streets, "Ngập do mưa", "Rain flooding", "c-flood")
    findings.make_incident(controller, flood.pk, town.waste, join=factories.incident(town.waste, eye.place))
    assert findings.suggest_category("water", findings.reportable_categories()) == streets


def test_several_are_dismissed_and_taken_back(room, three):
    answer = room.post(
        DECIDE, {"key": [finding.pk for finding in three[:2]], "act": "dismiss", "reason": "False alarm"}
    )
    assert answer.url.startswith(f"/control/findings/?at={three[2].pk}&undo=")
    assert Finding.objects.filter(state="dismissed").count() == 2
    room.post(DECIDE, {"key": [finding.pk for finding in three[:2]], "act": "undo"})
    assert Finding.objects.filter(state="open", reason="", by=None).count() == 3


def test_only_who_dismissed_takes_back_and_within_a_minute(three, controller, operator):
    findings.dismiss_finding(controller, three[0].pk, "nothing")
    assert findings.undo_decision(operator, three[0].pk) is False
    Finding.objects.filter(pk=three[0].pk).update(decided_at=now() - 2 * MINUTE)
    assert findings.undo_decision(controller, three[0].pk) is False


def test_what_is_put_off_comes_again(room, three):
    room.post(DECIDE, {"key": [finding.pk for finding in three], "act": "later"})
    assert "No camera alerts." in room.get("/control/findings/").content.decode()
    Finding.objects.update(later_until=now() - MINUTE)
    assert Finding.objects.to_decide(now()).count() == 3


def test_faults_of_cameras_are_the_technicians(room, client, eye, town):
    fault = findings.propose_finding(eye, "covered", now() - HOUR)
    assert "No camera alerts." in room.get("/control/findings/").content.decode()
    assert decide(room, fault, "dismiss", reason="x").status_code == 404
    client.force_login(factories.person("tech", town.desk, Membership.Role.TECHNICIAN))
    page = client.get("/cameras/faults/").content.decode()
    assert ("The camera is covered" in page, eye.name in page) == (True, True)
    address = f"/cameras/faults/{fault.pk}/dismiss/"
    assert client.post(address, {"reason": " "}).status_code == 400
    assert client.post(address, {"reason": "A cleaner"}).status_code == 302
    fault.refresh_from_db()
    assert (fault.state, fault.reason, RoomLine.objects.count()) == ("dismissed", "A cleaner", 0)


# ---- what people made of it before


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(
    ("made_count", "dismissed", "text"),
    [(1, 9, (9, 10)), (20, 9, (9, 10)), (5, 5, None), (0, 4, None), (0, 5, (5, 5)), (3, 2, None), (0, 0, None)],
)
def test_a_kind_that_is_mostly_dismissed_says_so(room, eye, controller, incident, made_count, dismissed, text):
    decide_findings(eye, "crowd", made_count, dismissed, controller, incident)
    assert findings.mostly_dismissed() == ({"crowd": text} if text else {})
    findings.propose_finding(eye, "crowd", now())
    page = room.get("/control/findings/").content.decode()
    assert (text is not None) == ("like this were dismissed." in page)
    if text:
        assert f"{text[0]} of the last {text[1]} like this were dismissed." in page


def test_category_is_suggested_by_catalogue_then_by_past_choices(town, eye, controller, flood):
    streets = factories.leaf("ST.7", town.streets, "Ngập do mưa", "Rain flooding", "c-flood")
    choices = findings.reportable_categories()
    assert findings.suggest_category("water", choices) == streets
    assert findings.suggest_category("crowd", choices) is None
    findings.make_incident(controller, flood.pk, town.waste)
    assert findings.suggest_category("water", choices) == town.waste
