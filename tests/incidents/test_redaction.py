"""What others than the responsible unit read of a text: no phone number, address or identity number."""

import pytest

from incidents.intake import without_contacts


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
