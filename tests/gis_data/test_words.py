import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis_data.words import plain, tidy


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Phường Bến Thành", "phuong ben thanh"),
        ("  ĐƯỜNG   Đồng Khởi ", "duong dong khoi"),
        (unicodedata.normalize("NFD", "Hoà Bình"), "hoa binh"),
        ("12/34/5 Nguyễn Trãi, P. Bến Thành", "12/34/5 nguyen trai p ben thanh"),
        ("💡", ""),
    ],
)
def test_words_are_searched_without_their_marks(written, searched):
    assert plain(written) == searched


def test_text_is_kept_as_it_was_meant():
    assert tidy("Hố\u202e sâu\u200b\x00  lắm\r\n💡 <b>") == "Hố sâu lắm\n💡 <b>"


@given(st.text())
def test_tidying_twice_changes_nothing(text):
    once = tidy(text)
    assert tidy(once) == once


@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạ ", min_size=1))
def test_nfc_and_nfd_are_found_by_the_same_words(text):
    assert plain(unicodedata.normalize("NFD", text)) == plain(text) == plain(text.upper())


def test_a_letter_keeps_twenty_marks_at_most():
    pile = "e" + "\N{COMBINING GRAVE ACCENT BELOW}" * 30
    assert [tidy(pile), tidy(tidy(pile)), plain(pile)] == [pile[:21], pile[:21], "e"]
