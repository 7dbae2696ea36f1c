"""Test the merge page: who may open it, what it proposes, what it does."""

import pytest
from django.urls import reverse

from incidents import reporting
from incidents.casework import merging
from incidents.models import Event, Incident, Membership, Merge
from tests import factories


@pytest.fixture
def pair(town):
    return [
        factories.incident(town.hole, text="Hố sâu trước chợ"),
        factories.incident(town.hole, text="Hố sâu cạnh chợ"),
    ]


def address(incident):
    return reverse("desk-together", args=[incident.reference])


def test_the_page_proposes_and_says_why(client, officer, pair):
    client.force_login(officer)
    page = client.get(address(pair[0]))
    assert [row["ticked"] for row in page.context["rows"][1:]] == [True]
    assert (page.context["stands"], page.context["total"], page.context["shared"]) == (pair[0], 2, ("hố", "sâu", "chợ"))
    assert "<mark>chợ</mark>" in page.content.decode()


def test_an_officer_merges_and_takes_apart(client, officer, pair):
    client.force_login(officer)
    answer = client.post(address(pair[1]), {"do": "merge", "of": pair[0].reference, "note": "Một hố"})
    assert (answer.status_code, answer["Location"]) == (302, address(pair[0]))
    assert Merge.objects.get().reason == "Một hố"
    page = client.get(address(pair[0]))
    assert [(row["stays"], row["home"]) for row in page.context["reports"]] == [(True, None), (False, pair[1])]
    desk = client.get(reverse("desk-incident", args=[pair[1].reference]))
    assert (desk.context["merged"].stands, desk.context["offered"].all) == (pair[0], frozenset())
    report = page.context["reports"][1]["report"]
    assert client.post(address(pair[0]), {"do": "split", "report": report.pk}).status_code == 302
    assert Incident.objects.open().count() == 2


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"do": "merge"}, 409),
        ({"do": "merge", "of": "2611-99999"}, 409),
        ({"do": "split"}, 409),
        ({"do": "split", "report": "x"}, 409),
        ({"do": "split", "report": "99999999999999999999"}, 409),
        ({"do": "merge", "note": "x" * 1001}, 400),
        ({}, 409),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(client, officer, pair, values, status):
    client.force_login(officer)
    before = Event.objects.count()
    page = client.post(address(pair[0]), values)
    assert (page.status_code, bool(page.context["fault"]), Event.objects.count()) == (status, True, before)


def test_nobody_merges_what_is_anothers(client, town, outsider, officer, pair):
    client.force_login(outsider)
    assert client.get(address(pair[0])).status_code == 404
    theirs = factories.incident(town.hole, factories.IN_NEW)
    assert client.post(address(theirs), {"do": "merge", "of": pair[0].reference}).status_code == 409
    assert not Merge.objects.exists()


def test_an_operator_merges_over_the_borders_of_desks(client, town, pair):
    client.force_login(factories.person("operator", town.desk, Membership.Role.OPERATOR))
    theirs = factories.incident(town.hole, factories.IN_NEW)
    assert client.post(address(pair[0]), {"do": "merge", "of": theirs.reference}).status_code == 302
    assert Merge.objects.get().stands == pair[0]


def test_an_incident_of_many_reports_has_its_page(client, town, officer, pair):
    for n in range(30):
        reporting.receive(reporting.IncomingReport("web", town.hole, factories.IN_OLD, text=f"Hố {n}", join=pair[0]))
    merging.merge_incidents(pair, by=officer)
    client.force_login(officer)
    assert len(client.get(address(pair[0])).context["reports"]) == 32


def test_other_systems_are_told_that_it_was_merged(client, officer, pair):
    merging.merge_incidents(pair, by=officer)
    (request,) = client.get(f"/open311/v2/requests/{pair[1].reference}.json").json()
    assert (request["service_request_id"], request["status"]) == (pair[1].reference, "closed")
    assert pair[0].reference in request["status_notes"]
