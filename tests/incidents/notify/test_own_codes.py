"""The own reports by a code to a phone or an e-mail address: for its owner, for some days, and telling nobody else."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.http.token_bucket import Limit
from gis_data.models import City
from incidents import jobs
from incidents.data_requests import requests as data_requests
from incidents.disclosure import register, subject_requests
from incidents.models import AddressCode, Browser, Notice, PersonalDataView, Report
from incidents.notify import own_codes
from incidents.reporting import puzzle
from tests import factories, puzzles

pytestmark = pytest.mark.django_db
PHONE, TYPED, EMAIL = "+84901234567", "0901 234 567", "An@example.org"


@pytest.fixture(autouse=True)
def provider(settings, policies, town):
    policies.quiet_hours = ""
    settings.SMS_PROVIDER, settings.SMS_COST = "esms", 350
    City.objects.update(holidays="VN")


def visitor(address="203.0.113.7"):
    client = Client(REMOTE_ADDR=address)
    client.cookies["django_language"] = "en"
    return client


def report_with(category, *, confirmed=True, **contact):
    """A report with this contact, which its owner has confirmed, or not."""
    report = factories.incident(category, **contact).reports.get()
    fields = {f"{field}_confirmed_at": now() for field in contact} if confirmed else {}
    Report.objects.filter(pk=report.pk).update(**fields)
    return report


def ask(client, contact, reference=""):
    """Ask for a code, and let the worker do what is deferred; the code that was sent, or None."""
    before = Notice.objects.count()
    answer = client.post("/mine/code/", {"contact": contact, "reference": reference})
    assert (answer.status_code, answer["Location"]) == (303, "/mine/code/")
    own_codes.send_code(AddressCode.objects.latest("pk").pk)
    sent = Notice.objects.order_by("-pk").first() if Notice.objects.count() > before else None
    return re.search(r"\b\d{6}\b", sent.text)[0] if sent else None


def enter(client, code):
    return client.post("/mine/code/", {"code": code})


def references_at_mine(client):
    return {card.incident.reference for card in client.get("/mine/").context["listed"].cards}


@pytest.mark.parametrize(("typed", "contact"), [(TYPED, {"phone": PHONE}), ("an@EXAMPLE.org", {"email": EMAIL})])
def test_code_opens_all_confirmed_reports_of_an_address(town, typed, contact):
    reports = [report_with(town.hole, **contact), report_with(town.secret, **contact)]
    report_with(town.hole, phone="+84901234568")
    report_with(town.hole, confirmed=False, **contact)
    client = visitor()
    code = ask(client, typed)
    assert references_at_mine(client) == set()
    answer = enter(client, f" {code[:3]} {code[3:]} ")
    assert (answer.status_code, answer["Location"]) == (303, "/mine/?found=1")
    assert references_at_mine(client) == {report.incident.reference for report in reports}
    assert references_at_mine(visitor()) == set()


# What is asked with, of a report with PHONE that was not confirmed, and whether a code is sent and opens it.
NAMED = [
    (TYPED, "right", True),
    (TYPED, "", False),
    (TYPED, "other", False),
    (TYPED, "2611-99999", False),
    ("0901 234 568", "right", False),
    ("an@example.org", "right", False),
]


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("contact", "reference", "opens"), NAMED)
def test_reference_and_address_must_both_fit(town, contact, reference, opens):
    report = report_with(town.hole, confirmed=False, phone=PHONE)
    other = report_with(town.hole, confirmed=False, phone="+84901234569")
    named = {"right": report.incident.reference, "other": other.incident.reference}
    client = visitor()
    code = ask(client, contact, named.get(reference, reference))
    assert (code is not None) is opens
    enter(client, code or "000000")
    assert references_at_mine(client) == ({report.incident.reference} if opens else set())
    report.refresh_from_db()
    assert report.phone_confirmed_at is None


@pytest.mark.parametrize("contact", [TYPED, "0901 234 999", "an@example.org", "nobody@example.org"])
def test_nothing_tells_whether_an_address_is_known(town, contact):
    """The same statements, job, page and words for each, when it is asked and when a wrong code is entered."""
    report_with(town.hole, phone=PHONE)
    report_with(town.hole, email=EMAIL)

    def story(typed):
        client = visitor()
        with CaptureQueriesContext(connection) as captured:
            first = client.post("/mine/code/", {"contact": typed})
        own_codes.send_code(AddressCode.objects.latest("pk").pk)
        with CaptureQueriesContext(connection) as tried:
            wrong = enter(client, "12345x")
        page = client.get("/mine/code/")
        jobs = ProcrastinateJob.objects.filter(task_name="incidents.send_own_code").count()
        ProcrastinateJob.objects.all().delete()
        statements = [re.sub(r"'[^']*'|\\x\w+|\d+", "?", query["sql"]) for query in [*captured, *tried]]
        shown = [re.sub(r'•••\w*|value="[^"]*"|\w•••@\S+', "?", answer.text) for answer in (wrong, page)]
        return first.status_code, first["Location"], wrong.status_code, jobs, statements, shown

    known, stranger = story(contact), story("0901 000 111" if "@" not in contact else "else@example.org")
    assert known == stranger


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_codes_end_it_even_for_the_right_one(town, known):
    if known:
        report_with(town.hole, phone=PHONE)
    client = visitor()
    code = ask(client, TYPED) or "000000"
    wrong = "111111" if code != "111111" else "222222"
    answers = [enter(client, wrong) for _time in range(5)] + [enter(client, code)]
    assert [answer.status_code for answer in answers] == [400] * 6
    assert len({answer.context["fault"] for answer in answers}) == 1
    assert references_at_mine(client) == set()


def test_code_is_good_for_15_minutes_and_in_its_browser_only(town):
    report_with(town.hole, phone=PHONE)
    client, thief = visitor(), visitor()
    code = ask(client, TYPED)
    ask(thief, "0901 000 111")
    assert enter(thief, code).status_code == 400
    AddressCode.objects.update(asked_at=now() - own_codes.GOOD_FOR)
    assert enter(client, code).status_code == 400


def test_code_is_entered_once_and_the_newest_counts(town):
    report_with(town.hole, phone=PHONE)
    client = visitor()
    old = ask(client, TYPED)
    new = ask(client, TYPED)
    assert enter(client, old).status_code == (303 if old == new else 400)
    assert enter(client, new).status_code == 303
    assert enter(client, new).status_code == 400


def test_address_is_open_for_seven_days(town):
    report_with(town.hole, phone=PHONE)
    client = visitor()
    enter(client, ask(client, TYPED))
    AddressCode.objects.update(asked_at=now() - timedelta(days=8), until=now() - timedelta(seconds=1))
    assert references_at_mine(client) == set()
    jobs.forget_browsers(0)
    assert (AddressCode.objects.count(), Browser.objects.count()) == (0, 1)


def test_each_look_by_a_code_is_recorded(town):
    report = report_with(town.hole, phone=PHONE)
    client = visitor()
    enter(client, ask(client, TYPED))
    client.get(f"/mine/{report.incident.reference}/")
    views = PersonalDataView.objects.order_by("id").values_list("how", "by", "authority", "reports")
    assert list(views) == [("own", None, None, [report.pk])] * 2
    assert not register.PERSONAL_VIEWS.verify().fault
    client.post(f"/f/{report.token}/keep/")
    client.get(f"/mine/{report.incident.reference}/")
    assert PersonalDataView.objects.count() == 2


def test_register_tells_that_it_was_the_reporter(client, town):
    report = report_with(town.hole, phone=PHONE)
    register.record_views("own", [report])
    keeper = factories.person("keeper", town.desk, "privacy")
    client.force_login(keeper)
    client.cookies["django_language"] = "en"
    assert "The reporter" in client.get("/privacy/views/").text
    assert "The reporter" in client.get("/privacy/views.csv").text


FAULTS = [
    ({"contact": ""}, "Enter the phone number or e-mail address you left with a report."),
    ({"contact": "12"}, "This number has 2 digits. A mobile number has 10, for example"),
    ({"contact": "an@"}, "Enter a valid email address."),
    ({"contact": "x" * 300}, "at most 254 characters"),
    ({"contact": TYPED, "reference": "x'; --"}, "An incident number looks like 2611-40873."),
    ({"contact": "+1 900 555 0000"}, "No code can be sent there."),
    ({"code": ""}, "The code is wrong"),
    ({"code": "9" * 400}, "The code is wrong"),
]


@pytest.mark.parametrize(("typed", "fault"), FAULTS)
def test_bad_input_is_said_and_writes_nothing(town, typed, fault):
    answer = visitor().post("/mine/code/", typed)
    assert (answer.status_code, AddressCode.objects.count()) == (400, 0)
    assert fault in answer.text


def test_both_faults_are_said_at_once(town):
    page = visitor().post("/mine/code/", {"contact": "12", "reference": "x"}).text
    assert ("has 2 digits" in page, "looks like 2611-40873" in page) == (True, True)


def test_codes_are_few_for_a_network_and_for_a_phone(town, settings, standing_clock):
    """Beyond that a sum comes first, and who solves it gets one, until there are very many."""
    settings.LIMITS = settings.LIMITS | {"code:address": Limit(3, 86_400), "code:to": Limit(2, 86_400)}
    settings.LIMITS |= {"code:to-puzzled": Limit(1, 86_400)}
    requests = [(TYPED, "203.0.113.7")] * 3 + [(TYPED, "203.0.113.8"), ("0901 000 111", "203.0.113.7")]
    answers = [visitor(network).post("/mine/code/", {"contact": contact}) for contact, network in requests]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429, 429]
    assert [with_sum(answer, TYPED).status_code for answer in answers[2:4]] == [303, 429]


def test_work_of_a_browser_stands_in_for_the_sum(town, settings, standing_clock):
    """The page that refuses has both; work that was used once is worth nothing more."""
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(1, 86_400)}
    refused = [visitor().post("/mine/code/", {"contact": TYPED}) for _time in range(2)][1]
    answer = {"contact": TYPED, "puzzle": puzzles.solve(json.loads(refused.context["question"]["work"]))}
    assert [visitor().post("/mine/code/", answer).status_code for _time in range(2)] == [303, 429]


def with_sum(refused, contact):
    """Ask again with the sum of the page that refused."""
    question = refused.context["question"]
    first, other = re.match(r"What is (\w+) plus (\w+)\?", question["text"]).groups()
    values = {str(name): value for value, name in enumerate(puzzle.NUMBERS, puzzle.FIRST)}
    answer = {"question": question["token"], "sum": str(values[first] + values[other])}
    return visitor().post("/mine/code/", {"contact": contact} | answer)


def test_strangers_use_up_nothing_of_a_browser_that_is_known(town, standing_clock):
    """Twenty networks ask for codes to a number; its owner's browser, in which it was confirmed, gets one."""
    report_with(town.hole, phone=PHONE)
    owner = visitor("198.51.100.9")
    assert enter(owner, ask(owner, TYPED)).status_code == 303
    for network in range(20):
        visitor(f"203.0.113.{network}").post("/mine/code/", {"contact": TYPED})
    assert visitor("198.51.100.10").post("/mine/code/", {"contact": TYPED}).status_code == 429
    assert ask(owner, TYPED)


def test_one_of_a_shared_network_bars_nobody_else(town, standing_clock):
    report_with(town.hole, phone=PHONE)
    for number in range(25):
        visitor().post("/mine/code/", {"contact": f"09011111{number:02}"})
    refused = visitor().post("/mine/code/", {"contact": TYPED})
    assert (refused.status_code, with_sum(refused, TYPED).status_code) == (429, 303)


def test_right_code_is_taken_whatever_others_of_network_tried(town, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"code-try:address": Limit(1, 3600)}
    report_with(town.hole, phone=PHONE)
    client = visitor()
    code = ask(client, TYPED)
    for _time in range(3):
        enter(visitor(), "123456")
    assert enter(client, code).status_code == 303


def test_tries_of_a_network_are_limited(town, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"code-try:address": Limit(2, 3600)}
    assert [enter(visitor(), "123456").status_code for _time in range(3)] == [400, 400, 429]


def test_without_sms_only_letters_carry_codes(town, settings):
    settings.SMS_PROVIDER = ""
    answer = visitor().post("/mine/code/", {"contact": TYPED})
    assert (answer.status_code, "We do not send SMS here." in answer.text) == (400, True)


def test_job_that_runs_twice_sends_one_code(town):
    report_with(town.hole, phone=PHONE)
    client = visitor()
    code = ask(client, TYPED)
    own_codes.send_code(AddressCode.objects.get().pk)
    assert (Notice.objects.count(), enter(client, code).status_code) == (1, 303)


def test_erasing_a_person_closes_what_a_code_has_opened(town, officer):
    report_with(town.hole, phone=PHONE)
    client = visitor()
    enter(client, ask(client, TYPED))
    data_requests.fulfil_request(subject_requests.record_request("erase", by=officer, phone=PHONE), by=officer)
    assert (references_at_mine(client), AddressCode.objects.count()) == (set(), 0)


def test_code_never_stands_on_a_page(town):
    report = report_with(town.hole, phone=PHONE)
    client = visitor()
    client.post(f"/f/{report.token}/keep/")
    code = ask(client, TYPED)
    pages = [client.get(at).text for at in ("/mine/", "/mine/code/", f"/mine/{report.incident.reference}/")]
    assert [code in page for page in pages] == [False] * 3
