"""What gateways say of messages: late, twice, in any order, of messages that nobody knows."""

from datetime import timedelta

import pytest
from django.utils.timezone import now
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents.models import Notice, Receipt
from incidents.notify import receipts
from incidents.notify.gateway import DeliveryReport

S, R = Notice.State, Receipt.State


def notice(state=S.SENT, **more):
    sent = {"sent_at": now()} if state in (S.SENT, S.UNSURE) else {}
    fields = {"cause": "event:1", "medium": "sms", "address": "+84901234567", "text": "Phản ánh đã xong", "segments": 1}
    return Notice.objects.create(**fields | sent | {"state": state, "tries": 1} | more)


def say(state, name="7", provider="esms", **more):
    return receipts.store_receipt(DeliveryReport(provider, name, state, **more))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("states", "becomes"),
    [
        ([R.DELIVERED], S.DELIVERED),
        ([R.DELIVERED, R.DELIVERED], S.DELIVERED),
        ([R.DELIVERED, R.FAILED], S.DELIVERED),
        ([R.DELIVERED, R.SENT], S.DELIVERED),
        ([R.SENT], S.SENT),
        ([R.SENT, R.DELIVERED], S.DELIVERED),
        ([R.FAILED], S.FAILED),
        ([R.FAILED, R.SENT], S.FAILED),
        ([R.FAILED, R.DELIVERED], S.DELIVERED),
    ],
)
def test_states_only_go_forward(states, becomes):
    sent = notice()
    receipts.record_accepted(sent, "esms", "7")
    for state in states:
        say(state)
    sent.refresh_from_db()
    assert sent.state == becomes
    assert Receipt.objects.count() == 1


class InAnyOrder(TestCase):
    @given(st.permutations([R.SENT, R.FAILED, R.DELIVERED, R.DELIVERED]))
    def test_delivered_state_and_time_are_final_in_any_receipt_order(self, order):
        Receipt.objects.all().delete()
        Notice.objects.all().delete()
        sent = notice()
        receipts.record_accepted(sent, "esms", "7")
        moment = now()
        for n, state in enumerate(order):
            say(state, at=moment + timedelta(seconds=n))
        sent.refresh_from_db()
        assert sent.state == S.DELIVERED
        assert sent.delivered_at == moment + timedelta(seconds=order.index(R.DELIVERED))


@pytest.mark.django_db
def test_a_receipt_that_comes_before_the_answer_is_kept_for_it():
    assert say(R.DELIVERED) is None
    sent = notice(S.UNSURE)
    receipts.record_accepted(sent, "esms", "7")
    assert receipts.settle_receipts() == 1
    sent.refresh_from_db()
    assert sent.state == S.DELIVERED
    assert receipts.settle_receipts() == 0


@pytest.mark.django_db
def test_of_what_nobody_knows_it_is_written_down():
    assert say(R.DELIVERED, name="stranger", reference="12-0-0123456789abcdef") is None
    assert list(Receipt.objects.values_list("provider_id", "state", "notice")) == [("stranger", R.DELIVERED, None)]


@pytest.mark.django_db
def test_our_own_reference_names_the_notice():
    sent = notice(S.UNSURE)
    assert say(R.DELIVERED, name="never-heard", reference=receipts.gateway_reference(sent)) == sent
    sent.refresh_from_db()
    assert sent.state == S.DELIVERED


@pytest.mark.django_db
def test_reference_of_another_cause_matches_no_notice():
    sent = notice(S.UNSURE)
    reference = receipts.gateway_reference(sent)
    Notice.objects.update(cause="event:2")
    assert say(R.DELIVERED, reference=reference) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expected", "written"), [("1A2B", "6699"), ("6699", "1a2b"), ("00001A2B", "6699"), ("6699", "6699")]
)
def test_a_centre_may_write_its_numbers_in_two_ways(expected, written):
    sent = notice()
    receipts.record_accepted(sent, "smpp", expected, whole=False)
    assert say(R.DELIVERED, name=written, provider="smpp", whole=False, phone="+84901234567") == sent
    assert Receipt.objects.get().provider_id == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("known", "is_found"),
    [
        ({"mark": lambda pk: pk % 65536}, True),
        ({"mark": lambda pk: (pk + 1) % 65536}, False),
        ({"text": lambda pk: "Phan anh da xo"}, True),
        ({"text": lambda pk: "Something else"}, False),
        ({}, True),  # the only one of this phone that is unsure
    ],
)
def test_whose_answer_was_lost_is_found_by_what_else_is_known(known, is_found):
    sent = notice(S.UNSURE)
    more = {name: value(sent.pk) for name, value in known.items()}
    say(R.DELIVERED, name="99", provider="smpp", whole=False, phone="+84901234567", **more)
    sent.refresh_from_db()
    assert sent.state == (S.DELIVERED if is_found else S.UNSURE)


@pytest.mark.django_db
def test_of_two_that_are_alike_neither_is_guessed():
    notice(S.UNSURE)
    notice(S.UNSURE, cause="event:2")
    assert say(R.DELIVERED, name="99", provider="smpp", whole=False, phone="+84901234567", text="Phan anh da") is None


@pytest.mark.django_db
def test_a_message_has_arrived_when_all_its_parts_have():
    sent = notice(segments=2)
    for part in (1, 2):
        receipts.record_accepted(sent, "smpp", f"id{part}", part=part, whole=False)
    states = []
    for name in ("id1", "id1", "id2"):
        say(R.DELIVERED, name=name, provider="smpp", whole=False)
        sent.refresh_from_db()
        states.append(sent.state)
    assert states == [S.SENT, S.SENT, S.DELIVERED]


@pytest.mark.django_db
def test_one_part_that_fails_fails_the_message():
    sent = notice(segments=2)
    for part in (1, 2):
        receipts.record_accepted(sent, "smpp", f"id{part}", part=part, whole=False)
    say(R.DELIVERED, name="id1", provider="smpp", whole=False)
    say(R.FAILED, name="id2", provider="smpp", whole=False, code="UNDELIV 001")
    sent.refresh_from_db()
    assert (sent.state, sent.fault) == (S.FAILED, "UNDELIV 001")


@pytest.mark.django_db
def test_old_receipt_does_not_fail_a_resent_notice():
    sent = notice()
    receipts.record_accepted(sent, "esms", "7")
    say(R.FAILED)
    Notice.objects.update(state=S.WAITING, tries=0)
    say(R.FAILED)
    receipts.settle_receipts()
    sent.refresh_from_db()
    assert sent.state == S.WAITING
