"""What others than the responsible unit read of a text: no phone number, address or identity number."""

import re
from pathlib import Path

import pytest

from incidents.redaction import without_contacts

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Gọi 0901234567 nhé", "Gọi ‹…› nhé"),
        ("Gọi 0901 234 567, hoặc +84 90.123.45.67", "Gọi ‹…›, hoặc ‹…›"),
        ("(028) 3822-1234", "‹…›"),
        ("Số ０９０１２３４５６７", "Số ‹…›"),
        ("Thư lan@example.org.", "Thư ‹…›"),
        ("lan@example", "lan@example"),
        ("@lan. và a@.b", "@lan. và a@.b"),
        ("CCCD 079123456789, CMND 123456789", "CCCD ‹…›, CMND ‹…›"),
        ("Nhà số 12/3 hẻm 45, từ 25/11/2026", "Nhà số 12/3 hẻm 45, từ 25/11/2026"),
        ("Lúc 2026-11-27 08:30 ở 1022", "Lúc 2026-11-27 08:30 ở 1022"),
        ("", ""),
    ],
)
def test_contacts_are_taken_out(text, shown):
    assert without_contacts(text) == shown


def test_of_hundreds_of_numbers_every_one_is_taken_out():
    text = "\n".join(f"Gọi 09012345{number:02}" for number in range(100)) + "\n" + "0901234567\n" * 200
    assert not any(letter.isdigit() for letter in without_contacts(text))


def test_a_long_row_of_digits_is_taken_out():
    assert without_contacts("Số " + "0901 234 567 " * 200 + "hết") == "Số ‹…› hết"


def lines_of(name):
    lines = (SAMPLES / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def letters_and_digits(text):
    return "".join(filter(str.isalnum, text))


def leaves_a_part(secret, shown):
    """Whether four letters or digits of a secret are left together."""
    secret, shown = letters_and_digits(secret), letters_and_digits(shown)
    return any(secret[first : first + 4] in shown for first in range(len(secret) - 3))


def test_spellings_of_contacts_are_found():
    spellings = [(line, secret) for line in lines_of("contacts.txt") for secret in re.findall("«(.*?)»", line)]
    texts = {line: without_contacts(re.sub("[«»]", "", line)) for line, _secret in spellings}
    missed = [(line, texts[line]) for line, secret in spellings if leaves_a_part(secret, texts[line])]
    assert len(spellings) >= 240
    assert len(missed) <= 0.02 * len(spellings), missed


def test_harmless_texts_stay_as_they_are():
    texts = lines_of("harmless.txt")
    touched = [text for text in texts if without_contacts(text) != text]
    assert len(texts) >= 300
    assert len(touched) < 0.01 * len(texts), touched


def test_a_contact_far_into_a_long_text_is_taken_out():
    assert without_contacts("a " * 20_000 + "0901234567") == "a " * 20_000 + "‹…›"
