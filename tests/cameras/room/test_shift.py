"""Test claims on incidents, the control room's log, and the hand-over of a shift."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils.timezone import now

from cameras.models import HandOver, RoomClaim, RoomLine
from cameras.room import claims, forgetting, handing_over, log
from cameras.room.jobs import end_claims
from incidents import workflow
from incidents.models import Directive, Membership
from tests import factories, owner
from tests.cameras.conftest import camera
from tests.pages import one_line

HOUR = timedelta(hours=1)


@pytest.fixture
def lan(town):
    return factories.person("lan", town.desk, Membership.Role.CONTROL)


@pytest.fixture
def bao(town):
    return factories.person("bao", town.desk, Membership.Role.CONTROL)


def client_of(person):
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(person)
    return client


@pytest.fixture
def room(lan):
    return client_of(lan)


@pytest.fixture
def beside(bao):
    return client_of(bao)


def list_log():
    """Return the log from its beginning: kind, by whom, about which incident, words."""
    rows = RoomLine.objects.order_by("pk").select_related("by", "incident")
    return [(row.kind, row.by and row.by.username, row.incident and row.incident.reference, row.text) for row in rows]


def in_hand(client):
    return [
        (claim["reference"], claim["who"], claim["mine"]) for claim in client.get("/control/claims/").json()["claims"]
    ]


# ---- in hand


def test_what_one_has_in_hand_all_see_until_it_is_given_back(room, beside, incident):
    take = f"/control/incident/{incident.reference}/take/"
    assert room.post(take).status_code == 200
    assert (in_hand(room), in_hand(beside)) == (
        [(incident.reference, "lan", True)],
        [(incident.reference, "lan", False)],
    )

    refused = beside.post(take)
    assert (refused.status_code, refused.json()["error"][:3]) == (409, "lan")
    page = beside.get(f"/control/incident/{incident.reference}/").content.decode()
    assert "lan đang phụ trách việc này" in page

    beside.post(f"/control/incident/{incident.reference}/give-back/")  # not theirs
    assert in_hand(room) == [(incident.reference, "lan", True)]
    room.post(f"/control/incident/{incident.reference}/give-back/")
    assert in_hand(room) == []
    assert list_log() == [
        ("taken", "lan", incident.reference, ""),
        ("given_back", "lan", incident.reference, ""),
    ]


def test_taking_over_says_from_whom(lan, bao, incident):
    claims.claim_incident(incident, lan)
    claims.claim_incident(incident, bao, over=True)
    assert [claim.by.username for claim in claims.standing_claims(now())] == ["bao"]
    assert RoomClaim.objects.get(by=lan).end == "taken_over"
    assert list_log()[-1] == ("taken", "bao", incident.reference, "lan")


def test_it_ends_with_its_term_or_with_the_incident(lan, bao, town, incident, officer):
    done = factories.incident(town.hole)
    claims.claim_incident(incident, lan)
    claims.claim_incident(done, lan)
    RoomClaim.objects.filter(incident=incident).update(until=now() - HOUR)
    workflow.move(done, "resolve", by=officer, note="Filled")
    assert claims.claim_incident(incident, bao).by == bao  # an expired claim does not block
    RoomClaim.objects.filter(by=bao).update(until=now() - HOUR)

    end_claims(timestamp=0)

    assert claims.standing_claims(now() - 2 * HOUR) == []
    assert sorted(RoomClaim.objects.values_list("by__username", "end")) == [
        ("bao", "term"), ("lan", "closed"), ("lan", "term"),
    ]  # fmt: skip
    assert list_log()[-1] == ("term", None, incident.reference, "bao")
    with pytest.raises(claims.HeldByAnother):
        claims.claim_incident(done, lan)


@pytest.mark.django_db(transaction=True)
def test_open_pages_hear_who_has_it(town, lan):
    incident = factories.incident(town.hole)
    with connection.cursor() as cursor:
        cursor.execute("LISTEN cameras")
    claims.claim_incident(incident, lan)
    heard = [json.loads(notice.payload) for notice in connection.connection.notifies(timeout=5, stop_after=2)]
    assert heard == [
        {"room": {"log": RoomLine.objects.get().pk}},
        {"room": {"claim": incident.reference, "who": "lan"}},
    ]


# ---- the log


def test_lines_are_never_changed_but_corrected(room, lan, incident):
    room.post("/control/shift/write/", {"text": "Called the pump at 9:55", "incident": incident.reference})
    first = RoomLine.objects.get()
    room.post("/control/shift/write/", {"text": "It was 9:50", "corrects": first.pk})
    assert list_log() == [
        ("written", "lan", incident.reference, "Called the pump at 9:55"),
        ("correction", "lan", None, "It was 9:50"),
    ]
    assert RoomLine.objects.last().corrects == first
    for change in (lambda rows: rows.update(text="x"), lambda rows: rows.filter(kind="correction").delete()):
        with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic(), owner.as_owner():
            change(RoomLine.objects.all())


YEAR = timedelta(days=366)


def test_log_goes_in_its_time_and_not_before_the_shift_is_taken(lan, bao, incident, policies):
    policies.keep_room_log_months = 24
    old = now() - 3 * YEAR
    wrong = RoomLine.objects.create(at=old, kind="written", by=lan, text="At 9:55", incident=incident)
    RoomLine.objects.create(at=old + HOUR, kind="correction", by=lan, text="At 9:50", corrects=wrong)
    late = RoomLine.objects.create(at=old + HOUR, kind="written", by=lan, text="Corrected later")
    correction = RoomLine.objects.create(at=now() - YEAR, kind="correction", by=lan, text="So", corrects=late)
    RoomClaim.objects.create(incident=incident, by=lan, until=old, ended_at=old, end="term")
    handover = HandOver.objects.create(since=old, given_at=old + 8 * HOUR, by=lan)
    assert forgetting.forget_old() == 0  # nobody has taken the shift
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        RoomLine.objects.filter(kind="correction")[:1].get().delete()

    HandOver.objects.filter(pk=handover.pk).update(taken_by=bao, taken_at=handover.given_at)
    assert forgetting.forget_old() == 2
    assert list(RoomLine.objects.order_by("pk")) == [late, correction]
    assert (HandOver.objects.count(), RoomClaim.objects.count()) == (0, 0)


def test_young_lines_cannot_be_deleted_even_of_a_taken_shift(lan, bao):
    line = RoomLine.objects.create(at=now() - timedelta(days=300), kind="written", by=lan, text="So")
    at = now() - HOUR
    HandOver.objects.create(since=at - HOUR, given_at=at, by=lan, taken_by=bao, taken_at=at)
    with pytest.raises(DatabaseError, match="only ever added to"), transaction.atomic():
        RoomLine.objects.filter(pk=line.pk).delete()


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ({"text": "  "}, "Hãy viết vài lời."),
        ({"text": "x" * 501}, "500"),
        ({"text": "So", "incident": "2611-99999"}, "Không có sự cố nào mang mã này."),
    ],
)
def test_a_line_that_cannot_be_written_says_why(room, sent, fault):
    answer = room.post("/control/shift/write/", sent)
    assert (answer.status_code, fault in answer.content.decode(), list_log()) == (400, True, [])


def test_the_log_as_a_file_takes_no_text_for_a_formula(room, lan, eye):
    log.write_words(lan, "=1+1", camera=eye)
    rows = room.get("/control/shift.csv").content.decode("utf-8-sig").splitlines()
    assert (len(rows), rows[1].split(",")[1:4], rows[1].split(",")[5]) == (2, ["Ghi chú", "'=1+1", "lan"], "A1")


# ---- handing over


def test_a_shift_is_handed_over_read_and_taken(room, beside, lan, bao, incident, town):
    late = factories.incident(town.hole)
    type(late).objects.filter(pk=late.pk).update(due_at=now() - HOUR)
    camera("B1", health="offline", health_since=now() - 2 * HOUR, name="Quay")
    claims.claim_incident(incident, lan)
    log.write_words(lan, "The pump is on its way", incident=late)

    page = room.get("/control/shift/").content.decode()
    assert page.index(late.reference) < page.index(incident.reference)
    sent = {f"then-{late.reference}": "Look again at 15:00", "note": "Rain from four on"}
    assert room.post("/control/shift/hand-over/", sent).status_code == 302
    assert room.post("/control/shift/hand-over/", sent).status_code == 409

    handover = HandOver.waiting()
    assert (handover.by, handover.note, handover.figures) == (
        lan, "Rain from four on",
        {"new": 2, "done": 0, "late": 1, "orders": 0, "cameras": 1, "seeing": 0},
    )  # fmt: skip
    assert handover.cameras == [{"name": "Quay", "health": "offline"}]
    beside.cookies["django_language"] = "en"
    page = beside.get("/control/shift/").content.decode()
    assert ("Quay: no connection" in page, "Now handling it" in page, "Nhận phụ trách" in page) == (True, True, False)
    beside.cookies["django_language"] = "vi"
    assert [(row.incident, row.done, row.then) for row in handover.items.all()] == [
        (late, "The pump is on its way", "Look again at 15:00"),
        (incident, "Nhận phụ trách", ""),
    ]

    answer = beside.post(f"/control/shift/{handover.pk}/take/", {"read": [late.reference]})
    assert (answer.status_code, "Còn 1 việc chưa xem" in answer.content.decode()) == (409, True)
    assert HandOver.waiting() == handover
    beside.post(f"/control/shift/{handover.pk}/take/", {"read": [late.reference], "sure": "yes"})

    handover.refresh_from_db()
    assert (handover.taken_by, [row.is_read for row in handover.items.all()]) == (bao, [True, False])
    assert [claim.by for claim in claims.standing_claims(now())] == [bao]
    assert [line[:2] + line[3:] for line in list_log()] == [
        ("taken", "lan", ""),
        ("written", "lan", "The pump is on its way"),
        ("handed_over", "lan", "Rain from four on"),
        ("received", "bao", "1 / 2"),
        ("taken", "bao", "lan"),
    ]
    assert room.post(f"/control/shift/{handover.pk}/take/").status_code == 409
    past = room.get(f"/control/shift/{handover.pk}/").content.decode()
    assert ("Look again at 15:00" in past, "checked disabled" in " ".join(past.split())) == (True, True)
    assert handing_over.shift_begin(now()) == handover.given_at


def test_who_handed_over_goes_on_without_reading(lan, incident):
    claims.claim_incident(incident, lan)
    handover = handing_over.hand_over(lan)
    handing_over.take_over(handover, lan, read=[])
    assert [claim.by for claim in claims.standing_claims(now())] == [lan]


def test_a_hand_over_shows_orders_that_wait_for_a_result(room, lan, town, incident):
    post = Membership.objects.get(user=lan)
    order = {"by": lan, "post": post, "to": town.office, "until": now() + HOUR}
    Directive.objects.create(what="Send the pump", **order)
    Directive.objects.create(what="Close the road", reported_at=now(), reported_by=lan, report="Done", **order)
    page = room.get("/control/shift/").content.decode()
    assert ("Send the pump" in page, "Close the road" in page) == (True, False)


def test_room_says_that_a_shift_waits_until_it_is_taken(room, lan, bao, incident):
    """The line stands under the bar, and is refreshed with the list."""
    hidden = '<div class="shift-waits" id="shift-waits" hidden>'
    for page in ("/control/", "/control/queue/"):
        assert hidden in one_line(room.get(page)), page
    claims.claim_incident(incident, bao)
    handover = handing_over.hand_over(bao)
    for page in ("/control/", "/control/queue/"):
        text = one_line(room.get(page))
        assert hidden not in text, page
        assert ("1 việc chưa xong" in text, "1 việc chưa đọc" in text, "#sheet-form" in text) == (True, True, True)
    handing_over.take_over(handover, lan, read=[incident.reference])
    assert hidden in one_line(room.get("/control/"))
