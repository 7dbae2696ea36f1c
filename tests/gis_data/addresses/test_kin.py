"""Test addresses like those once misread: kinds of alleys, unknown buildings, numbers, abbreviations."""

import pytest

from gis_data.addresses.numerals import english_value
from gis_data.addresses.parser import Words, parse_address

KNOWN = Words(
    cities=frozenset({"thanh pho hai wharf", "hai wharf", "hw"}),
    districts=frozenset({"1", "3", "5", "10", "thu duc", "binh thanh"}),
    wards=frozenset({"ben nghe", "25", "4", "linh xuan"}),
    streets=frozenset({"nguyen trai", "le loi", "d1", "d2", "so 1", "so 12", "3 thang 2", "hem 51 nguyen trai"}),
    landmarks=frozenset({"cho cu"}),
)


def words_of(text):
    """Return the words of the likeliest reading's parts, alleys joined."""
    reading = parse_address(text, KNOWN)[0]
    names = ("house", "street", "landmark", "ward", "district", "city")
    parts = {name: part.words for name in names if (part := getattr(reading, name))}
    return parts | ({"alley": ",".join(alley.words for alley in reading.alleys)} if reading.alleys else {})


ALLEY = {"alley": "15", "street": "nguyen trai", "district": "quan 1"}


@pytest.mark.parametrize("text", [
    "hẻm cụt 15 Nguyễn Trãi, quận 1", "hẻm cụt số 15 Nguyễn Trãi, quận 1", "hem cut 15 nguyen trai q1",
    "Hẻm cụt 15, Nguyễn Trãi, Q.1", "ngõ cụt 15 Nguyễn Trãi, quận 1", "ngo cut so 15 nguyen trai, quan 1",
    "kiệt 15 Nguyễn Trãi, quận 1", "kiệt cụt 15 Nguyễn Trãi, Q1", "hxh 15 Nguyễn Trãi, quận 1",
    "HXH số 15 Nguyễn Trãi, Q.1", "hẻm xe hơi 15 Nguyễn Trãi, quận 1", "hem xe hoi 15 nguyen trai q1",
    "hẻm xe tải số 15 đường Nguyễn Trãi, Q1", "hẻm ba gác 15 Nguyễn Trãi, quận 1", "hẻm nhỏ 15 Nguyễn Trãi, quận 1",
    "hẻm bê tông 15 Nguyễn Trãi, quận 1", "con hẻm 15 Nguyễn Trãi, quận 1", "con hẻm cụt 15 Nguyễn Trãi, quận 1",
    "đường hẻm 15 Nguyễn Trãi, quận 1", "duong hem 15 nguyen trai quan 1", "đường hẻm cụt 15 Nguyễn Trãi, Quận 1",
    "trong hẻm cụt 15 Nguyễn Trãi, quận 1", "cuối hẻm cụt 15 đường Nguyễn Trãi, quận 1",
    "hẻm cụt mười lăm Nguyễn Trãi, quận 1",
])  # fmt: skip
def test_kind_of_an_alley_is_no_part_of_its_name(text):
    assert words_of(text) == ALLEY


@pytest.mark.parametrize(("text", "parts"), [
    ("đường hẻm 15/2 Nguyễn Trãi, quận 1", ALLEY | {"alley": "15/2"}),
    ("23 hẻm cụt số 15 Nguyễn Trãi, quận 1", ALLEY | {"house": "23"}),
    ("hẻm nhỏ đường Nguyễn Trãi, quận 1", {"street": "nguyen trai", "district": "quan 1"}),
    ("hẻm 51 Nguyễn Trãi", {"street": "hem 51 nguyen trai"}),
    ("dead-end alley 15 Nguyen Trai, District 1", ALLEY | {"district": "1"}),
    ("dead end alley 15 Nguyen Trai street, District 1", ALLEY | {"district": "1"}),
    ("cul-de-sac 15 Nguyen Trai, D1", ALLEY | {"district": "1"}),
    ("alley no. 15 Nguyen Trai, D1", ALLEY | {"district": "1"}),
    ("lane fifteen Nguyen Trai, district one", ALLEY | {"district": "1"}),
])  # fmt: skip
def test_alleys_in_other_words(text, parts):
    assert words_of(text) == parts


HOUSE = {"house": "15", "street": "le loi", "landmark": "chung cu xyz", "district": "quan 1"}


@pytest.mark.parametrize(("text", "more"), [
    ("chung cư Xyz, 15 Lê Lợi, quận 1", {}), ("chung cư Xyz 15 Lê Lợi, quận 1", {}),
    ("chung cư Xyz số 15 Lê Lợi, quận 1", {}), ("chung cu xyz so 15 duong le loi q1", {}),
    ("cc Xyz 15 Lê Lợi Q1", {}), ("C/C Xyz, 15 Lê Lợi, Q.1", {}), ("15 Lê Lợi, chung cư Xyz, quận 1", {}),
    ("15 Lê Lợi chung cư Xyz quận 1", {}), ("căn hộ A12-05, chung cư Xyz, 15 Lê Lợi, quận 1", {}),
    ("căn hộ 12.05 chung cư Xyz, 15 Lê Lợi, quận 1", {}), ("phòng 502, chung cư Xyz, 15 Lê Lợi, quận 1", {}),
    ("P. 502 chung cư Xyz, 15 Lê Lợi, quận 1", {}), ("lô A chung cư Xyz, 15 Lê Lợi, quận 1", {}),
    ("block B, chung cư Xyz, 15 Lê Lợi, Quận 1", {}), ("tầng trệt, chung cư Xyz, 15 Lê Lợi, Q1", {}),
    ("lầu 3 chung cu xyz, 15 le loi, q1", {}),
    ("tầng 5 toà nhà Xyz, 15 Lê Lợi, quận 1", {"landmark": "toa nha xyz"}),
    ("cao ốc Xyz, 15 Lê Lợi, quận 1", {"landmark": "cao oc xyz"}),
    ("cao oc xyz 15 le loi q1", {"landmark": "cao oc xyz"}),
    ("căn hộ Xyz, 15 Lê Lợi, quận 1", {"landmark": "can ho xyz"}),
    ("khách sạn Xyz 15 Lê Lợi Q1", {"landmark": "khach san xyz"}),
    ("nhà hàng Xyz số 15 Lê Lợi Q1", {"landmark": "nha hang xyz"}),
    ("quán Xyz 15 Lê Lợi Q1", {"landmark": "quan xyz"}),
    ("Xyz Building, 15 Le Loi, Q1", {"landmark": "toa nha xyz"}),
    ("Xyz Tower 15 Le Loi, D1", {"landmark": "toa nha xyz", "district": "1"}),
    ("5th floor, Xyz Tower, 15 Le Loi, D1", {"landmark": "toa nha xyz", "district": "1"}),
    ("apartment 12A, Xyz Tower, 15 Le Loi, D1", {"landmark": "toa nha xyz", "district": "1"}),
])  # fmt: skip
def test_house_of_an_unknown_building_is_read(text, more):
    assert words_of(text) == HOUSE | more


@pytest.mark.parametrize(("text", "parts"), [
    ("chung cư Abc, đường Lê Lợi, Quận 1", {"street": "le loi", "landmark": "chung cu abc", "district": "quan 1"}),
    ("chung cư Abc đường Lê Lợi, Quận 1", {"street": "le loi", "landmark": "chung cu abc", "district": "quan 1"}),
    ("chung cư số 15 Lê Lợi, quận 1", {"house": "15", "street": "le loi", "district": "quan 1"}),
    ("chung cư Xyz, quận 1", {"landmark": "chung cu xyz", "district": "quan 1"}),
    ("trường Nguyễn Trãi, quận 1", {"landmark": "truong nguyen trai", "district": "quan 1"}),
    ("chợ Cũ, quận 1", {"landmark": "cho cu", "district": "quan 1"}),
    ("P. 25, Bình Thạnh", {"ward": "phuong 25", "district": "binh thanh"}),
])  # fmt: skip
def test_buildings_without_a_number(text, parts):
    assert words_of(text) == parts


@pytest.mark.parametrize(("words", "digits"), [
    ("seven", "7"), ("nineteen", "19"), ("twenty", "20"), ("twenty - five", "25"), ("twenty five", "25"),
    ("forty two", "42"), ("fourty two", "42"), ("ninety - nine", "99"), ("one hundred", "100"),
    ("a hundred and ten", "110"), ("one hundred and five", "105"), ("one hundred twenty three", "123"),
    ("nine hundred and ninety - nine", "999"), ("one twenty - three", "123"), ("two fifty", "250"),
    ("one oh five", "105"), ("one two three", "123"), ("hundred", ""), ("oh five", ""), ("and five", ""), ("", ""),
])  # fmt: skip
def test_english_numbers_to_999(words, digits):
    assert english_value(words.split()) == (digits, len(words.split()) if digits else 0)


@pytest.mark.parametrize(("text", "house"), [
    ("twenty-five Le Loi street district one", "25"), ("twenty five le loi, district one", "25"),
    ("one hundred and five Le Loi street, district one", "105"), ("number forty-two Le Loi, district one", "42"),
    ("house number ninety nine Le Loi, district one", "99"), ("seven Le Loi, district one", "7"),
    ("Le Loi street number twenty-five, district one", "25"), ("five hundred Le Loi, district one", "500"),
    ("a hundred and ten Le Loi, district one", "110"), ("one twenty-three Le Loi, district one", "123"),
])  # fmt: skip
def test_english_number_of_a_house(text, house):
    assert words_of(text) == {"house": house, "street": "le loi", "district": "1"}


@pytest.mark.parametrize(("text", "parts"), [
    ("D.1, HW", {"district": "1", "city": "hw"}), ("D1, Hai Wharf", {"district": "1", "city": "hai wharf"}),
    ("Dist. 1", {"district": "1"}), ("Dist 10", {"district": "10"}), ("D10", {"district": "10"}),
    ("D.5", {"street": "5"}), ("D1", {"street": "d1"}),
    ("15 Le Loi, D.1, HW", {"house": "15", "street": "le loi", "district": "1", "city": "hw"}),
    ("15 Le Loi D1", {"house": "15", "street": "le loi", "district": "1"}),
    ("15 Le Loi D.1", {"house": "15", "street": "le loi", "district": "1"}),
    ("15 Le Loi street D.1", {"house": "15", "street": "le loi", "district": "1"}),
    ("Nguyen Trai D5", {"street": "nguyen trai", "district": "5"}),
    ("Nguyen Trai, D5 HW", {"street": "nguyen trai", "district": "5", "city": "hw"}),
    ("15 Le Loi, Ben Nghe ward, D.1", {"house": "15", "street": "le loi", "ward": "ben nghe", "district": "1"}),
    ("15 Le Loi Ben Nghe D1", {"house": "15", "street": "le loi", "ward": "ben nghe", "district": "1"}),
    ("P.4, D.5", {"ward": "phuong 4", "district": "5"}), ("Ward 4 D5", {"ward": "4", "district": "5"}),
    ("Ba Thang Hai street, D10", {"street": "3 thang 2", "district": "10"}),
    ("D1, phường 25, Bình Thạnh", {"street": "d1", "ward": "phuong 25", "district": "binh thanh"}),
    ("D.1, phường 25, Bình Thạnh", {"street": "d1", "ward": "phuong 25", "district": "binh thanh"}),
    ("Đ. D1, phường 25, Bình Thạnh", {"street": "d1", "ward": "phuong 25", "district": "binh thanh"}),
    ("đường D1, Bình Thạnh", {"street": "d1", "district": "binh thanh"}),
    ("12 D1, P.25, Bình Thạnh", {"house": "12", "street": "d1", "ward": "phuong 25", "district": "binh thanh"}),
    ("12 D.1, P.25, Bình Thạnh", {"house": "12", "street": "d1", "ward": "phuong 25", "district": "binh thanh"}),
    ("12/3, D1, phường 25", {"house": "12/3", "street": "d1", "ward": "phuong 25"}),
    ("D.2 street, Binh Thanh", {"street": "d2", "district": "binh thanh"}),
    ("D1 street", {"street": "d1"}), ("street D1, Binh Thanh", {"street": "d1", "district": "binh thanh"}),
    ("đường số 1, Thủ Đức", {"street": "so 1", "district": "thu duc"}),
    ("Đ.S. 12, Thủ Đức", {"street": "so 12", "district": "thu duc"}),
    ("ĐS 12, Thủ Đức", {"street": "so 12", "district": "thu duc"}),
    ("ds12, thu duc", {"street": "so 12", "district": "thu duc"}),
    ("12 Đ.S.1, Linh Xuân", {"house": "12", "street": "so 1", "ward": "linh xuan"}),
    ("Đ. số 12, Thủ Đức", {"street": "so 12", "district": "thu duc"}),
])  # fmt: skip
def test_short_district_is_told_from_streets_of_a_letter(text, parts):
    assert words_of(text) == parts
