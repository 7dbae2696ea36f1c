"""Call-backs: one for a call, taken by one person, finished with an outcome, erased after the retention period."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from incidents.channels.voice.callbacks import (
    AlreadyDone,
    TakenByAnother,
    ask_for_callback,
    finish_callback,
    note_unreached,
    take_callback,
)
from incidents.data_requests import requests as data_requests
from incidents.disclosure import register, subject_requests
from incidents.hotline import retention as call_retention
from incidents.models import CallBack, Membership, PersonalDataView, Recording
from tests import factories

PHONE = "+84901234567"
R, OUTCOME = CallBack.Reason, CallBack.Outcome


@pytest.fixture
def operator(town):
    return factories.person("operator", town.desk, Membership.Role.OPERATOR)


@pytest.fixture
def colleague(town):
    return factories.person("colleague", town.desk, Membership.Role.OPERATOR)


def ask_callback(**more):
    return ask_for_callback(R.UNCLEAR, **{"phone": "84901234567", "source": "callbot", "call_id": "c-1"} | more)


def recording(call_id="c-1", **more):
    row = Recording.objects.create(source="callbot", call_id=call_id, state="waiting", **more)
    row.file.save("call.wav", ContentFile(b"RIFF....WAVE"), save=False)
    row.state, row.kind, row.size, row.fetched_at = "kept", "audio/wav", 12, now()
    row.save()
    return row


def test_a_call_is_promised_once_and_keeps_what_came_later(town):
    first = ask_callback(words="Trước nhà", phone="")
    again = ask_callback(words="Có ổ gà", phone="84901234567")
    assert (again, CallBack.objects.count()) == (first, 1)
    assert (again.words, again.phone, again.reason) == ("Trước nhà\nCó ổ gà", PHONE, R.UNCLEAR)
    assert ask_callback(words="Có ổ gà").words == "Trước nhà\nCó ổ gà"
    assert ask_callback(source="other") != first
    assert [ask_for_callback(R.PROMISED, phone=PHONE) for _n in range(2)] == list(CallBack.objects.order_by("pk")[2:])


@pytest.mark.parametrize(
    ("words", "urgent", "minutes"), [("Đèn đường tắt", False, 30), ("Cháy nhà", True, 5), ("fire", True, 5)]
)
def test_it_is_due_by_its_term_and_danger_goes_first(town, policies, moment, words, urgent, minutes):
    policies.call_back_within = "30min"
    policies.call_back_urgent_within = "5min"
    calm, call = ask_callback(call_id="calm"), ask_callback(words=words)
    assert (call.urgent, call.due_at - call.asked_at) == (urgent, timedelta(minutes=minutes))
    assert list(CallBack.objects.waiting()) == ([call, calm] if urgent else [calm, call])


def test_in_office_time_it_is_due_when_the_office_works(town, policies):
    policies.call_back_within = "30wmin"
    town.city.policies = {"office_hours": "Mon-Fri 07:30-11:30"}
    town.city.save()
    night = now().replace(year=2026, month=11, day=23, hour=17, minute=0, second=0, microsecond=0)  # Tuesday, midnight
    assert (ask_callback(at=night).due_at - night) == timedelta(hours=8)


def test_danger_that_is_said_later_brings_it_forward(town):
    calm = ask_callback()
    assert (calm.urgent, ask_callback(words="Có người bị thương").urgent) == (False, True)
    calm.refresh_from_db()
    assert calm.due_at - calm.asked_at < timedelta(minutes=6)


def test_one_person_takes_it(town, operator, colleague):
    call = ask_callback()
    assert [take_callback(call, operator).taken_by for _twice in range(2)] == [operator, operator]
    for act in (take_callback, note_unreached):
        with pytest.raises(TakenByAnother):
            act(call, colleague)
    with pytest.raises(TakenByAnother):
        finish_callback(call, colleague, outcome=OUTCOME.ANSWERED)
    assert list(CallBack.objects.waiting().free()) == []
    note_unreached(call, operator)
    assert (take_callback(call, colleague).taken_by, list(CallBack.objects.waiting())) == (colleague, [call])


def test_who_was_not_reached_is_called_again(town, operator, colleague):
    call = take_callback(ask_callback(at=now() - timedelta(hours=2)), operator)
    assert list(CallBack.objects.overdue()) == [call]
    later = note_unreached(call, operator)
    assert (later.tries, later.taken_by, later.due_at > now()) == (1, None, True)
    assert (note_unreached(later, colleague).tries, list(CallBack.objects.overdue())) == (2, [])


def test_it_is_done_with_what_came_of_it(town, operator):
    call, report = ask_callback(), factories.incident(town.hole).reports.get()
    for outcome, fault in (("nonsense", "kết quả"), (OUTCOME.REPORTED, "phản ánh")):
        with pytest.raises(ValueError, match=fault):
            finish_callback(call, operator, outcome=outcome)
    done = finish_callback(call, operator, outcome=OUTCOME.REPORTED, note="Đã ghi", report=report)
    assert (done.report, done.incident, done.done_by, done.note) == (report, report.incident, operator, "Đã ghi")
    assert list(CallBack.objects.waiting()) == []
    for act in (take_callback, note_unreached):
        with pytest.raises(AlreadyDone):
            act(call, operator)
    with pytest.raises(AlreadyDone):
        finish_callback(call, operator, outcome=OUTCOME.NOTHING)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"taken_at": now()}, "who_takes_a_call_back_says_when"),
        ({"done_at": now()}, "a_call_back_that_is_done_says_what_came"),
        ({"outcome": "answered"}, "a_call_back_that_is_done_says_what_came"),
        ({"done_at": now(), "outcome": "reported"}, "what_was_reported_has_its_report"),
        ({"erased_at": now()}, "an_erased_call_back_says_nothing"),
    ],
)
def test_postgresql_refuses_what_cannot_be(town, wrong, name):
    call = ask_callback()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CallBack.objects.filter(pk=call.pk).update(**wrong)


def test_a_recording_finds_its_call_whichever_came_first(town):
    early = recording("early")
    assert ask_callback(call_id="early").recording == early
    late_call = ask_callback(call_id="late")
    late = recording("late")
    assert ask_callback(call_id="late").recording == late
    with pytest.raises(IntegrityError, match="a_kept_recording_has_its_file"), transaction.atomic():
        Recording.objects.filter(pk=late.pk).update(file="")
    assert CallBack.objects.with_pages().get(pk=late_call.pk).recording.is_kept


def test_after_its_days_nothing_is_left_of_a_call(town, operator, policies, django_capture_on_commit_callbacks):
    policies.keep_calls_days = 180
    recording()
    call = ask_callback(words="Nhà Lan")
    waiting = ask_callback(call_id="c-2")
    finish_callback(call, operator, outcome=OUTCOME.ANSWERED, note="Lan biết")
    file = call.recording.file.name
    assert (call_retention.erase_old_calls(now() + timedelta(days=179)), default_storage.exists(file)) == (0, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert call_retention.erase_old_calls(now() + timedelta(days=181)) == 2
    call.refresh_from_db()
    assert (call.phone, call.words, call.note, call.recording.state) == ("", "", "", "deleted")
    assert (default_storage.exists(file), list(CallBack.objects.waiting())) == (False, [waiting])
    assert call_retention.erase_old_calls(now() + timedelta(days=181)) == 0  # once


def test_a_person_is_told_what_is_kept_of_calls(town, client):
    keeper = factories.person("keeper", town.desk, Membership.Role.PRIVACY)
    recording()
    call = ask_callback(words="Nhà Lan")
    access_request = subject_requests.record_request("access", by=keeper, phone=PHONE)
    client.force_login(keeper)
    packed = zipfile.ZipFile(io.BytesIO(client.post(f"/privacy/{access_request.pk}/data.zip").getvalue()))
    call_backs = json.loads(packed.read("data.json"))["call_backs"]
    assert [(row["phone"], row["words"], row["recording"]) for row in call_backs] == [
        (PHONE, "Nhà Lan", f"calls/{call.pk}.wav")
    ]
    assert packed.read(f"calls/{call.pk}.wav") == b"RIFF....WAVE"
    assert list(PersonalDataView.objects.values_list("how", "call_back")) == [("data", call.pk)]


def test_who_wants_it_is_forgotten_and_not_called(town, operator):
    call = ask_callback(words="Nhà Lan")
    erasure = subject_requests.record_request("erase", by=operator, phone=PHONE)
    data_requests.fulfil_request(erasure, by=operator)
    call.refresh_from_db()
    assert (call.phone, call.words, call.outcome, list(CallBack.objects.waiting())) == ("", "", OUTCOME.NOTHING, [])
    assert ask_callback(words="Nhà Lan").words == ""  # what comes late of that call says nothing either


def test_looks_at_calls_are_in_the_register(town, operator):
    register.record_views(PersonalDataView.How.BACK, (), by=operator, call_backs=[ask_callback()])
    register.record_views(PersonalDataView.How.BACK, (), by=operator, call_backs=[ask_callback(call_id="c-2")])
    assert (register.PERSONAL_VIEWS.verify().fault, PersonalDataView.objects.count()) == ("", 2)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("anonymous", ""), ("84901234567", PHONE), ("+84 28 3829 1234", "+842838291234"), ("1", ""), ("4711", "4711"),
        ("sip:4711", "4711"), ("²³⁴", ""), ("9" * 500, ""), ("+", ""),
    ],
)  # fmt: skip
def test_a_number_is_kept_as_it_is_dialled(sent, stored, town):
    assert ask_callback(phone=sent).phone == stored


def test_long_words_are_cut(town):
    assert ask_callback(words="a" * 5000).words == "a" * 4000
