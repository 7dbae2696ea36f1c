"""Test further steps of a desk: extensions, subtasks, persons, notes, disputes; and their permissions."""

from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now

from gis_data.pack import InvalidData
from incidents import workflow
from incidents.casework import extensions, subtasks
from incidents.escalation import directives
from incidents.models import AnswerTemplate, Extension, Incident, Membership, Mention, Subtask
from incidents.seed import catalogue
from incidents.steps import ANSWERABLE, STEPS, TRANSITIONS
from incidents.views.desk import detail, steps
from tests import factories
from tests.pages import one_line

ROLE = Membership.Role


def step(client, incident, name, **values):
    return client.post(f"/desk/{incident.reference}/{name}/", values)


def type_moment(moment):
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def state_of(incident):
    return Incident.objects.get(pk=incident.pk).state


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


@pytest.fixture
def leader(town):
    return factories.person("leader", town.office, ROLE.LEADER)


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, ROLE.DISPATCHER)


@pytest.fixture
def plumber(town):
    return factories.person("plumber", town.water)


def in_state(incident, officer, state):
    ways = {
        "assigned": (), "accepted": ("accept",), "working": ("accept", "begin"), "waiting": ("ask",),
        "resolved": ("resolve",), "disputed": ("resolve", "dispute"), "rejected": ("reject",),
        "closed": ("resolve", "close"),
    }  # fmt: skip
    for name in ways[state]:
        workflow.move(incident, name, by=officer, note="Because")
    return incident


@pytest.mark.parametrize(("state", "main", "beside", "more"), [
    ("assigned", "accept", "ask hand_over", "resolve give part reclassify relocate grade hand_back reject"),
    ("accepted", "begin", "ask hand_over", "resolve more_time give part reclassify relocate grade hand_back reject"),
    ("working", "resolve", "ask hand_over", "more_time give part reclassify relocate grade hand_back reject"),
    ("waiting", "resolve", "hand_over", "give part reclassify relocate grade"),
    ("resolved", "reopen", "", "close"),
    ("closed", "reopen", "", ""),
    ("rejected", "reopen", "", ""),
    ("disputed", "", "", "give part grade"),
])  # fmt: skip
def test_an_officer_is_offered_what_fits_the_state(incident, officer, state, main, beside, more):
    in_state(incident, officer, state)
    seen = detail.detail_context(officer, detail.find_incident(officer, incident.reference))["offered"]
    assert (seen.main, seen.beside, seen.more) == (main, tuple(beside.split()), tuple(more.split()))


@pytest.mark.parametrize(("who", "state", "offered"), [
    ("dispatcher", "disputed", {"uphold", "overrule"}),
    ("outsider", "disputed", None),
    ("dispatcher", "working", {"reclassify", "relocate"}),
])  # fmt: skip
def test_others_are_offered_what_their_post_allows(request, incident, officer, who, state, offered):
    in_state(incident, officer, state)
    user = request.getfixturevalue(who)
    if offered is None:
        with pytest.raises(detail.Http404):
            detail.find_incident(user, incident.reference)
    else:
        assert detail.detail_context(user, detail.find_incident(user, incident.reference))["offered"].all == offered


def test_more_time_is_asked_for_and_granted_by_somebody_else(client, english, incident, officer, leader):
    in_state(incident, officer, "working")
    was, until = incident.due_at, incident.due_at + timedelta(days=2)
    client.force_login(officer)
    assert client.get(f"/desk/{incident.reference}/more_time/").status_code == 200
    assert step(client, incident, "more_time", note="No asphalt", until=type_moment(until)).status_code == 302
    assert (state_of(incident), Extension.objects.get().asked_by) == ("extension", officer)
    assert step(client, incident, "grant").status_code == 404
    client.force_login(leader)
    tabs = {tab["name"]: tab["number"] for tab in client.get("/desk/").context["tabs"]}
    assert (tabs["decide"], tabs["extension"]) == (1, 1)
    page = client.get(f"/desk/{incident.reference}/")
    assert (page.context["offered"].main, "No asphalt" in page.content.decode()) == ("grant", True)
    assert step(client, incident, "refuse", note="").status_code == 400
    assert step(client, incident, "grant", note="Go on").status_code == 302
    incident.refresh_from_db()
    assert (incident.state, incident.due_at > was, incident.first_due_at) == ("working", True, was)
    assert step(client, incident, "grant").status_code == 409


def test_a_leader_does_not_decide_on_the_own_wish(client, incident, leader):
    in_state(incident, leader, "working")
    extensions.request_extension(incident, by=leader, reason="No asphalt", until=incident.due_at + timedelta(days=1))
    client.force_login(leader)
    page = client.get("/desk/?show=decide")
    assert page.context["groups"] == []
    assert "grant" not in client.get(f"/desk/{incident.reference}/").context["offered"].all
    answer = client.post(f"/desk/{incident.reference}/grant/?part=form")
    assert (answer.status_code, state_of(incident)) == (409, "extension")


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("until", "status"), [("", 400), ("yesterday", 400), (-1, 400), (0, 409), (4000, 409), (1, 302)]
)
def test_a_date_that_cannot_be_is_told_and_the_words_stay(client, incident, officer, until, status):
    in_state(incident, officer, "working")
    client.force_login(officer)
    moments = {-1: now() - timedelta(days=1), 0: incident.due_at - timedelta(hours=1)}
    if isinstance(until, int):
        until = type_moment(moments.get(until) or incident.due_at + timedelta(days=until))
    answer = step(client, incident, "more_time", note="No asphalt", until=until)
    assert answer.status_code == status
    if status != 302:
        page = one_line(answer)
        assert (">No asphalt</textarea>" in page, f'value="{until}"' in page) == (True, True)
        assert state_of(incident) == "working"


def test_outdated_step_form_returns_with_its_note(client, english, incident, officer):
    in_state(incident, officer, "accepted")
    client.force_login(officer)
    moves = client.get(f"/desk/{incident.reference}/ask/").context["incident"].steps_taken
    workflow.move(incident, "begin", by=officer)
    answer = step(client, incident, "ask", note="Which side?", moves=moves)
    page = one_line(answer)
    assert (answer.status_code, state_of(incident)) == (409, "working")
    assert (">Which side?</textarea>" in page, f'name="moves" value="{moves + 1}"' in page) == (True, True)
    assert "the incident is now “In progress”" in page
    assert step(client, incident, "ask", note="Which side?", moves=moves + 1).status_code == 302


def test_impossible_step_is_refused_with_its_note_kept(client, english, incident, officer):
    client.force_login(officer)
    workflow.move(incident, "reject", by=officer, note="Private ground")
    answer = step(client, incident, "resolve", note="Filled it all")
    page = answer.content.decode()
    assert (answer.status_code, "Filled it all" in page, state_of(incident)) == (409, True, "rejected")
    assert client.get(f"/desk/{incident.reference}/resolve/").status_code == 409
    assert client.get(f"/desk/{incident.reference}/resolve/?part=form").json() == {
        "error": "This is not possible now: the incident is “Not accepted”."
    }


def test_open_subtask_blocks_resolving_until_it_is_answered(client, english, town, incident, officer, plumber):
    in_state(incident, officer, "working")
    client.force_login(officer)
    request_values = {"to": town.water.pk, "until": type_moment(now() + timedelta(hours=4)), "note": "Close the valve"}
    assert step(client, incident, "part", **request_values).status_code == 302
    refused = step(client, incident, "resolve", note="Filled")
    assert (refused.status_code, "is still working on a part" in refused.content.decode()) == (409, True)

    client.force_login(plumber)
    page = client.get("/desk/?show=parts")
    assert [row for _name, rows in page.context["groups"] for row in rows] == [incident]
    part = Subtask.objects.get()
    page = client.get(f"/desk/{incident.reference}/")
    assert (page.context["offered"].all, page.context["contacts"]) == ({"part_answer"}, [])
    assert step(client, incident, "resolve", note="Not mine").status_code == 404
    assert step(client, incident, "part_answer", part=part.pk, note="Closed").status_code == 400
    assert step(client, incident, "part_answer", part=part.pk, outcome="done", note="Closed").status_code == 302
    assert client.get(f"/desk/{incident.reference}/").status_code == 404

    client.force_login(officer)
    assert "Closed" in client.get(f"/desk/{incident.reference}/").content.decode()
    assert step(client, incident, "resolve", note="Filled").status_code == 302


def test_a_part_is_withdrawn_by_who_asked(client, town, incident, officer, plumber):
    part = subtasks.request_subtask(
        incident, by=officer, to=town.water, what="Close the valve", due_at=now() + timedelta(hours=1)
    )
    client.force_login(officer)
    assert step(client, incident, "part_withdraw", part=part.pk).status_code == 302
    part.refresh_from_db()
    assert part.state == "withdrawn"


def test_an_incident_is_given_to_a_colleague_who_finds_it(client, town, incident, officer, outsider):
    colleague = factories.person("colleague", town.office)
    client.force_login(officer)
    assert step(client, incident, "give", person=outsider.pk).status_code == 400
    assert step(client, incident, "give", person=colleague.pk).status_code == 302
    client.force_login(colleague)
    for show in ("mine", "open"):
        page = client.get("/desk/", {"show": show, "mine": "1"})
        assert [row for _name, rows in page.context["groups"] for row in rows] == [incident]


def test_a_note_calls_a_colleague_until_it_is_seen(client, english, town, incident, officer):
    colleague = factories.person("colleague", town.office)
    client.force_login(officer)
    assert client.post(f"/desk/{incident.reference}/note/", {"note": "@nobody look"}).status_code == 400
    assert ">@nobody look</textarea>" in one_line(
        client.post(f"/desk/{incident.reference}/note/", {"note": "@nobody look"})
    )
    assert client.post(f"/desk/{incident.reference}/note/", {"note": "@colleague look"}).status_code == 302
    client.force_login(colleague)
    page = client.get("/desk/?show=mentions")
    assert [row for _name, rows in page.context["groups"] for row in rows] == [incident]
    client.get(f"/desk/{incident.reference}/")
    assert Mention.objects.get().seen_at is not None
    assert client.get("/desk/?show=mentions").context["groups"] == []


def test_dispute_is_decided_by_dispatcher_and_seen_by_the_unit(client, english, incident, officer, dispatcher):
    in_state(incident, officer, "disputed")
    for user, main in ((officer, ""), (dispatcher, "uphold")):
        client.force_login(user)
        page = client.get("/desk/?show=disputed")
        assert [row for _name, rows in page.context["groups"] for row in rows] == [incident]
        assert client.get(f"/desk/{incident.reference}/").context["offered"].main == main
    client.force_login(officer)
    assert step(client, incident, "uphold", note="Look again").status_code == 404
    client.force_login(dispatcher)
    assert client.post(f"/desk/{incident.reference}/contact/").status_code == 404
    answer = step(client, incident, "uphold", note="The hole is still there")
    assert (answer.status_code, state_of(incident)) == (302, "working")


def test_a_wrong_addressee_hands_back_with_a_reason(client, town, incident, officer):
    client.force_login(officer)
    assert step(client, incident, "hand_back", note="").status_code == 400
    assert step(client, incident, "hand_back", note="The street is the city's").status_code == 302
    incident.refresh_from_db()
    assert (incident.authority, incident.state) == (town.desk, "received")


def test_answer_templates_match_category_and_need_no_scripts(client, town, incident, officer):
    make = AnswerTemplate.objects.create
    leaf = make(step="resolve", category=town.hole, title="Filled", text="The hole is filled.")
    for category, name in ((town.streets, "Group"), (None, "Any"), (town.leak, "Other")):
        make(step="resolve", category=category, title=name, text=name)
    make(step="ask", title="Where", text="Where?")
    client.force_login(officer)
    form = client.get(f"/desk/{incident.reference}/resolve/").context["form"]
    assert [answer.title for answer in form.answers()] == ["Filled", "Group", "Any"]
    answer = step(client, incident, "resolve", note="Done today.", insert="1", answer=leaf.pk)
    assert (answer.status_code, state_of(incident)) == (200, "assigned")
    assert ">Done today.\nThe hole is filled.</textarea>" in answer.content.decode()


def test_a_directive_in_the_list_leads_back_to_the_page(client, town, officer, leader):
    until = now() + timedelta(hours=2)
    directives.give_directive(leader, leader.memberships.get(), town.office, "Clear the quay", until)
    client.force_login(officer)
    for address in ("/desk/?show=late", "/desk/?part=queue&show=late"):
        page = one_line(client.get(address))
        assert ("Clear the quay" in page, 'name="next" value="/desk/?show=late"' in page) == (True, True)


def test_every_step_has_words_a_door_and_an_own_key():
    for watching in (True, False):  # what is only watched has its own keys
        some = [spec for name, spec in steps.BUTTONS.items() if (STEPS[name].may == "watch") == watching]
        keys = [button.key for button in some if button.key]
        assert len(keys) == len(set(keys))
    at_desk = {name for name, step in TRANSITIONS.items() if not step.by_reporter and name != "pass_on"}
    assert set(steps.BUTTONS) == {name for name, step in STEPS.items() if step.may} == at_desk | set(steps.HANDLERS)
    assert set(ANSWERABLE) == {name for name in at_desk if TRANSITIONS[name].needs_note}


def test_answer_templates_of_a_pack_keep_those_people_wrote(town):
    AnswerTemplate.objects.create(step="ask", title="Ours", text="Which side?")
    AnswerTemplate.objects.create(step="resolve", title="Done", text="Old")
    good = {"line": 2, "category": "", "step": "resolve", "title": "Done", "text": "It is done."}
    catalogue.load_answers([good], {"ST": town.streets})
    assert dict(AnswerTemplate.objects.values_list("title", "text")) == {"Ours": "Which side?", "Done": "It is done."}
    for change, fault in (
        ({"step": "dance"}, "there is no step dance."),
        ({"text": ""}, "text is empty."),
        ({"category": "XX"}, "there is no category XX."),
        ({"title": "x" * 81}, "title is longer than 80 characters."),
    ):
        with pytest.raises(InvalidData) as refused:
            catalogue.load_answers([good, good | {"line": 3, "title": "B"} | change], {"ST": town.streets})
        assert refused.value.faults == (f"answers.csv line 3: {fault}",)
