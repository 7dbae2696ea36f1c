"""Hotline calls: saved while typing, suggestions, reports, and ownership."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.gis.geos import Point

from gis_data.models import Landmark
from incidents import access, reporting
from incidents.data_requests import requests as data_requests
from incidents.disclosure import subject_requests
from incidents.hotline import calls
from incidents.hotline.suggestions import suggest_for_call
from incidents.models import Call, CallScript, Incident, Membership, PersonalDataView, Report
from tests import factories

pytestmark = pytest.mark.django_db
PHONE = "+84903123018"
SPOT = "10.005000,50.005000,20,"


@pytest.fixture
def call(town, operator):
    Landmark.objects.create(
        city=town.city, name="Chợ Cá", search="cho ca", point=Point(10.0055, 50.0052, srid=4326), kind="market"
    )
    return calls.begin_call(by=operator, phone=PHONE, rang=True)


def type_in(call, by, **typed):
    return calls.save_draft(call, typed, by=by, saw=Call.objects.get(pk=call.pk).saves)


def suggestions_of(call):
    return suggest_for_call(Call.objects.select_related("category").get(pk=call.pk), Incident.objects.all())


def test_words_suggest_kind_place_unit_and_what_is_near(town, call, operator):
    near = factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326))
    of_field = factories.incident(town.waste, Point(10.0056, 50.0052, srid=4326))
    other = factories.incident(town.leak, Point(10.0055, 50.0052, srid=4326))
    far = factories.incident(town.hole, Point(10.0155, 50.0052, srid=4326))
    type_in(call, operator, text="Ổ gà to trước chợ Cá, xe té hoài")
    suggestions = suggestions_of(call)
    assert (suggestions.category, suggestions.place.title, suggestions.phrase) == (
        town.hole,
        "Chợ Cá, Phường Old Wharf",
        "trước chợ Cá",
    )
    # Of the same kind first, then of its field, then what is of another, though it is nearer.
    assert [incident.pk for incident in suggestions.near] == [near.pk, of_field.pk, other.pk]
    assert (suggestions.join, suggestions.unit, suggestions.urgent) == (near, "UBND Old Wharf", False)
    assert far.pk not in [incident.pk for incident in suggestions.near]


def test_incident_at_the_same_address_is_offered_first(town, call, operator):
    spot = "10.005500,50.005200,779,"
    at_house = factories.incident(town.waste, Point(10.0100, 50.0052, srid=4326), address="148 Bến Cá")
    alley = factories.incident(town.hole, Point(10.0101, 50.0052, srid=4326), address="Hẻm 148 Bến Cá")
    nearer = factories.incident(town.hole, Point(10.0057, 50.0052, srid=4326), address="12 Bến Cá")
    type_in(call, operator, text="Ổ gà to", where="148 Bến Cá", spot=spot, spot_title="148 Bến Cá, Phường Old Wharf")
    suggestions = suggestions_of(call)
    assert (suggestions.place.title, suggestions.near_m) == ("148 Bến Cá, Phường Old Wharf", 779)
    assert [incident.pk for incident in suggestions.near] == [alley.pk, nearer.pk, at_house.pk]
    assert [incident.at_address for incident in suggestions.near] == [True, False, True]
    assert suggestions.join == alley


def test_kind_that_the_words_may_mean_stands_before_others(town, call, operator):
    place = Point(10.0056, 50.0052, srid=4326)
    leak, waste = factories.incident(town.leak, place), factories.incident(town.waste, place)
    type_in(call, operator, text="Ổ gà, rác thải trước chợ Cá")
    suggestions = suggestions_of(call)
    assert town.waste in suggestions.categories
    assert [incident.pk for incident in suggestions.near] == [waste.pk, leak.pk]


def test_what_was_chosen_by_hand_stays(town, call, operator):
    near = factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326))
    type_in(
        call, operator, text="Ổ gà trước chợ Cá", spot=SPOT, spot_title="Cổng số 2", category=town.waste, join="new"
    )
    suggestions = suggestions_of(call)
    assert (suggestions.category, suggestions.place.value, suggestions.place.title) == (town.waste, SPOT, "Cổng số 2")
    assert (suggestions.join, [incident.pk for incident in suggestions.near]) == (None, [near.pk])


def test_known_matter_is_joined_and_an_unknown_one_is_new(town, call, operator):
    known = factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326))
    type_in(call, operator, text="Ổ gà trước chợ Cá")
    joined = calls.report_call(call, by=operator)
    assert (joined.incident_id, joined.channel, joined.phone, joined.text) == (
        known.pk,
        "phone",
        PHONE,
        "Ổ gà trước chợ Cá",
    )
    other = calls.begin_call(by=operator, phone="+84903123019")
    type_in(other, operator, text="Rác thải đầy trước chợ Cá", join="new")
    new = calls.report_call(other, by=operator)
    assert (new.incident.category, new.incident.address, new.incident.authority) == (town.waste, "Chợ Cá", town.office)
    assert new.phone_confirmed_at is not None
    outcomes = Call.objects.order_by("pk").values_list("outcome", "incident", "report")
    assert list(outcomes) == [("joined", known.pk, joined.pk), ("new", new.incident_id, new.pk)]
    assert [line.by for line in new.incident.timeline.filter(kind="received")] == [operator]


def test_messages_go_to_the_number_in_the_callers_language(town, call, operator):
    type_in(call, operator, text="Ổ gà trước chợ Cá", language="en")
    report = calls.report_call(call, by=operator)
    assert (report.phone, report.language, report.phone_confirmed_at is None) == (PHONE, "en", False)


def test_same_call_gives_one_report(town, call, operator):
    type_in(call, operator, text="Ổ gà trước chợ Cá")
    assert calls.report_call(call, by=operator).pk == calls.report_call(call, by=operator).pk
    assert Report.objects.count() == 1
    assert isinstance(Report.objects.get().sending, UUID)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"text": "Ổ gà"}, "where"),
        ({"text": "trước chợ Cá"}, "category"),
        ({"text": "Ổ gà", "spot": "11.0,51.0,20,"}, "where"),
        ({}, "category"),
    ],
)
def test_what_lacks_is_said_and_nothing_is_stored(town, call, operator, typed, field):
    type_in(call, operator, **typed)
    with pytest.raises(reporting.ReportRefused) as refused:
        calls.report_call(call, by=operator)
    assert refused.value.field == field
    assert not Report.objects.exists()
    assert Call.objects.get().is_open


def test_danger_makes_a_new_incident_dangerous(town, call, operator):
    type_in(call, operator, text="Ổ gà trước chợ Cá", danger="hurt")
    assert calls.report_call(call, by=operator).incident.severity == "dangerous"


def test_script_is_that_of_the_kind_and_the_danger(town, call, operator):
    scripts = {
        name: CallScript.objects.create(category=category, danger=danger, words=name)
        for name, category, danger in (
            ("hurt", None, "hurt"), ("danger", None, "danger"), ("pipes", town.pipes, ""), ("leak", town.leak, ""),
            ("hole hurt", town.hole, "hurt"),
        )
    }  # fmt: skip

    def scripts_for(**typed):
        suggestions = suggestions_of(type_in(call, operator, **typed))
        return [script.words for script in suggestions.scripts], suggestions.urgent

    assert scripts_for(text="Rác") == ([], False)
    assert scripts_for(text="Rò rỉ nước") == (["leak", "pipes"], True)
    assert scripts_for(text="Ổ gà", danger="danger") == (["danger"], True)
    assert scripts_for(danger="hurt") == (["danger", "hole hurt", "hurt"], True)
    assert scripts_for(text="Đang cháy nhà", danger="none") == (["danger"], True)
    assert len(scripts) == 5


def test_what_two_windows_save_is_not_lost_unnoticed(town, call, operator):
    type_in(call, operator, text="Ổ")
    with pytest.raises(calls.SavedElsewhere):
        calls.save_draft(call, {"text": "Rác"}, by=operator, saw=0)
    assert Call.objects.get().text == "Ổ"


def test_only_who_has_a_call_and_only_while_it_lasts(town, call, operator):
    other = factories.person("other", town.desk, Membership.Role.OPERATOR)
    with pytest.raises(calls.NotYours):
        calls.save_draft(call, {"text": "x"}, by=other, saw=0)
    with pytest.raises(calls.NotYours):
        calls.report_call(call, by=other)
    calls.end_call(call, Call.Outcome.NOTHING, by=operator)
    with pytest.raises(calls.NotYours):
        calls.save_draft(call, {"text": "x"}, by=operator, saw=0)


def test_a_number_brings_up_what_it_reported(town, operator):
    first = factories.incident(town.hole, phone=PHONE).reports.get()
    factories.incident(town.hole, phone="+84903123019")
    call = calls.begin_call(by=operator, phone=PHONE, rang=True)
    assert calls.begin_call(by=operator, phone=PHONE, rang=True).pk == call.pk
    assert [report.pk for report in calls.reports_of_number(PHONE)] == [first.pk]
    typed = calls.begin_call(by=operator)
    calls.save_draft(typed, {"phone": PHONE}, by=operator, saw=0)
    looks = PersonalDataView.objects.order_by("pk").values_list("how", "by", "reports")
    assert list(looks) == [("call", operator.pk, [first.pk]), ("lookup", operator.pk, [first.pk])]


def test_operator_joins_what_is_not_public(town, call, operator):
    hidden = factories.incident(town.secret, Point(10.0056, 50.0052, srid=4326))
    type_in(call, operator, text="Bạo hành trước chợ Cá")
    suggestions = suggest_for_call(Call.objects.get(), access.incidents_for(operator))
    # Somebody may be in danger: the kind, which is not urgent, is offered, and the operator chooses it.
    assert (suggestions.categories, suggestions.category, suggestions.join) == ([town.secret], None, None)
    type_in(call, operator, category=town.secret)
    suggestions = suggest_for_call(Call.objects.get(), access.incidents_for(operator))
    assert suggestions.join == hidden


def test_calls_are_forgotten_in_their_time_and_by_request(town, call, operator, moment):
    ended = calls.begin_call(by=operator)
    calls.end_call(ended, Call.Outcome.NOTHING, by=operator)
    for days, left in ((29, 2), (31, 0)):
        data_requests.delete_old_calls(moment + timedelta(days=days))
        assert Call.objects.count() == left
    erased, kept_call = (calls.begin_call(by=operator, phone=phone) for phone in (PHONE, "+84903123019"))
    request = subject_requests.record_request("erase", by=operator, phone=PHONE)
    data_requests.fulfil_request(request, by=operator)
    assert [call_row.pk for call_row in Call.objects.all()] == [kept_call.pk] != [erased.pk]
