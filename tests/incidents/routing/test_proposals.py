"""Rule proposals from corrections, decided by a person."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from incidents import workflow
from incidents.models import Correction, Incident, RoutingRule, RuleProposal
from incidents.routing import proposals, rules
from tests import factories


def correct_authority(town, by, category=None, place=factories.IN_OLD, to=None):
    incident = factories.incident(category or town.waste, place)
    workflow.move(incident, "hand_over", by=by, to=to or town.water, note="Không phải việc của phường")
    return incident


def test_a_hand_over_is_a_correction_and_the_last_one_counts(town, officer):
    incident = correct_authority(town, officer)
    assert list(Correction.objects.values_list("was__code", "to__code")) == [("old", "water")]
    workflow.move(incident, "hand_over", by=officer, to=town.other, note="Hay phường kia")
    assert list(Correction.objects.values_list("was__code", "to__code")) == [("old", "new")]
    workflow.move(incident, "hand_over", by=officer, to=town.office, note="Đúng là phường này")
    assert list(Correction.objects.all()) == []


def test_handed_back_it_is_decided_by_the_dispatcher(town, officer):
    incident = factories.incident(town.waste)
    workflow.move(incident, "hand_back", by=officer, note="Không phải việc của phường")
    assert (incident.authority, incident.state) == (town.desk, Incident.State.RECEIVED)
    assert list(Correction.objects.all()) == []
    workflow.move(incident, "hand_over", by=officer, to=town.water, note="Công ty cấp nước")
    assert list(Correction.objects.values_list("was__code", "to__code")) == [("old", "water")]


def test_repeated_corrections_become_a_proposal_with_evidence(town, officer):
    incidents = [correct_authority(town, officer) for _n in range(5)]
    stayed = factories.incident(town.waste)
    workflow.move(stayed, "resolve", by=officer, note="Đã dọn")
    (proposal,) = proposals.propose_rules()
    assert (proposal.category, proposal.area, proposal.authority) == (town.waste, town.old, town.water)
    assert proposal.evidence == {
        "corrections": 5, "others": 0, "stayed": 1, "days": 90, "was": {"old": 5},
        "references": [incident.reference for incident in reversed(incidents)], "received": 6,
        "moves": [{"area": "001", "was": "old", "to": "water", "n": 6}],
    }  # fmt: skip
    assert proposals.propose_rules() == []  # once


def test_corrections_all_over_are_proposed_for_the_whole_city(town, officer, monkeypatch):
    monkeypatch.setattr(proposals, "AREAS", 2)
    for place in [factories.IN_OLD] * 3 + [factories.IN_NEW] * 2:
        correct_authority(town, officer, place=place)
    (proposal,) = proposals.propose_rules()
    assert (proposal.area, proposal.authority, proposal.evidence["corrections"]) == (None, town.water, 5)


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("corrections", "stayed", "days_ago", "proposed"),
    [(4, 0, 0, 0), (5, 3, 0, 1), (5, 4, 0, 0), (6, 4, 0, 1), (5, 0, 91, 0), (5, 0, 89, 1)],
)
def test_few_mixed_or_old_corrections_are_chance(town, officer, corrections, stayed, days_ago, proposed):
    for _n in range(corrections):
        correct_authority(town, officer)
    for _n in range(stayed):
        workflow.move(factories.incident(town.waste), "resolve", by=officer, note="Đã dọn")
    assert len(proposals.propose_rules(now() + timedelta(days=days_ago))) == proposed


def test_accepted_it_is_the_rule_for_the_next_report(town, officer, operator):
    for _n in range(5):
        correct_authority(town, officer)
    (proposal,) = proposals.propose_rules()
    proposals.accept_proposal(
        proposal, by=operator, reason="Rác ở đây do công ty dọn.", reason_en="The company clears waste here."
    )
    incident = factories.incident(town.waste)
    assert incident.authority == town.water
    assert incident.timeline.get(kind="assigned").reasons[-1] == {
        "vi": "Rác ở đây do công ty dọn.", "en": "The company clears waste here.",
    }  # fmt: skip
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (RuleProposal.State.ACCEPTED, operator)
    assert proposals.propose_rules() == []  # the rules say so by now
    with pytest.raises(proposals.DecidedAlready):
        proposals.dismiss_proposal(proposal, by=operator)


def test_dismissed_it_comes_back_only_with_new_corrections(town, officer, operator):
    for _n in range(5):
        correct_authority(town, officer)
    (proposal,) = proposals.propose_rules()
    proposals.dismiss_proposal(proposal, by=operator)
    assert (RoutingRule.objects.filter(area=town.old).count(), proposals.propose_rules()) == (0, [])
    for _n in range(4):
        correct_authority(town, officer)
    assert proposals.propose_rules() == []
    correct_authority(town, officer)
    (again,) = proposals.propose_rules()
    assert again.evidence["corrections"] == 10


def test_proposal_follows_the_more_recent_corrections(town, officer):
    for _n in range(5):
        correct_authority(town, officer)
    proposals.propose_rules()
    for _n in range(9):
        correct_authority(town, officer, to=town.other)
    (proposal,) = proposals.propose_rules()
    assert (proposal.authority, RuleProposal.objects.filter(state="proposed").count()) == (town.other, 1)


def test_an_assignment_keeps_its_receipt(town):
    RoutingRule.objects.create(category=town.leak, area=town.old, authority=town.office, reason="Ở đây phường lo.")
    incident = factories.incident(town.leak)
    ward, company = (
        RoutingRule.objects.get(category=town.leak), RoutingRule.objects.get(category=town.pipes)
    )  # fmt: skip
    assert incident.timeline.get(kind="assigned").receipt == {
        "edition": town.edition.pk, "areas": ["001"],
        "candidates": [
            {"rule": ward.pk, "field": "leaf", "area": "001", "authority": "old"},
            {"rule": company.pk, "field": "group", "area": "", "authority": "water"},
        ],
    }  # fmt: skip
    assert factories.incident(town.unclear).timeline.get(kind="assigned").receipt["candidates"] == []


def test_who_answers_is_the_first_candidate(town):
    law = rules.RuleSnapshot.now([town.edition.pk])
    first, *_others = rules.matching_rules(town.leak, (town.old,), law.rules, law.own)
    assert rules.choose_authority(town.leak, (town.old,), law.rules, law.own) == first[:2]
