"""What is true of the messages of each medium, as the table that it is."""

import pytest
from django.utils import translation

from incidents.models import Medium
from incidents.notify.transport import Unsure
from incidents.notify.transports import TRANSPORTS


@pytest.mark.parametrize(("medium", "after_death", "facts"), [
    ("email", Unsure.AGAIN, {"bounces", "is_batched", "is_merged", "has_subject", "keeps_lines"}),
    ("zalo", Unsure.PERSON, {"is_chat", "rings", "is_paid", "keeps_lines", "numbers_choices"}),
    ("messenger", Unsure.PERSON, {"is_chat", "rings", "keeps_lines", "numbers_choices"}),
    ("webchat", Unsure.AGAIN, {"is_chat", "keeps_lines"}),
    ("sms", Unsure.RECEIPT, {"only_important", "rings", "is_paid"}),
    ("push", Unsure.AGAIN, {"rings", "is_batched", "has_subject"}),
])  # fmt: skip
def test_what_is_true_of_a_medium(medium, after_death, facts):
    transport = TRANSPORTS[medium]
    all_facts = ("is_chat", "only_important", "bounces", "rings", "is_batched", "is_merged", "is_paid", "has_subject",
                 "keeps_lines", "numbers_choices")  # fmt: skip
    assert {fact for fact in all_facts if getattr(transport, fact)} == facts
    assert transport.after_worker_death == after_death


@pytest.mark.parametrize(("medium", "address", "mask", "hint"), [
    ("email", "lan@example.org", "l•••@example.org", "l•••@example.org"),
    ("sms", "+84901234567", "+84•••567", "•••567"),
    ("push", "https://push.example/1", "•••", "messages on this device"),
    ("zalo", "8812345678", "881•••678", "•••678"),
])  # fmt: skip
def test_so_much_of_an_address_is_shown(medium, address, mask, hint):
    with translation.override("en"):
        assert (TRANSPORTS[medium].mask(address), TRANSPORTS[medium].hint(address)) == (mask, hint)


def test_every_medium_has_a_transport():
    assert list(TRANSPORTS) == ["email", "zalo", "messenger", "webchat", "sms", "push"]
    assert TRANSPORTS.keys() == set(Medium)


@pytest.mark.parametrize("medium", ["zalo", "messenger", "webchat"])
def test_every_chat_has_a_letter_of_its_own(medium):
    letters = [transport.letter for transport in TRANSPORTS.values() if transport.is_chat]
    assert letters.count(TRANSPORTS[medium].letter) == 1
    assert len(TRANSPORTS[medium].letter) == 1
