"""Wards ask, remind and comment on incidents of other units in their area, and offer to take over."""

from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now

from incidents import access, workflow
from incidents.casework import between_units
from incidents.deadlines import service_levels
from incidents.models import Authority, Contact, Event, Incident, Membership, Notice, TakeoverOffer
from incidents.notify import announce_event, text_keys
from incidents.views.desk import detail
from tests import factories

ROLE = Membership.Role


@pytest.fixture
def plumber(town):
    return factories.person("plumber", town.water)


@pytest.fixture
def leak(town):
    """The water company's incident in Old Wharf; its reporter left a contact."""
    return factories.incident(town.leak, text="It runs, call 0937123216", phone="+84937123216", email="an@example.org")


def step(client, incident, name, **fields):
    return client.post(f"/desk/{incident.reference}/{name}/", fields)


def fresh(incident):
    return Incident.objects.select_related("authority").get(pk=incident.pk)


def lines(incident):
    remarks = incident.timeline.filter(kind__in=[*Event.BETWEEN_UNITS, "claimed"])
    return list(remarks.values_list("kind", "authority__code", "note", "public"))


def last_notices(incident):
    """(address, sentence) of the notices to units of the last line and those before it."""
    announce_event(incident.timeline.last().pk)
    place = list(text_keys.TEXTS["between_units"]).index("what")
    notices = Notice.objects.filter(template="between_units").order_by("pk")
    return [(notice.address, notice.values[place]) for notice in notices]


def test_a_ward_sees_what_others_have_in_it(client, town, leak, officer):
    own = factories.incident(town.hole)
    factories.incident(town.leak, factories.IN_NEW)
    client.force_login(officer)
    answer = client.get("/desk/")
    assert [row for _name, rows in answer.context["groups"] for row in rows] == [own]
    assert (answer.context["watched_rows"], answer.context["watched_counts"]) == ([leak], {"n": 1, "late": 0})
    assert {tab["name"]: tab["number"] for tab in answer.context["tabs"]}["watched"] == 1
    shown = client.get("/desk/?show=watched").context["groups"]
    assert [row for _name, rows in shown for row in rows] == [leak]


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize("address", [
    "/desk/", "/desk/?part=queue", "/desk/?show=watched", "/desk/{0}/", "/desk/{0}/?part=detail", "/desk/{0}/inquire/",
    "/i/{0}/", "/data/incidents.geojson", "/desk/?q=0937123216", "/desk/?q=runs",
])  # fmt: skip
def test_the_contact_stays_with_the_unit_in_charge(client, leak, officer, address):
    client.force_login(officer)
    page = b"".join(client.get(address.format(leak.reference))).decode()
    texts = [
        words for words in ("0937 123 216", "937123216 ", "call 0937123216", "an@example.org", "a•••@") if words in page
    ]
    assert texts == []
    assert client.post(f"/desk/{leak.reference}/contact/").status_code == 404
    assert leak.timeline.filter(kind="viewed").count() == 0


def test_words_of_reports_do_not_find_what_is_only_watched(client, leak, officer):
    client.force_login(officer)
    watched = {words: client.get("/desk/", {"q": words}).context["watched_rows"] for words in ("0937123216", "runs")}
    assert watched == {"0937123216": [], "runs": [leak]}


def test_the_unit_is_asked_and_answers(client, town, leak, officer, plumber):
    Contact.objects.create(authority=town.water, label="Desk", email="desk@water.example")
    Contact.objects.create(authority=town.office, label="Desk", email="desk@office.example")
    client.force_login(officer)
    assert step(client, leak, "inquire", note="Until when?").status_code == 302
    assert last_notices(leak) == [("desk@water.example", "UBND Old Wharf hỏi đơn vị")]
    page = detail.detail_context(plumber, detail.find_incident(plumber, leak.reference))
    assert "reply" in page["offered"].all
    client.force_login(plumber)
    assert step(client, leak, "reply", note="Ask 0937 123 216").status_code == 409
    assert step(client, leak, "reply", note="Tonight at ten").status_code == 302
    assert last_notices(leak)[1:] == [("desk@office.example", "Cấp nước trả lời")]
    assert lines(leak) == [
        ("inquired", "old", "Until when?", False),
        ("replied", "water", "Tonight at ten", False),
    ]
    watching = detail.detail_context(officer, detail.find_incident(officer, leak.reference))
    assert [(entry["event"].kind, entry["in_charge"]) for entry in watching["talk"]] == [
        ("inquired", False),
        ("replied", True),
    ]
    stranger = client.get(f"/i/{leak.reference}/").content.decode()
    assert "Tonight at ten" not in stranger


def test_a_unit_is_reminded_again_after_hours_only(client, leak, officer):
    client.force_login(officer)
    assert [step(client, leak, "urge").status_code for _ in range(2)] == [302, 409]
    assert lines(leak) == [("urged", "old", "", False)]


def test_a_ward_takes_over_and_its_time_begins(client, town, leak, officer, plumber):
    Contact.objects.create(authority=town.water, label="Desk", email="desk@water.example")
    factories.change(leak, received_at=now() - timedelta(days=3), due_at=now() - timedelta(days=1))
    client.force_login(officer)
    assert step(client, leak, "offer", note="The pipe is the market's").status_code == 302
    assert step(client, leak, "offer", note="Again").status_code == 409
    client.force_login(plumber)
    assert step(client, leak, "cede", note="").status_code == 302
    taken_over = fresh(leak)
    assert (taken_over.authority, taken_over.state) == (town.office, "assigned")
    began = service_levels.clock_start(taken_over)
    line = taken_over.timeline.last()
    assert (line.kind, line.public, line.authority, began) == ("claimed", True, town.office, localtime(line.at))
    assert (taken_over.due_at - began, taken_over.accept_by - began) == (timedelta(hours=48), timedelta(hours=4))
    assert TakeoverOffer.objects.get().state == "accepted"
    assert last_notices(leak)[-1] == ("desk@water.example", "UBND Old Wharf đã nhận việc này")
    service_levels.change_severity(taken_over, "dangerous", by=officer, note="Deep")
    assert (service_levels.clock_start(fresh(leak)), service_levels.recompute_open_incidents()) == (began, 0)


def test_what_is_not_given_stays_and_says_why(client, town, leak, officer, plumber):
    client.force_login(officer)
    step(client, leak, "offer", note="Ours")
    client.force_login(plumber)
    due = fresh(leak).due_at
    assert step(client, leak, "decline", note="").status_code == 400
    assert step(client, leak, "decline", note="It is our main").status_code == 302
    assert (fresh(leak).authority, fresh(leak).due_at) == (town.water, due)
    assert lines(leak) == [("offered", "old", "Ours", False), ("declined", "water", "It is our main", False)]
    assert step(client, leak, "cede").status_code == 409


@pytest.mark.parametrize(("works", "expected"), [("here", "desk@water.example"), ("email", "duty@example.org")])
def test_on_an_offer_decides_the_unit_or_the_duty_desk(client, town, leak, officer, works, expected):
    Contact.objects.create(authority=town.water, label="Desk", email="desk@water.example")
    Contact.objects.create(authority=town.desk, label="Desk", email="duty@example.org")
    Authority.objects.filter(pk=town.water.pk).update(works=works)
    client.force_login(officer)
    step(client, leak, "offer", note="Ours")
    assert [address for address, _sentence in last_notices(leak)] == [expected]
    client.force_login(factories.person("dispatcher", town.desk, ROLE.DISPATCHER))
    assert step(client, leak, "cede").status_code == 302
    assert fresh(leak).authority == town.office


def test_an_offer_goes_with_the_incident_and_ends_with_it(town, leak, officer, plumber, outsider):
    between_units.offer_to_take_over(leak, by=officer, reason="Ours")
    workflow.move(leak, "hand_over", by=plumber, note="Theirs", to=town.other)
    assert between_units.open_offer(fresh(leak)).authority == town.office
    workflow.move(leak, "hand_over", by=outsider, note="Yours then", to=town.office)
    assert (between_units.open_offer(fresh(leak)), TakeoverOffer.objects.get().state) == (None, "accepted")
    with pytest.raises(workflow.NotAllowed):
        between_units.say_to_unit(fresh(leak), "inquire", by=officer, words="Who has it?")


@pytest.mark.parametrize(("who", "seen"), [("officer", True), ("outsider", True), ("plumber", True), ("citizen", None)])
def test_a_number_says_whose_it_is(client, request, town, who, seen):
    Contact.objects.create(authority=town.water, label="Desk", phone="+842838123456")
    theirs, secret = factories.incident(town.leak, factories.IN_OLD), factories.incident(town.secret)
    closed = workflow.move(theirs, "resolve", note="Done").incident
    factories.change(secret, authority=town.water)
    user = factories.person("citizen") if who == "citizen" else request.getfixturevalue(who)
    client.force_login(user)
    answer = client.get("/desk/", {"q": closed.reference})
    if seen is None:
        assert answer.status_code == 404
        return
    if who == "plumber":
        assert answer.context["elsewhere"] is None
        return
    unit = answer.context["elsewhere"]
    assert (unit.reference, unit.authority, unit.may_open) == (closed.reference, town.water, who == "officer")
    assert [contact.phone for contact in unit.asked_at] == ["+842838123456"]
    assert ("Knee deep" in answer.content.decode(), "Water leak" in answer.content.decode()) == (False, False)
    assert client.get("/desk/", {"q": secret.reference}).context["elsewhere"] is None
    assert access.incidents_for(user, "watch").filter(pk=secret.pk).exists() is False
