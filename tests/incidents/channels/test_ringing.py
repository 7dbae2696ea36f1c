"""Ringing calls at the hotline: notified operators, the queue, taken, missed, and events out of order."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents.channels.voice import calls, ringing
from incidents.hotline import calls as hotline_calls
from incidents.models import Call, CallBack, Membership, OperatorPhone, PersonalDataView, RingingCall, VoiceCall
from tests import factories
from tests.fakes.callbot import PHONE, Callbot


@pytest.fixture
def pbx(town, settings, client):
    settings.VOICE_SOURCES, settings.VOICE_SECRETS = {"pbx": "own"}, {"pbx": "voice secret"}
    return Callbot(client, "pbx", "voice secret")


@pytest.fixture
def ann(town):
    ann = factories.person("ann", town.desk, Membership.Role.OPERATOR)
    ringing.assign_extension(ann, "204")
    return ann


@pytest.fixture
def bob(town):
    return factories.person("bob", town.desk, Membership.Role.OPERATOR)


def rings_at(extension, queue="night"):
    return {"transfer": {"to_agent": True, "agent_id": extension, "queue": queue}}


def test_call_rings_where_the_telephone_system_says(pbx, ann, bob):
    answer = pbx.send("call.started", **rings_at("204"))
    rings = RingingCall.objects.waiting().get()
    assert (rings.operator, rings.queue, rings.call.phone) == (ann, "night", PHONE)
    assert (answer["say"], answer["end"]) == ([], False)  # nobody speaks into it
    pbx.send("call.input", **rings_at("205"))
    assert RingingCall.objects.waiting().get().operator is None
    ringing.assign_extension(bob, "205")
    pbx.send("call.input", **rings_at("205"))
    assert RingingCall.objects.waiting().get().operator == bob


def test_page_shows_what_rings_to_who_is_rung_only(pbx, ann, bob, client):
    pbx.send("call.started", **rings_at("204"))
    shown = {}
    for who in (ann, bob):
        client.force_login(who)
        page = client.get("/operator/ringing/").content.decode()
        shown[who] = ("ring-pop" in page, "waiting-row" in page, "••• 567" in page, PHONE in page)
    assert shown == {ann: (True, True, True, False), bob: (False, True, True, False)}


def test_one_of_two_takes_the_call(pbx, ann, bob, client):
    pbx.send("call.started", **rings_at("204"))
    address = f"/operator/ringing/{RingingCall.objects.get().pk}/take/"
    client.force_login(bob)
    assert client.post(address)["Location"] == client.post(address)["Location"]
    call = Call.objects.get()
    assert (call.operator, call.phone, call.rang) == (bob, PHONE, True)
    client.force_login(ann)
    late = client.post(address)
    assert (late.status_code, Call.objects.count(), RingingCall.objects.waiting().count()) == (409, 1, 0)
    pbx.hangs_up()
    assert CallBack.objects.count() == 0


@pytest.mark.parametrize(
    ("ends", "called_back"),
    [("caller_hangup", ["person"]), ("error", ["person"]), ("completed", []), ("transferred", [])],
)
def test_caller_whom_nobody_took_is_called_back(pbx, ann, ends, called_back):
    pbx.send("call.started", **rings_at("204"))
    pbx.hangs_up(ends)
    pbx.hangs_up(ends)
    assert (list(CallBack.objects.values_list("reason", flat=True)), RingingCall.objects.waiting().count()) == (
        called_back,
        0,
    )


def test_what_comes_late_lets_nothing_ring_again(pbx, ann, bob):
    ringing.assign_extension(bob, "205")
    begins = pbx.event("call.started", **rings_at("204"))
    pbx.send("call.input", **rings_at("205"))
    pbx.post(begins)
    assert RingingCall.objects.get().operator == bob
    pbx.hangs_up()
    pbx.send("call.started", **rings_at("204"))
    assert RingingCall.objects.waiting().count() == 0
    other = Callbot(pbx.client, "pbx", "voice secret", call_id="c-2")
    other.hangs_up()
    other.send("call.started", **rings_at("204"))
    assert RingingCall.objects.count() == 1


def test_call_that_nothing_is_heard_of_rings_no_more(pbx, ann):
    pbx.send("call.started", **rings_at("204"))
    VoiceCall.objects.update(heard_at=now() - timedelta(minutes=16))
    calls.settle_lost_calls()
    assert (RingingCall.objects.waiting().count(), CallBack.objects.get().reason) == (0, "person")


@pytest.mark.parametrize(
    "transfer",
    [
        {"to_agent": "yes"},
        {"to_agent": True, "agent_id": 204},
        {"to_agent": True, "agent_id": "2 4"},
        {"to_agent": True, "queue": "x" * 101},
    ],
)
def test_wild_transfer_is_refused(pbx, ann, transfer):
    answer = pbx.post(pbx.event("call.started", transfer=transfer))
    assert (answer.status_code, list(answer.json()["fields"]), VoiceCall.objects.count()) == (400, ["transfer"], 0)


def test_transfer_that_hands_nothing_over_is_left_alone(pbx, ann):
    answer = pbx.send("call.started", transfer={"to_agent": False, "agent_id": "204"})
    assert (RingingCall.objects.count(), bool(answer["say"])) == (0, True)


def test_extension_belongs_to_who_sat_down_last(ann, bob, client):
    client.force_login(bob)
    assert client.post("/operator/phone/", {"extension": " 204 "})["Location"] == "/operator/"
    assert list(OperatorPhone.objects.values_list("user__username", "extension")) == [("bob", "204")]
    wrong = client.post("/operator/phone/", {"extension": "two o four"})
    assert (wrong.status_code, OperatorPhone.objects.get().extension) == (400, "204")
    assert "two o four" in wrong.content.decode()
    client.post("/operator/phone/", {"extension": ""})
    assert OperatorPhone.objects.count() == 0


def test_who_takes_no_calls_any_more_is_not_rung(pbx, ann):
    Membership.objects.filter(user=ann).delete()
    pbx.send("call.started", **rings_at("204"))
    assert RingingCall.objects.get().operator is None


def test_look_at_the_callers_reports_is_recorded(town, pbx, ann):
    factories.incident(town.hole, phone=PHONE)
    pbx.send("call.started", **rings_at("204"))
    assert PersonalDataView.objects.count() == 0
    hotline_calls.take_ringing_call(RingingCall.objects.get(), by=ann)
    assert list(PersonalDataView.objects.values_list("how", "by__username")) == [("call", "ann")]
