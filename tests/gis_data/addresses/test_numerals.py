"""Test numbers in words."""

import pytest

from gis_data.addresses.numerals import english_value, numeral_name, value_of
from gis_data.addresses.parser import Words, parse_address

KNOWN = Words(
    streets=frozenset({"le loi", "hai ba trung", "ba thang hai", "so 7"}),
    wards=frozenset({"15", "5", "13", "bay hien"}),
    districts=frozenset({"10", "1", "3"}),
)


@pytest.mark.parametrize(("words", "digits"), [
    ("một", "1"), ("mười", "10"), ("mười lăm", "15"), ("hai mươi", "20"), ("ba mươi hai", "32"), ("hai mươi mốt", "21"),
    ("bốn mươi tư", "44"), ("một trăm", "100"), ("một trăm linh năm", "105"), ("hai trăm lẻ tám", "208"),
    ("hai trăm ba", "230"), ("ba trăm bốn mươi lăm", "345"), ("một nghìn hai trăm", "1200"), ("một hai ba", "123"),
    ("muoi lam", "15"), ("ba muoi hai", "32"), ("trăm", ""), ("hai ba mươi", ""), ("linh năm", ""), ("", ""),
])  # fmt: skip
def test_numerals_say_a_number(words, digits):
    assert value_of([numeral_name(word) for word in words.split()]) == digits


@pytest.mark.parametrize(("words", "number"), [
    ("five", ("5", 1)), ("twenty five", ("25", 2)), ("twenty", ("20", 1)), ("twelve street", ("12", 1)),
    ("twenty ten", ("20", 1)), ("ward", ("", 0)), ("", ("", 0)),
])  # fmt: skip
def test_english_numerals_say_a_number(words, number):
    assert english_value(words.split()) == number


@pytest.mark.parametrize("word", ["bà", "nâm", "Mười Hai", "lợi", "Đ", "sâu"])
def test_other_words_are_no_numerals(word):
    assert numeral_name(word) == ""


@pytest.mark.parametrize(("text", "parts"), [
    ("phường mười lăm quận mười", {"ward": "phuong 15", "district": "quan 10"}),
    ("phuong muoi lam, quan muoi", {"ward": "phuong 15", "district": "quan 10"}),
    ("số ba mươi hai đường lê lợi quận một", {"house": "32", "street": "le loi", "district": "quan 1"}),
    ("số ba mươi hai lê lợi", {"house": "32", "street": "le loi"}),
    ("số ba hai bà trưng", {"house": "3", "street": "hai ba trung"}),
    ("hẻm mười hai lê lợi", {"alleys": "12", "street": "le loi"}),
    ("số mười hai xẹt ba lê lợi", {"house": "12/3", "street": "le loi"}),
    ("đường ba tháng hai", {"street": "3 thang 2"}),
    ("hai bà trưng, phường bảy hiền", {"street": "hai ba trung", "ward": "phuong bay hien"}),
    ("đường số bảy", {"street": "so 7"}),
    ("Ward 5", {"ward": "5"}), ("Ward No. 5", {"ward": "5"}),
    ("ward no 5, district no 3", {"ward": "5", "district": "3"}),
    ("Ward Five District Three", {"ward": "5", "district": "3"}), ("ward number 5", {"ward": "5"}),
    ("5th Ward, 3rd District", {"ward": "5", "district": "3"}), ("W5, D3", {"ward": "phuong 5", "district": "3"}),
    ("District 1", {"district": "1"}), ("Dist. 1", {"district": "1"}), ("D1", {"district": "1"}),
    ("Q1", {"district": "quan 1"}), ("P.5 Q3", {"ward": "phuong 5", "district": "quan 3"}),
    ("P5 D3", {"ward": "phuong 5", "district": "3"}), ("phuong 5 quan 3", {"ward": "phuong 5", "district": "quan 3"}),
    ("12 Le Loi street, ward five, district ten", {"house": "12", "street": "le loi", "ward": "5", "district": "10"}),
    ("No 5 Le Loi", {"house": "5", "street": "le loi"}),
    ("quận Nam Lê Lợi", {"district": "quan nam le loi"}),
    ("huyen nam le loi", {"district": "huyen nam le loi"}),
])  # fmt: skip
def test_numbers_in_words_are_read_behind_what_they_number(text, parts):
    readings = [
        {
            name: part.words if name != "alleys" else "/".join(alley.words for alley in part)
            for name in ("house", "alleys", "street", "ward", "district")
            if (part := getattr(reading, name))
        }
        for reading in parse_address(text, KNOWN)
    ]
    assert parts in readings
