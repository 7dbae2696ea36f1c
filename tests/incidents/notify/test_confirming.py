"""Nothing is sent to a phone or an e-mail address before its owner, or a person, says so."""

import re
from datetime import timedelta

import pytest
from django.utils import translation
from django.utils.timezone import localtime, now
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.http.token_bucket import Limit
from gis_data.models import City
from incidents import notify, reporting, workflow
from incidents.disclosure import privacy_notice
from incidents.models import Category, Confirmation, Event, Medium, Notice, OptOut, Report, User
from incidents.notify import confirming, sending, sms
from incidents.reporting.sender import Sender
from tests import factories

pytestmark = pytest.mark.django_db
PHONE, EMAIL = "+84901234567", "an@example.org"
NETWORK = "203.0.113.7"


@pytest.fixture(autouse=True)
def provider(settings, policies):
    policies.quiet_hours = ""
    settings.SMS_PROVIDER, settings.SMS_COST = "esms", 350
    City.objects.update(holidays="VN")


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def careful(town):
    """A town whose categories want a confirmation, or a person."""
    Category.objects.update(confirm=Category.Confirm.PERSON)
    City.objects.update(holidays="VN")
    for category in (town.hole, town.waste, town.leak):
        category.refresh_from_db()
    return town


def send(category, **more):
    incoming = reporting.IncomingReport(channel="web", category=category, place=factories.IN_OLD, text="Hole", **more)
    return reporting.receive(incoming, Sender(network=NETWORK))


def announce_all():
    """As the worker does with what is deferred."""
    for event in Event.objects.order_by("pk"):
        notify.announce_event(event.pk)


def notices_sent():
    return list(Notice.objects.filter(report__isnull=False).order_by("pk").values_list("medium", "address", "template"))


# ---- who is told ----


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(
    ("confirm", "confirmed", "step", "templates"),
    [
        ("none", False, None, ["received"]),
        ("person", False, None, []),
        ("person", False, "accept", ["accepted"]),
        ("person", True, None, ["received"]),
        ("code", False, "accept", []),
        ("code", True, "accept", ["received", "accepted"]),
    ],
)
def test_who_is_told_as_the_category_wants_it(town, officer, confirm, confirmed, step, templates):
    Category.objects.update(confirm=confirm)
    town.hole.refresh_from_db()
    report = send(town.hole, email=EMAIL)
    if confirmed:
        Report.objects.update(email_confirmed_at=now())
    announce_all()
    if step:
        workflow.move(report.incident, step, by=officer)
        announce_all()
    assert [template for _medium, _address, template in notices_sent()] == templates


def test_who_joins_what_was_taken_up_before_is_a_stranger_still(careful, officer):
    first = send(careful.hole)
    workflow.move(first.incident, "accept", by=officer)
    send(careful.hole, email=EMAIL, join=first.incident)
    announce_all()
    assert notices_sent() == []
    workflow.move(first.incident, "begin", by=officer)
    workflow.move(first.incident, "resolve", by=officer, note="Done")
    announce_all()
    assert notices_sent() == [("email", EMAIL, "resolved")]


def test_who_told_it_to_a_person_is_no_stranger(careful, officer):
    report = reporting.receive(
        reporting.IncomingReport(
            channel="phone", category=careful.hole, place=factories.IN_OLD, phone=PHONE, by=officer
        )
    )
    assert confirming.is_confirmed(report, Medium.SMS)


@pytest.mark.parametrize(
    ("number", "countries", "textable"),
    [
        ("+84901234567", [], True),
        ("+842838291234", [], False),  # a landline
        ("+841900545426", [], False),  # a premium number
        ("+85512345678", [], False),  # a mobile number of Cambodia
        ("+85512345678", ["KH"], True),
        ("+882161234567", [], False),  # a satellite network
        ("+447911123456", ["KH"], False),
        ("nonsense", [], False),
        ("", [], False),
    ],
)
def test_sms_go_to_mobile_numbers_of_the_own_country(careful, policies, number, countries, textable):
    policies.sms_countries = countries
    assert sms.is_textable(number) == textable


# ---- the code ----


def code_of(notice):
    return re.search(r"\d{6}", notice.text)[0]


@pytest.mark.parametrize(("medium", "more"), [(Medium.SMS, {"phone": PHONE}), (Medium.EMAIL, {"email": EMAIL})])
def test_code_confirms_the_address_to_which_it_was_sent(careful, medium, more):
    report = send(careful.hole, **more)
    assert confirming.unconfirmed_media(report) == [medium]
    confirming.send_code(report, medium, network=NETWORK)
    notice = Notice.objects.get()
    assert (notice.medium, notice.address, notice.template, notice.urgent) == (medium, *more.values(), "confirm", True)
    assert Confirmation.objects.filter(digest__contains=code_of(notice)).count() == 0
    with pytest.raises(confirming.CodeRefused, match="not the last code"):
        confirming.enter_code(report, medium, "000000")
    confirming.enter_code(report, medium, f" {code_of(notice)[:3]} {code_of(notice)[3:]}")
    report.refresh_from_db()
    assert confirming.is_confirmed(report, medium)
    assert confirming.unconfirmed_media(report) == []
    assert Confirmation.objects.get().notice_version == privacy_notice.VERSION
    announce_all()  # what was missed is told now
    assert notices_sent()[1:] == [(medium, *more.values(), "received")]
    assert ProcrastinateJob.objects.filter(task_name="incidents.announce").count() == 3


def test_code_is_good_for_half_an_hour_and_few_guesses(careful):
    report = send(careful.hole, phone=PHONE)
    confirming.send_code(report, Medium.SMS, network=NETWORK)
    code = code_of(Notice.objects.get())
    Confirmation.objects.update(sent_at=now() - timedelta(minutes=31))
    with pytest.raises(confirming.CodeRefused, match="30 minutes"):
        confirming.enter_code(report, Medium.SMS, code)
    Confirmation.objects.update(sent_at=now())
    for _guess in range(4):
        with pytest.raises(confirming.CodeRefused, match="not the last code"):
            confirming.enter_code(report, Medium.SMS, "000000")
    with pytest.raises(confirming.CodeRefused, match="Too many attempts") as refused:
        confirming.enter_code(report, Medium.SMS, code)
    assert refused.value.again_s > 0


def test_code_of_one_report_confirms_no_other(careful):
    report, other = (send(careful.hole, phone=PHONE) for _time in range(2))
    confirming.send_code(report, Medium.SMS, network=NETWORK)
    with pytest.raises(confirming.CodeRefused):
        confirming.enter_code(other, Medium.SMS, code_of(Notice.objects.get()))


def test_codes_are_few_for_a_number_and_for_a_network(careful, settings):
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(2, 86_400), "code:address": Limit(4, 86_400)}
    reports = [send(careful.hole, phone=f"+8490123456{n // 2}") for n in range(8)]
    waits = [wait_for_code(report) for report in reports]
    assert [wait > 0 for wait in waits] == [False, False, False, False, True, True, True, True]
    assert list(Notice.objects.order_by("pk").values_list("address", flat=True)) == [
        report.phone for report in reports[:4]
    ]
    assert wait_for_code(reports[0], network="203.0.113.8") > 0  # the number has had its two


def wait_for_code(report, network=NETWORK):
    """Asks for a code; the seconds after which it may be asked again, 0 where it was sent."""
    try:
        confirming.send_code(report, Medium.SMS, network=network)
    except confirming.CodeRefused as refused:
        return refused.again_s or refused.puzzle
    return 0


def test_who_says_it_was_not_them_gets_nothing_more(careful):
    report = send(careful.hole, email=EMAIL)
    confirmation = confirming.send_code(report, Medium.EMAIL, network=NETWORK)
    confirming.deny(confirmation)
    report.refresh_from_db()
    assert (report.email, OptOut.objects.get().address) == ("", EMAIL)
    assert list(Notice.objects.values_list("state", flat=True)) == ["dropped"]
    assert (
        confirming.confirmation_of_link(confirming.confirmation_link(confirmation).split("/c/")[1].strip("/")) is None
    )


# ---- forged reports ----


# One from each of a hundred networks, or ten: more than are taken in either way.
MANY = pytest.mark.parametrize("many", [100, pytest.param(1000, marks=pytest.mark.deep)])


@MANY
def test_many_forged_reports_send_a_victim_nothing(careful, settings, many):
    """By the door, from a hundred networks: most are held, none of them rings; asked-for codes are three."""
    victims = []
    for number in range(many):
        incoming = reporting.IncomingReport(channel="web", category=careful.hole, place=factories.IN_OLD, phone=PHONE)
        victims.append(
            reporting.receive(incoming, Sender(network=f"203.0.113.{number % 100}", puzzle=True, puzzle_solved=True))
        )
    reports = [victim for victim in victims if isinstance(victim, Report)]
    assert len(reports) <= 13
    announce_all()
    assert notices_sent() == []
    for number, report in enumerate(reports):
        wait_for_code(report, network=f"198.51.100.{number}")
    assert notices_sent() == [("sms", PHONE, "confirm")] * 3


@MANY
def test_reports_to_many_premium_numbers_cost_nothing(careful, officer, many):
    for number in range(many):
        incoming = reporting.IncomingReport(
            channel="web", category=careful.hole, place=factories.IN_OLD, phone=f"+841900{545000 + number}"
        )
        report = reporting.receive(
            incoming, Sender(network=f"203.0.113.{number % 100}", puzzle=True, puzzle_solved=True)
        )
        if isinstance(report, Report):
            assert confirming.unconfirmed_media(report) == []
            with pytest.raises(confirming.CodeRefused):
                confirming.send_code(report, Medium.SMS, network="203.0.113.1")
            workflow.move(report.incident, "accept", by=officer)  # even where a person believes it
    announce_all()
    assert notices_sent() == []


# ---- the day's money ----


@pytest.mark.parametrize(("template", "sent"), [("confirm", 4), ("received", 8)])
def test_strangers_cannot_use_up_the_reserve(careful, policies, template, sent):
    policies.notice_cap_per_day = 8 * 350
    policies.notice_reserve = 50
    moment = localtime(now()).replace(hour=12)
    notices = [
        Notice(cause=f"{template}:{n}", medium=Medium.SMS, address=PHONE, template=template, text="123456")
        for n in range(10)
    ]
    allowed = 0
    for notice in notices:
        if sending.daily_limits_until(notice, moment) is None:
            notice.state, notice.sent_at, notice.cost = Notice.State.SENT, moment, 350
            allowed += 1
        notice.save()
    assert allowed == sent


def test_staff_are_told_at_half_of_the_limit_and_at_the_end(careful, policies):
    factories.person("chief", careful.desk, "supervisor")
    User.objects.filter(username="chief").update(email="chief@example.org")
    policies.notice_cap_per_day = 4 * 350
    moment, heard = localtime(now()).replace(hour=12), []
    for number in range(6):
        notice = Notice(cause=f"event:{number}", medium=Medium.SMS, address=PHONE, template="received", text="x")
        if sending.daily_limits_until(notice, moment) is None:
            notice.state, notice.sent_at, notice.cost = Notice.State.SENT, moment, 350
        notice.save()
        letters = Notice.objects.filter(address="chief@example.org").order_by("pk")
        heard.append(list(letters.values_list("template", flat=True)))
    half, end = ["half_the_cap"], ["half_the_cap", "over_the_cap"]
    assert heard == [[], half, half, half, end, end]
