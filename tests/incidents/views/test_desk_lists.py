"""Test filters, saved lists, and one step for several incidents."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.utils.timezone import now

from incidents import workflow
from incidents.casework import assignment
from incidents.models import Incident, Membership, SavedFilter
from incidents.views.desk import bulk, listing, saved_filters
from tests import factories
from tests.pages import one_line


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


def listed_incidents(answer):
    return set(in_order(answer))


def in_order(answer):
    return [row.reference for _name, rows in answer.context["groups"] for row in rows]


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("query", "expected"), [
    ({}, "hole waste danger mine"),
    ({"group": "ST"}, "hole waste danger mine"),
    ({"group": "ST.2"}, "hole waste danger mine"),
    ({"group": "WA"}, ""),
    ({"group": "'; DROP"}, "hole waste danger mine"),
    ({"severity": "dangerous"}, "danger"),
    ({"severity": "worse"}, "hole waste danger mine"),
    ({"mine": "1"}, "mine"),
    ({"mine": "1", "severity": "dangerous"}, ""),
    ({"q": "school"}, "waste"),
    ({"q": "sch\x07ool"}, "waste"),
    ({"rows": "9" * 30}, "hole waste danger mine"),
    ({"show": "today"}, "danger"),
])  # fmt: skip
def test_the_list_is_filtered(client, town, officer, query, expected):
    incidents = {
        "hole": factories.incident(town.hole), "waste": factories.incident(town.waste, text="By the school"),
        "danger": factories.incident(town.hole), "mine": factories.incident(town.hole),
    }  # fmt: skip
    later = now() + timedelta(days=3)
    Incident.objects.update(due_at=later)
    Incident.objects.filter(pk=incidents["danger"].pk).update(severity="dangerous", due_at=now() + timedelta(seconds=1))
    assignment.assign_person(incidents["mine"], officer, officer)
    client.force_login(officer)
    answer = client.get("/desk/", query)
    if query.get("show") == "today" and not listed_incidents(answer):  # the second before midnight
        return
    assert listed_incidents(answer) == {incidents[name].reference for name in expected.split()}
    if "q" not in query and "show" not in query:
        assert answer.context["tabs"][0]["number"] == len(expected.split())


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("ahead", [1, 3, 100])
@pytest.mark.parametrize("sort", ["due", "newest", "changed", "reports"])
def test_words_are_found_wherever_in_the_list_they_are(client, town, officer, monkeypatch, ahead, sort):
    texts = ["crane", "hole", "hole", "crane", "hole", "crane", "blue crane"]
    incidents = [factories.incident(town.hole, text=text) for text in texts]
    for n, incident in enumerate(incidents):
        at = now() + timedelta(hours=n)
        Incident.objects.filter(pk=incident.pk).update(
            due_at=at, received_at=at, changed_at=at, reports_count=n % 3 + 1, closed_at=at if n > 4 else None,
            state="resolved" if n > 4 else "accepted",
        )  # fmt: skip
    client.force_login(officer)
    query = {"show": "all", "sort": sort}
    everything = in_order(client.get("/desk/", query))
    wanted = {wordy.reference for wordy, text in zip(incidents, texts, strict=True) if "crane" in text}
    monkeypatch.setattr(listing, "ROWS_AHEAD", ahead)
    listed = in_order(client.get("/desk/", query | {"q": "crane"}))
    assert listed == [reference for reference in everything if reference in wanted]


def test_a_list_is_kept_changed_by_keeping_it_again_and_removed(client, english, officer, outsider):
    client.force_login(officer)
    saved_query = urlencode({"group": "ST", "severity": "dangerous", "sort": "newest"})
    assert client.post(f"/desk/filters/?{saved_query}&rows=200", {"name": " Streets "}).status_code == 302
    assert client.post("/desk/filters/?mine=1", {"name": "Streets"}).status_code == 302
    saved_filter = SavedFilter.objects.get()
    assert (saved_filter.user, saved_filter.name, saved_filter.query) == (officer, "Streets", "mine=1")
    page = client.get("/desk/?mine=1")
    assert [(saved["query"], saved["now"]) for saved in page.context["saved"]] == [("?mine=1", True)]
    client.force_login(outsider)
    assert client.get("/desk/").context["saved"] == []
    assert client.post(f"/desk/filters/{saved_filter.pk}/forget/").status_code == 404
    client.force_login(officer)
    assert client.post(f"/desk/filters/{saved_filter.pk}/forget/").status_code == 302
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(("name", "query"), [("", ""), (" \u200b ", ""), ("x" * 61, ""), ("Long", "q=" + "ậ" * 199)])
def test_a_list_that_cannot_be_kept_is_told_at_its_name(client, officer, name, query):
    client.force_login(officer)
    answer = client.post(f"/desk/filters/?{query}", {"name": name})
    assert (answer.status_code, list(answer.context["filter_form"].errors)) == (400, ["name"])
    assert 'id="filter-name-error"' in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_so_many_lists_and_no_more(client, officer, monkeypatch):
    monkeypatch.setattr(saved_filters, "FILTERS_MAX", 1)
    client.force_login(officer)
    assert [client.post("/desk/filters/", {"name": name}).status_code for name in ("A", "B", "A")] == [302, 400, 302]


def ticked_values(*incidents):
    return [f"{incident.reference}:{incident.steps_taken}" for incident in incidents]


def test_a_step_for_several_tells_what_became_of_each(client, english, town, officer):
    good, stale, over, theirs = (
        factories.incident(town.hole, place)
        for place in (factories.IN_OLD, factories.IN_OLD, factories.IN_OLD, factories.IN_NEW)
    )
    of = ticked_values(good, stale, over, theirs)
    workflow.move(stale, "ask", by=officer, note="Which side?")
    workflow.move(over, "reject", by=officer, note="Private ground")
    client.force_login(officer)
    answer = client.post("/desk/several/accept/?part=form", {"of": of})
    outcomes = {outcome.reference: outcome.fault for outcome in answer.context["outcomes"]}
    assert answer.status_code == 200
    assert outcomes == {
        good.reference: "",
        stale.reference: "Somebody has already done this: the incident is now “Waiting for reporter”.",
        over.reference: "Somebody has already done this: the incident is now “Not accepted”.",
        theirs.reference: "It is not at your desk.",
    }
    states = dict(Incident.objects.values_list("pk", "state"))
    assert [states[outcome.pk] for outcome in (good, stale, over, theirs)] == [
        "accepted",
        "waiting",
        "rejected",
        "assigned",
    ]
    assert (answer.context["done_count"], answer.context["refused_count"]) == (1, 3)


def test_several_are_resolved_with_one_text_by_a_form(client, english, town, officer):
    incidents = [factories.incident(town.hole) for _ in range(3)]
    client.force_login(officer)
    form = client.post("/desk/several/resolve/", {"of": ticked_values(*incidents)})
    assert (form.status_code, one_line(form).count('type="hidden" name="of"')) == (200, 3)
    empty = client.post("/desk/several/resolve/", {"of": ticked_values(*incidents), "filled": "1", "note": ""})
    assert (empty.status_code, list(empty.context["form"].errors)) == (400, ["note"])
    done = client.post("/desk/several/resolve/", {"of": ticked_values(*incidents), "filled": "1", "note": "All filled"})
    assert (done.status_code, done.context["done_count"]) == (200, 3)
    assert set(Incident.objects.values_list("state", flat=True)) == {"resolved"}
    assert {incident.timeline.last().note for incident in incidents} == {"All filled"}


@pytest.mark.parametrize(("name", "values"), [("give", "person"), ("hand_over", "to")])
def test_several_go_to_one_person_or_unit(client, town, officer, name, values):
    incidents = [factories.incident(town.hole) for _ in range(2)]
    client.force_login(officer)
    to = {"person": officer.pk, "to": town.other.pk}[values]
    sent = {"of": ticked_values(*incidents), "filled": "1", values: to, "note": "Yours"}
    assert client.post(f"/desk/several/{name}/", sent).context["done_count"] == 2
    if values == "to":
        again = client.post(f"/desk/several/{name}/", sent)
        assert (again.status_code, Incident.objects.filter(authority=town.other).count()) == (400, 2)


def test_what_is_there_already_is_not_handed_over(client, english, town, officer):
    factories.post(user=officer, authority=town.other, role=Membership.Role.OFFICER)
    here, in_new = factories.incident(town.hole), factories.incident(town.hole, factories.IN_NEW)
    client.force_login(officer)
    sent = {"of": ticked_values(here, in_new), "filled": "1", "to": town.other.pk, "note": "Yours"}
    answer = client.post("/desk/several/hand_over/", sent)
    assert [outcome.fault for outcome in answer.context["outcomes"]] == ["", "It is already there."]
    assert in_new.timeline.filter(kind="handed_over").count() == 0


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("of", [[], [""], ["non\x07sense"], ["9999-1:x"], ["9999-00001:" + "9" * 30], "many"])
def test_what_cannot_be_several_is_told(client, officer, incident, of):
    client.force_login(officer)
    of = [f"{incident.reference}{n}" for n in range(bulk.INCIDENTS_MAX + 1)] if of == "many" else of
    answer = client.post("/desk/several/accept/", {"of": of})
    assert (answer.status_code, bool(answer.context["refusal"])) == (400, True)
    assert client.post("/desk/several/accept/?part=form", {"of": of}).status_code == 400
    assert client.post("/desk/several/reject/", {"of": of}).status_code == 404


def test_only_a_desk_takes_steps_for_several_or_keeps_lists(client, incident, operator):
    client.force_login(operator)
    for address in ("/desk/several/accept/", "/desk/filters/", "/desk/filters/1/forget/"):
        assert client.post(address, {"of": ticked_values(incident), "name": "A"}).status_code == 404
