"""Questions of a category: on the form, in the chat, by Open311 and at the desk."""

import hashlib
from datetime import datetime
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.utils.timezone import get_current_timezone

from gis_data.pack import InvalidData
from incidents import reporting
from incidents.data_requests import requests as data_requests
from incidents.models import ApiKey, HeldReport, Incident, Question, Report, WatchedWord
from incidents.reporting import questions
from incidents.seed import catalogue
from tests.incidents.channels.chats import locate_message

BASE, KEY = "/open311/v2/", "swordfish"
HERE = {"lat": "50.005", "long": "10.005"}
CHOICES = [{"key": "knee", "vi": "Đầu gối", "en": "Knee"}, {"key": "seat", "vi": "Yên xe", "en": "Seat"}]


@pytest.fixture
def asking_town(town):
    """Questions on potholes: each type once; the first is required."""
    rows = [
        ("depth", "singlevaluelist", {"required": True, "choices": CHOICES}),
        ("where", "multivaluelist", {"choices": CHOICES}),
        ("homes", "number", {}), ("since", "datetime", {}), ("pole", "string", {}), ("story", "text", {}),
        ("customer", "string", {"personal": True}), ("danger", "note", {}),
    ]  # fmt: skip
    for position, (code, datatype, more) in enumerate(rows):
        fields = {"text": f"{code} vi", "text_en": f"{code} en", "position": position} | more
        Question.objects.create(category=town.hole, code=code, datatype=datatype, **fields)
    return town


def value_of(answers, code):
    return next((answer["value"] for answer in answers if answer["code"] == code), None)


@pytest.mark.parametrize(("code", "sent", "stored"), [
    ("depth", ["seat"], ["seat"]),
    ("where", ["seat", "knee", "seat"], ["knee", "seat"]),
    ("homes", [" 12 "], ["12"]),
    ("homes", ["2,5"], ["2.5"]),
    ("homes", ["-0.25"], ["-0.25"]),
    ("pole", ["  A\u0301 1\x00 "], ["Á 1"]),
    ("story", ["one\ntwo"], ["one\ntwo"]),
    ("customer", ["PE01"], ["PE01"]),
    ("pole", ["", " "], None),
    ("danger", ["x"], None),
    ("nothing", ["x"], None),
])  # fmt: skip
def test_good_answers_are_kept(asking_town, code, sent, stored):
    answers = questions.check_answers(asking_town.hole, {"depth": ["knee"]} | {code: sent})
    assert value_of(answers, code) == stored


@pytest.mark.parametrize("sent", ["2026-01-05T08:00", "2026-01-05 08:00:00", "2026-01-05T01:00:00Z"])
def test_moment_without_a_zone_is_the_time_of_the_city(asking_town, sent):
    answers = questions.check_answers(asking_town.hole, {"depth": ["knee"], "since": [sent]})
    expected = datetime(2026, 1, 5, 8, tzinfo=get_current_timezone())
    assert datetime.fromisoformat(value_of(answers, "since")[0]) == expected


@pytest.mark.parametrize(("sent", "faulty"), [
    ({}, {"depth"}),
    ({"depth": [""]}, {"depth"}),
    ({"depth": ["deep"]}, {"depth"}),
    ({"depth": ["knee", "seat"]}, {"depth"}),
    ({"where": ["knee", "moon"]}, {"depth", "where"}),
    ({"homes": ["many"]}, {"depth", "homes"}),
    ({"homes": ["nan"]}, {"depth", "homes"}),
    ({"homes": ["inf"]}, {"depth", "homes"}),
    ({"homes": ["9" * 400]}, {"depth", "homes"}),
    ({"since": ["yesterday"]}, {"depth", "since"}),
    ({"since": ["9999-12-31T23:59:59-14:00"]}, {"depth", "since"}),
    ({"pole": ["x" * 201]}, {"depth", "pole"}),
    ({"story": ["x" * 2001]}, {"depth", "story"}),
])  # fmt: skip
def test_bad_answers_are_all_named(asking_town, sent, faulty):
    with pytest.raises(questions.BadAnswers) as bad:
        questions.check_answers(asking_town.hole, sent)
    assert bad.value.faults.keys() == faulty


def test_who_joins_may_leave_required_answers_out(asking_town):
    assert questions.check_answers(asking_town.hole, {}, joins=True) == []
    with pytest.raises(questions.BadAnswers) as bad:
        questions.check_answers(asking_town.hole, {"depth": ["deep"]}, joins=True)
    assert bad.value.faults.keys() == {"depth"}


def test_questions_of_a_group_are_asked_of_all_that_lies_in_it(asking_town):
    Question.objects.create(category=asking_town.streets, code="times", datatype="text", text="Khi nào?", position=99)
    assert [question.code for question in questions.questions_of(asking_town.waste)] == ["times"]
    assert [question.code for question in questions.questions_of(asking_town.hole)][-1] == "times"
    assert questions.questions_of(asking_town.leak) == []


# ---- other systems ----


@pytest.fixture
def post(client, asking_town):
    ApiKey.objects.create(name="Neighbour City", sha256=hashlib.sha256(KEY.encode()).hexdigest())

    def send(**fields):
        sent = {"api_key": KEY, "service_code": "ST.1"} | HERE | fields
        return client.post(f"{BASE}requests.json", sent, headers={"Accept-Language": "en"})

    return send


def test_service_is_defined_by_its_questions(client, asking_town):
    rows = {row["service_code"]: row["metadata"] for row in client.get(BASE + "services.json").json()}
    assert (rows["ST.1"], rows["ST.2"]) == (True, False)
    attributes = client.get(BASE + "services/ST.1.json", headers={"Accept-Language": "en"}).json()["attributes"]
    columns = ("code", "datatype", "required", "variable", "order")
    assert [tuple(attribute[column] for column in columns) for attribute in attributes] == [
        ("depth", "singlevaluelist", True, True, 1), ("where", "multivaluelist", False, True, 2),
        ("homes", "number", False, True, 3), ("since", "datetime", False, True, 4), ("pole", "string", False, True, 5),
        ("story", "text", False, True, 6), ("customer", "string", False, True, 7),
        ("danger", "string", False, False, 8),
    ]  # fmt: skip
    assert attributes[0]["values"] == [{"key": "knee", "name": "Knee"}, {"key": "seat", "name": "Seat"}]
    xml = ElementTree.fromstring(client.get(BASE + "services/ST.1.xml").content)
    assert [attribute.tag for attribute in xml.findall("attributes/attribute/values/value")] == ["value"] * 4


@pytest.mark.parametrize("several", [{"attribute[where][]": ["knee", "seat"]}, {"attribute[where]": ["knee", "seat"]}])
def test_attributes_are_kept_with_the_text_of_the_question(post, several):
    response = post(**{"attribute[depth]": "knee", "attribute[customer]": "PE01"} | several)
    assert response.status_code == 200, response.content
    answers = Report.objects.get().answers
    assert [(answer["code"], answer["value"]) for answer in answers] == [
        ("depth", ["knee"]), ("where", ["knee", "seat"]), ("customer", ["PE01"]),
    ]  # fmt: skip
    assert answers[0]["question"] == {"vi": "depth vi", "en": "depth en"}
    assert answers[1]["answer"] == {"vi": "Đầu gối, Yên xe", "en": "Knee, Seat"}


def test_missing_and_bad_attributes_are_named(post):
    response = post(description="x" * 4001, **{"attribute[homes]": "many"})
    assert sorted(error["description"].partition(": ")[0] for error in response.json()) == [
        "attribute[depth]", "attribute[homes]", "description",
    ]  # fmt: skip
    assert (response.status_code, Report.objects.count()) == (400, 0)


def test_attribute_that_nobody_asked_for_is_said_to_be_lost(post):
    (answer,) = post(**{"attribute[depth]": "knee", "attribute[MOON]": "full"}).json()
    assert answer["service_notice"].endswith("Not saved: attribute[MOON].")


def test_held_report_keeps_its_answers(post, officer):
    WatchedWord.watch("gambling")
    post(description="gambling", **{"attribute[depth]": "knee"})
    held_report = HeldReport.objects.get()
    assert value_of(held_report.answers, "depth") == ["knee"]
    assert value_of(reporting.let_through(held_report, by=officer).answers, "depth") == ["knee"]


def test_answers_lie_encrypted_and_are_erased_with_the_contact(post):
    post(**{"attribute[depth]": "knee", "attribute[customer]": "PE0123"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT answers FROM incidents_report")
        assert b"PE0123" not in bytes(cursor.fetchone()[0])
    data_requests.erase_reports(Report.objects.all(), words=False)
    assert Report.objects.get().answers == []


# ---- the form ----


def form(**more):
    return {"category": "ST.1", "lon": "10.005", "lat": "50.005"} | more


def test_form_asks_and_takes_answers(client, asking_town):
    fragment = client.get("/report/questions/", {"category": "ST.1"}).content.decode()
    assert [name in fragment for name in ("q-depth", "q-where", "q-since", "danger vi", "q-nothing")] == [
        True, True, True, True, False,
    ]  # fmt: skip
    assert "q-" not in client.get("/report/questions/", {"category": "x\x01"}).content.decode()
    sent = client.post("/report/", form(**{"q-depth": "knee", "q-where": ["seat"], "q-since": "2026-01-05T08:00"}))
    assert sent.status_code == 303
    assert [(answer["code"], answer["value"][0][:16]) for answer in Report.objects.get().answers] == [
        ("depth", "knee"), ("where", "seat"), ("since", "2026-01-05T08:00"),
    ]  # fmt: skip


def test_form_shows_what_is_wrong_beside_the_question(client, asking_town):
    sent = client.post("/report/", form(**{"q-homes": "many", "q-pole": "<b>7"}))
    page = sent.content.decode()
    assert (sent.status_code, Report.objects.count()) == (400, 0)
    assert [page.count(text) for text in ('value="many"', "&lt;b&gt;7", 'id="q-homes-fault"')] == [1, 1, 1]
    assert [question.fault != "" for question in sent.context["questions"]][:3] == [True, False, True]


# ---- the desk ----


def test_desk_reads_answers_and_personal_ones_with_the_contact(post, client, officer):
    post(**{"attribute[depth]": "knee", "attribute[customer]": "PE0123"})
    reference = Incident.objects.get().reference
    client.force_login(officer)
    page = client.get(f"/desk/{reference}/").content.decode()
    assert [text in page for text in ("depth vi", "Đầu gối", "customer vi", "PE0123")] == [True, True, True, False]
    shown = client.post(f"/desk/{reference}/contact/").content.decode()
    assert "PE0123" in shown
    public = client.get(f"/i/{reference}/").content.decode()
    assert [text in public for text in ("Đầu gối", "PE0123")] == [False, False]


# ---- the chat ----


def test_chat_asks_what_must_be_answered(says, asking_town):
    says("Ổ gà sâu")
    [question] = says(**locate_message())
    assert question.splitlines() == ["depth vi", "1. Đầu gối", "2. Yên xe"]
    says("2")
    says("gửi")
    assert [(answer["code"], answer["value"]) for answer in Report.objects.get().answers] == [("depth", ["seat"])]


# ---- the pack ----


ROW = {
    "line": 2, "category": "ST.1", "code": "depth", "datatype": "singlevaluelist", "required": "yes", "personal": "",
    "text": "Sâu cỡ nào?", "text_en": "How deep?", "hint": "", "hint_en": "", "choices": "knee: Gối / Knee | seat: Yên",
}  # fmt: skip


def test_questions_of_a_pack_are_written_and_old_ones_go(town):
    known = {"ST.1": town.hole}
    Question.objects.create(category=town.hole, code="old", datatype="text", text="?")
    catalogue.load_questions([ROW], known)
    (question,) = Question.objects.all()
    assert (question.code, question.required, question.title) == ("depth", True, "Sâu cỡ nào?")
    assert question.choices == [{"key": "knee", "vi": "Gối", "en": "Knee"}, {"key": "seat", "vi": "Yên", "en": "Yên"}]


@pytest.mark.parametrize("change", [
    {"category": "XX"}, {"code": ""}, {"code": "a b"}, {"datatype": "colour"}, {"required": "perhaps"}, {"text": ""},
    {"choices": ""}, {"datatype": "text"}, {"choices": "knee"}, {"choices": "knee: a | knee: b"},
    {"datatype": "note", "choices": ""},
])  # fmt: skip
def test_bad_question_of_a_pack_is_told(town, change):
    with pytest.raises(InvalidData, match=r"^questions\.csv line 2: "):
        catalogue.load_questions([ROW | change], {"ST.1": town.hole})
    assert not Question.objects.exists()
