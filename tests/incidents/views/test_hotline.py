"""Test the pages of the hotline without scripts: begin, save, look up, report, end; and refusals."""

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gis_data.models import Landmark
from incidents.models import Call, Membership, Question, Report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(town, client):
    town.city.holidays = "VN"
    town.city.save()
    Landmark.objects.create(
        city=town.city, name="Chợ Cá", search="cho ca", point=Point(10.0055, 50.0052, srid=4326), kind="market"
    )
    client.force_login(factories.person("operator", town.desk, Membership.Role.OPERATOR))
    return client


def begin_call(desk, **sent):
    return desk.post("/operator/calls/", sent)


def test_ringing_number_is_taken_over_by_the_page(town, desk):
    page = desk.get("/operator/", {"from": "+84903123018"}).content.decode()
    assert "data-ringing" in page
    assert 'value="+84903123018"' in page
    assert not Call.objects.exists()  # a page that is only read changes nothing
    answer, call = begin_call(desk, phone="0903 123 018", rang="1"), Call.objects.get()
    assert (call.phone, call.rang, answer["Location"]) == ("+84903123018", True, f"/operator/calls/{call.pk}/")
    assert "0903 ••• 018" in desk.get(answer["Location"]).content.decode()
    assert "+84903123018" not in desk.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("number", ["anonymous", "", "7", "090312301", "x" * 500])
def test_number_that_is_none_does_not_keep_a_call_away(town, desk, number):
    answer = begin_call(desk, phone=number, rang="1")
    assert (Call.objects.get().phone, answer.status_code) == ("", 302)


def test_typed_number_that_is_none_is_said(town, desk):
    answer = desk.post("/operator/calls/", {"phone": "090312301"})
    assert (answer.status_code, Call.objects.count()) == (400, 0)
    assert "Số này" in answer.content.decode()


def test_words_of_danger_show_the_numbers_to_the_operator(town, desk):
    town.city.emergency = [
        {"number": "113", "what": "Công an", "dangers": ["crime"]},
        {"number": "114", "what": "Cứu hỏa", "dangers": ["fire"]},
    ]
    town.city.save()
    at = begin_call(desk)["Location"]
    page = desk.post(f"{at}draft/", {"saw": 0, "text": "người dân báo nhà đang cháy lớn"}).content.decode()
    urgent = page.partition('id="urgent"')[2].partition('id="asked"')[0]
    assert 0 < urgent.index(">114<") < urgent.index(">113<")


def test_call_is_taken_down_without_scripts(town, desk):
    known = factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326))
    answer = begin_call(desk)
    at = answer["Location"]
    page = desk.post(f"{at}draft/", {"saw": 0, "text": "Ổ gà trước chợ Cá"}).content.decode()
    assert f"join-{known.reference}" in page
    assert "UBND Old Wharf" in page
    sent = {"saw": 1, "text": "Ổ gà trước chợ Cá", "act": "new", "phone": "0903123018", "danger": "none"}
    answer = desk.post(f"{at}report/", sent)
    report = Report.objects.exclude(incident=known).get()
    assert (answer.status_code, answer["Location"], report.phone) == (303, at, "+84903123018")
    assert report.incident.reference in desk.get(at).content.decode()
    assert desk.post(f"{at}report/", sent)["Location"] == at  # pressed twice
    assert Report.objects.count() == 2


def test_only_what_is_chosen_counts_as_chosen(town, desk):
    answer = begin_call(desk)
    address = f"{answer['Location']}draft/"
    desk.post(address, {"saw": 0, "text": "Ổ gà", "category": "ST.1", "guessed_category": "ST.1"})
    assert Call.objects.get().category is None
    desk.post(address, {"saw": 1, "text": "Ổ gà", "category": "ST.2", "guessed_category": "ST.1"})
    assert Call.objects.get().category == town.waste
    desk.post(address, {"saw": 2, "text": "Ổ gà", "category": "ST.2", "guessed_category": ""})
    assert Call.objects.get().category == town.waste
    desk.post(address, {"saw": 3, "where": "chợ cá", "spot": "10.005,50.005,20,|Cổng", "guessed_spot": ""})
    assert (Call.objects.get().spot, Call.objects.get().spot_title) == ("10.005,50.005,20,", "Cổng")
    desk.post(address, {"saw": 4, "where": "harbour road", "spot": "10.005,50.005,20,|Cổng", "guessed_spot": ""})
    assert Call.objects.get().spot == ""  # other words, another place


def test_half_typed_number_keeps_nothing_from_being_saved(town, desk):
    answer = begin_call(desk)
    sent = {"saw": 0, "text": "Ổ gà", "phone": "0903", "spot": "nonsense", "part": "live"}
    assert desk.post(f"{answer['Location']}draft/", sent).status_code == 200
    assert (Call.objects.get().text, Call.objects.get().phone, Call.objects.get().saves) == ("Ổ gà", "", 1)


def test_report_names_every_faulty_field(town, desk):
    answer = begin_call(desk)
    sent = {"saw": 0, "text": "x" * 4001, "phone": "0903", "category": "no", "spot": "no", "danger": "no"}
    page = desk.post(f"{answer['Location']}report/", sent)
    assert (page.status_code, Report.objects.count()) == (400, 0)
    errors = page.context["form"].errors
    assert sorted(errors) == ["category", "danger", "phone", "spot", "text"]


def test_stale_page_is_told_so(town, desk):
    answer = begin_call(desk)
    desk.post(f"{answer['Location']}draft/", {"saw": 0, "text": "Ổ gà"})
    late = desk.post(f"{answer['Location']}draft/", {"saw": 0, "text": "Rác"})
    assert (late.status_code, late.json()["error"][:14]) == (409, "Cuộc gọi này đ")
    assert desk.post(f"{answer['Location']}report/", {"saw": 0, "text": "Rác"}).status_code == 409
    assert desk.post(f"{answer['Location']}draft/", {"text": "Rác"}).status_code == 409


def test_others_find_no_such_call(town, desk, client):
    answer = begin_call(desk)
    client.force_login(factories.person("other", town.desk, Membership.Role.OPERATOR))
    at = answer["Location"]
    assert [client.get(at).status_code, client.post(f"{at}draft/").status_code] == [404, 404]
    client.force_login(factories.person("officer", town.office, Membership.Role.OFFICER))
    assert [client.get("/operator/").status_code, client.post("/operator/calls/").status_code] == [404, 404]


def test_call_ends_without_a_report_and_stands_in_the_day(town, desk):
    answer = begin_call(desk, phone="0903123018")
    at = answer["Location"]
    assert desk.post(f"{at}end/", {"outcome": "new"}).status_code == 400
    assert desk.post(f"{at}end/", {"outcome": "passed_on"})["Location"] == "/operator/"
    assert (Call.objects.get().outcome, desk.post(f"{at}end/", {"outcome": "nothing"}).status_code) == (
        "passed_on",
        409,
    )
    assert "0903 ••• 018" in desk.get("/operator/").content.decode()


def test_queries_do_not_grow_with_what_is_near(town, desk):
    def near(step):
        factories.incident(town.hole, Point(10.0056 + step / 1e5, 50.0052, srid=4326), phone="+84903123018")

    def count_queries():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(at).status_code == 200
        return len(queries)

    near(0)
    at = begin_call(desk, phone="0903123018")["Location"]
    desk.post(f"{at}draft/", {"saw": 0, "text": "Ổ gà trước chợ Cá"})
    alone = count_queries()
    for step in range(1, 6):
        near(step)
    assert count_queries() == alone


def test_questions_of_the_kind_are_asked_and_answered(town, desk):
    Question.objects.create(category=town.hole, code="deep", datatype="number", required=True, text="Sâu bao nhiêu cm?")
    at = begin_call(desk)["Location"]
    sent = {"text": "Ổ gà trước chợ Cá"}
    assert "Sâu bao nhiêu cm?" in desk.post(f"{at}draft/", sent | {"saw": 0, "part": "live"}).content.decode()
    page = desk.post(f"{at}report/", sent | {"saw": 1, "act": "new"})
    assert (page.status_code, Report.objects.count()) == (400, 0)
    assert [bool(question.fault) for question in page.context["questions"]] == [True]
    assert desk.post(f"{at}report/", sent | {"saw": 2, "act": "new", "q-deep": "30"}).status_code == 303
    assert [answer["value"] for answer in Report.objects.get().answers] == [["30"]]


def test_who_joins_owes_no_answers(town, desk):
    factories.incident(town.hole, Point(10.0056, 50.0052, srid=4326))
    Question.objects.create(category=town.hole, code="deep", datatype="number", required=True, text="Sâu bao nhiêu cm?")
    at = begin_call(desk)["Location"]
    assert desk.post(f"{at}report/", {"saw": 0, "text": "Ổ gà trước chợ Cá", "act": "join"}).status_code == 303
    assert [report.answers for report in Report.objects.filter(channel="phone")] == [[]]


def test_call_is_read_and_saved_with_few_statements(town, desk):
    """The page is requested at each ring and the draft at each pause in typing, so the count must not grow with calls
    or incidents.
    """
    for n in range(12):
        factories.incident(town.hole, Point(10.005 + n * 0.00005, 50.005, srid=4326), phone="+84903123018")
    at = begin_call(desk, phone="0903123018", rang="1")["Location"]
    sent = {"text": "Ổ gà", "spot": "10.005,50.005,20,|Cổng", "guessed_spot": "", "part": "live"}
    desk.post(f"{at}draft/", sent | {"saw": 0})
    desk.get(at)  # reads the names and the rules
    with CaptureQueriesContext(connection) as page:
        desk.get(at)
    with CaptureQueriesContext(connection) as draft:
        desk.post(f"{at}draft/", sent | {"saw": 1})
    # One of the page's asks which of the incidents on it are not public: a look at these is recorded.
    assert (len(page) <= 21, len(draft) <= 17) == (True, True), (len(page), len(draft))


def test_home_asks_as_often_for_many_calls_as_for_one(town, desk):
    counts = []
    for _twice in range(2):
        begin_call(desk, phone=f"090312301{len(counts)}", rang="1")
        with CaptureQueriesContext(connection) as queries:
            desk.get("/operator/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
