import dataclasses
import re
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gis_data.addresses.parser import READINGS, Words, accented_words, comparison_key, parse_address
from gis_data.addresses.unit_chains import UnitTree
from gis_data.words import tidy

KNOWN = Words(
    abbreviations={"vts": "Võ Thị Sáu", "hw": "Thành phố Hải Wharf"},
    cities=frozenset({"thanh pho hai wharf", "hai wharf", "hw", "tphw"}),
    districts=frozenset({"tan binh", "go vap", "thu duc", "1", "3", "10"}),
    wards=frozenset({"tan binh", "cho cu", "ben nghe", "13", "binh hung", "tan son nhi"}),
    streets=frozenset(
        {"nguyen trai", "le loi", "pasteur", "ba huyen thanh quan", "nguyen tri phuong", "3 thang 2", "so 5",
         "vo thi sau", "cach mang thang 8"}
    ),
    landmarks=frozenset({"cho cu"}),
    elsewhere={"quang ninh": "Tỉnh Quảng Ninh", "uong bi": "Thành phố Uông Bí", "hue": "Thành phố Huế", "hn": "HN",
               "hai phong": "Thành phố Hải Phòng", "hau giang": "Tỉnh Hậu Giang", "nha trang": "Thành phố Nha Trang",
               "khanh hoa": "Tỉnh Khánh Hòa", "binh hung": "Tỉnh Bình Hưng", "3 thang 2": "Thành phố Ba Tháng Hai"},
    namesakes=frozenset({"hau giang"}),
)  # fmt: skip


def elsewhere(text):
    return next((reading.elsewhere.text for reading in parse_address(text, KNOWN) if reading.elsewhere), None)


@pytest.mark.parametrize(
    ("written", "province"),
    [
        ("12 Lê Lợi, thành phố Uông Bí, tỉnh Quảng Ninh", "thành phố Uông Bí"),
        ("Lê Lợi, tỉnh Quảng Ninh", "tỉnh Quảng Ninh"),
        ("tinh quang ninh, le loi", "tinh quang ninh"),
        ("12 Lê Lợi, TP. Nha Trang", "TP. Nha Trang"),
        ("12 Lê Lợi, TP HN", "TP HN"),
        ("12 Lê Lợi, Hải Phòng", "Hải Phòng"),
        ("12 Lê Lợi, Hải Phòng, Việt Nam", "Hải Phòng"),
        ("12 Lê Lợi, Hải Phòng 180000, Vietnam", "Hải Phòng"),
        ("12 le loi nha trang khanh hoa", "khanh hoa"),
        ("12 Lê Lợi, Huế", "Huế"),
        ("12 Lê Lợi, Hậu Giang", "Hậu Giang"),
        ("phường Tân Bình, tỉnh Bình Hưng", "tỉnh Bình Hưng"),
        ("đường Hải Wharf, tỉnh Quảng Ninh", "tỉnh Quảng Ninh"),
        # A street, a ward, a name while it is typed, or what lies in this city all the same:
        ("12 Hải Phòng", None),
        ("đường Hải Phòng", None),
        ("Hải Phòng", None),
        ("Pasteur, Hậu Giang", None),
        ("ngã ba Lê Lợi, Hậu Giang", None),
        ("12 Lê Lợi, Huệ", None),
        ("12 le loi hue", None),
        ("12 Nguyễn Trãi, Bình Hưng", None),
        ("Pasteur, 3 tháng 2", None),
        ("12 Lê Lợi, Q.1 (đi Hải Phòng)", None),
        ("bến xe đi Nha Trang, Hải Wharf", None),
        ("12 Lê Lợi, tỉnh Quảng Ninh, quận Gò Vấp", None),
        ("12 Lê Lợi, TP Thủ Đức", None),
        ("12 Lê Lợi, tỉnh Hải Wharf", None),
    ],
)
def test_what_lies_in_another_province_is_told_from_names_alike(written, province):
    assert elsewhere(written) == province


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("phường 13, Hậu Giang", None),
        ("phường 13 Hậu Giang", None),
        ("phường 7, Hậu Giang", "Hậu Giang"),
        ("phường 13, Tiền Giang", "Tiền Giang"),
        ("phường 13 Tiền Giang", "Tiền Giang"),
        ("phường 13, Pasteur, Tiền Giang", None),
    ],
)
def test_province_behind_numbered_ward_is_elsewhere(text, province):
    streets_of_provinces = dataclasses.replace(
        KNOWN,
        elsewhere={"hau giang": "Tỉnh Hậu Giang", "tien giang": "Tỉnh Tiền Giang"},
        streets=KNOWN.streets | {"hau giang", "tien giang"},
        namesake_districts={"hau giang": ("1",), "tien giang": ("3",)},
        tree=UnitTree(wards={"13": frozenset({("1", "")})}),
    )
    readings = parse_address(text, streets_of_provinces)
    assert next((reading.elsewhere.text for reading in readings if reading.elsewhere), None) == province


def test_what_lies_elsewhere_is_not_read_any_further():
    assert [reading.understood for reading in parse_address("12 Lê Lợi, tỉnh Quảng Ninh", KNOWN)] == [
        [("elsewhere", "tỉnh Quảng Ninh")]
    ]


@pytest.mark.parametrize("ending", [", Việt Nam", ", Vietnam", " VN", " 700000", ", 70000, Việt Nam"])
def test_country_and_postcode_at_the_end_say_nothing(ending):
    assert understood_parts(f"12 Lê Lợi, Q.3{ending}") == understood_parts("12 Lê Lợi, Q.3")


def first(text, words=KNOWN):
    return parse_address(text, words)[0]


def understood_parts(text, words=KNOWN):
    return dict(first(text, words).understood)


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("12/34/5 hẻm 12 Nguyễn Trãi, P. Chợ Cũ",
         {"house": "12/34/5", "alley": "hẻm 12", "street": "Nguyễn Trãi", "ward": "P. Chợ Cũ"}),
        ("khu pho 3 p13 tan binh", {"quarter": "khu pho 3", "ward": "p13", "district": "tan binh"}),
        ("tổ 5, KP.2, P.13, Q. Tân Bình", {"quarter": "tổ 5, KP.2", "ward": "P.13", "district": "Q. Tân Bình"}),
        ("đối diện 55 Lê Lợi q1", {"house": "55", "street": "Lê Lợi", "district": "q1"}),
        ("55 le loi cho cu q1 tphw",
         {"house": "55", "street": "le loi", "ward": "cho cu", "district": "q1", "city": "tphw"}),
        ("12 Lê Lợi - Phường Chợ Cũ - Quận 1",
         {"house": "12", "street": "Lê Lợi", "ward": "Phường Chợ Cũ", "district": "Quận 1"}),
        ("12 xẹt 34 nguyễn trãi", {"house": "12 xẹt 34", "street": "nguyễn trãi"}),
        ("Số 12-14 Lê Lợi", {"house": "12-14", "street": "Lê Lợi"}),
        ("123 bis Võ Thị Sáu", {"house": "123 bis", "street": "Võ Thị Sáu"}),
        ("s/n 5 Lê Lợi", {"house": "5", "street": "Lê Lợi"}),
        ("Lê Lợi số 12", {"house": "12", "street": "Lê Lợi"}),
        ("số 5 ngách 3 ngõ 12 phố Huế", {"house": "5", "alley": "ngõ 12", "street": "Huế"}),
        ("A12/3 ấp 1, xã Bình Hưng", {"house": "A12/3", "quarter": "ấp 1", "ward": "xã Bình Hưng"}),
        ("ấp 3 x. Bình Hưng", {"quarter": "ấp 3", "ward": "x. Bình Hưng"}),
        ("15 bà huyện thanh quan q3", {"house": "15", "street": "bà huyện thanh quan", "district": "q3"}),
        ("260 nguyen tri phuong phuong 13", {"house": "260", "street": "nguyen tri phuong", "ward": "phuong 13"}),
        ("3/2 q10", {"street": "3/2", "district": "q10"}),
        ("45/3 đường 3/2", {"house": "45/3", "street": "3/2"}),
        ("Đ. số 5", {"street": "số 5"}),
        ("12 Tân Sơn Nhì", {"house": "12", "street": "Tân Sơn Nhì"}),
        ("TP Thủ Đức", {"district": "TP Thủ Đức"}),
        ("Trần Quan Khải", {"street": "Trần Quan Khải"}),
        ("ngã tư Hàng Sông", {"landmark": "ngã tư Hàng Sông"}),
        ("bv Cây Me", {"landmark": "bv Cây Me"}),
        ("12 Lê Lợi gần chợ Bà", {"house": "12", "street": "Lê Lợi", "landmark": "chợ Bà"}),
        ("hố sâu gần chợ Bà", {"landmark": "chợ Bà"}),
        ("NGUYỄN TRÃI, PHƯỜNG CHỢ CŨ, QUẬN 1",
         {"street": "NGUYỄN TRÃI", "ward": "PHƯỜNG CHỢ CŨ", "district": "QUẬN 1"}),
        ("Q3, P.13, 12 Lê Lợi", {"district": "Q3", "ward": "P.13", "house": "12", "street": "Lê Lợi"}),
    ],
)  # fmt: skip
def test_the_parts_are_told_apart_from_right_to_left(written, parts):
    assert parts in [dict(reading.understood) for reading in parse_address(written, KNOWN)][:2]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("Ward 13, District 3", {"ward": "Ward 13", "district": "District 3"}),
        ("Ward 13 District 3", {"ward": "Ward 13", "district": "District 3"}),
        ("Cho Cu Ward", {"ward": "Cho Cu Ward"}),
        ("Binh Hung Commune, Go Vap District", {"ward": "Binh Hung Commune", "district": "Go Vap District"}),
        ("Go Vap Dist.", {"district": "Go Vap Dist"}),
        ("Thu Duc City", {"district": "Thu Duc City"}),
        ("Le Loi Street", {"street": "Le Loi"}),
        ("12 Le Loi St., Dist. 3", {"house": "12", "street": "Le Loi", "district": "Dist. 3"}),
        ("12 Le Loi, D3", {"house": "12", "street": "Le Loi", "district": "D3"}),
        ("No. 12 Nguyen Trai Street", {"house": "12", "street": "Nguyen Trai"}),
        ("Le Loi Street 12", {"house": "12", "street": "Le Loi"}),
        ("5 Le Loi Street Cho Cu Ward Go Vap District",
         {"house": "5", "street": "Le Loi", "ward": "Cho Cu Ward", "district": "Go Vap District"}),
        ("house no 5, alley 12 Le Loi road", {"house": "5", "alley": "alley 12", "street": "Le Loi"}),
        ("12 Unheard Big Avenue, Cho Cu Ward", {"house": "12", "street": "Unheard Big", "ward": "Cho Cu Ward"}),
        ("55 Le Loi Street, Hai Wharf City, Vietnam", {"house": "55", "street": "Le Loi", "city": "Hai Wharf City"}),
        ("hamlet 3, Binh Hung commune", {"quarter": "hamlet 3", "ward": "Binh Hung commune"}),
        ("Street No. 5", {"street": "No. 5"}),
        ("near Cho Ba Market", {"landmark": "Cho Ba Market"}),
        ("12 Le Loi opposite Ba Bridge", {"house": "12", "street": "Le Loi", "landmark": "Ba Bridge"}),
        ("Le Loi Street, Uong Bi City", {"elsewhere": "Uong Bi City"}),
        ("12 Le Loi, Quang Ninh Province", {"elsewhere": "Quang Ninh Province"}),
        ("Le Loi, XYZ", {"street": "Le Loi"}),
    ],
)  # fmt: skip
def test_english_marks_stand_on_either_side_of_a_name(written, parts):
    assert understood_parts(written) == parts


@pytest.mark.parametrize(
    ("written", "part", "words"),
    [
        ("Ba Market", "landmark", "cho ba"),
        ("Cho Cu Ward", "ward", "cho cu"),
        ("quarter 3, Ward 13", "quarter", "quarter 3"),
        ("D. 3", "street", "3"),
    ],
)
def test_english_marks_are_compared_as_the_same_in_vietnamese(written, part, words):
    assert getattr(first(written), part).words == words


@pytest.mark.parametrize(
    ("written", "relation"),
    [
        ("opposite 55 Le Loi", "opposite"),
        ("across from Ba Market", "opposite"),
        ("next to Ba Market", "near"),
        ("in front of 12 Le Loi Street", "front"),
        ("behind Ba Market", "behind"),
        ("corner of Le Loi and Pasteur", "corner"),
    ],
)
def test_english_words_say_where_it_stands(written, relation):
    assert first(written).relation == relation


@pytest.mark.parametrize(
    "written",
    [
        "corner of Le Loi and Pasteur",
        "the corner of Le Loi Street and Pasteur Street",
        "at the intersection of Le Loi & Pasteur",
        "Le Loi and Pasteur intersection",
        "Le Loi at Pasteur",
        "Le Loi corner Pasteur",
        "Le Loi St. with Pasteur St.",
        "Lê Lợi - Pasteur",
        "lê lợi x pasteur",
        "Lê Lợi & Pasteur, Q.1",
        "lê lợi/pasteur",
        "góc Lê Lợi Pasteur",
        "ngã tư Lê Lợi - Pasteur",
        "n4 le loi pasteur",
        "giao lộ Lê Lợi và Pasteur",
        "đường Lê Lợi giao với đường Pasteur",
        "Lê Lợi gần Pasteur",
        "ngã ba Lê Lợi, Pasteur",
    ],
)
def test_a_crossing_is_two_streets(written):
    assert [street.words for street in first(written).crossing] == ["le loi", "pasteur"]


@pytest.mark.parametrize(
    ("written", "relation"),
    [
        ("đối diện 55 Lê Lợi", "opposite"),
        ("doi dien 55 le loi", "opposite"),
        ("kế bên chợ Bà", "near"),
        ("trước nhà 12 Lê Lợi", "front"),
        ("sau lưng chợ Bà", "behind"),
        ("góc Lê Lợi Pasteur", "corner"),
        ("vo thi sau", ""),
    ],
)
def test_where_it_stands_to_what_is_named(written, relation):
    assert first(written).relation == relation


@pytest.mark.parametrize(
    ("written", "part", "words"),
    [
        ("VTS q3", "street", "vo thi sau"),
        ("P.05 Q1", "ward", "phuong 5"),
        ("F13 Tân Bình", "ward", "phuong 13"),
        ("x. Bình Hưng", "ward", "xa binh hung"),
        ("đường Ba Tháng Hai", "street", "3 thang 2"),
        ("Cách Mạng Tháng Tám", "street", "cach mang thang 8"),
        ("12 xẹt 34 Lê Lợi", "house", "12/34"),
        ("bx Miền Tây", "landmark", "ben xe mien tay"),
    ],
)
def test_what_is_short_is_written_out_for_comparing(written, part, words):
    assert getattr(first(written), part).words == words


def test_what_can_be_understood_in_several_ways_is():
    readings = [dict(reading.understood) for reading in parse_address("Tân Bình", KNOWN)]

    assert {"ward": "Tân Bình"} in readings
    assert {"district": "Tân Bình"} in readings
    assert {"street": "Tân Bình"} in readings


def test_the_order_of_weights_is_the_order_of_readings():
    weights = [reading.weight for reading in parse_address("12 nguyen trai cho cu, tan binh", KNOWN)]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < weight <= 1 for weight in weights)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same(form):
    text = "55 Lê Lợi, Phường Chợ Cũ"
    assert understood_parts(unicodedata.normalize(form, text)) == understood_parts(text)


def test_tones_may_stand_on_either_vowel():
    assert accented_words("Hoà Bình") == accented_words("Hòa Bình")
    assert accented_words("Thuý") == accented_words("Thúy")
    assert accented_words("hồ") != accented_words("hò")
    assert comparison_key("Đường Hoà Bình") == comparison_key("hoa binh")


@pytest.mark.parametrize(
    ("first", "other"),
    [
        ("Đường Ba Tháng Hai", "3/2"),
        ("Ba Mươi Tháng Tư", "30 thang 4"),
        ("Cách Mạng Tháng Tám", "cách mạng tháng 8"),
        ("Hẻm 601 Đường Cách Mạng Tháng 8", "hem 601 cach mang thang tam"),
        ("Đường Dương Bá Trạc", "duong ba trac"),
        ("Ðường Số 3", "đường số 3"),
    ],
)
def test_names_that_are_written_in_two_ways_are_compared_as_one(first, other):
    assert comparison_key(first) == comparison_key(other)


@pytest.mark.parametrize(("first", "other"), [("An Dương Vương", "An Vương"), ("Bình Dương", "Bình"), ("12/3", "3/12")])
def test_names_that_differ_stay_different(first, other):
    assert comparison_key(first) != comparison_key(other)


@pytest.mark.parametrize("text", ["", " ", ",,,", "💡", "-", "/", "..."])
def test_where_there_is_no_word_nothing_is_understood(text):
    assert parse_address(text, KNOWN) == []


def test_parsing_5000_characters_takes_bounded_time():
    began = time.process_time()
    for text in (
        "phường " * 900,
        "12/" * 2000,
        "góc Lê Lợi và " * 400,
        "a-" * 2500,
        "gần " * 1500,
        "quận 1, " * 700,
        "le loi street " * 400,
        "tỉnh quảng " * 500,
        "tỉnh quảng ninh " * 400,
        "d3, " * 900,
        "700000 " * 900,
    ):
        parse_address(text, KNOWN)
    assert time.process_time() - began < 3


PIECES = st.sampled_from(
    ["12/3", "số", "hẻm", "Lê Lợi", "gần", "đối diện", "P.", "phường", "Q1", "quan", "tp", ",", "-", "x", "/", "Tân",
     "tan binh", "góc", "ngã tư", "kp3", "tổ", "ấp", "chợ", "3 tháng 2", "thang", ".", "đ.", "sẹt", "bis", "và", "%",
     "_", "huyện"]
)  # fmt: skip
WILD = st.lists(PIECES, max_size=40)


@example("0/GAN'0")
@given(st.one_of(st.text(max_size=300), WILD.map(" ".join), WILD.map("".join)))
def test_readings_of_any_text_quote_words_of_that_text(text):
    readings = parse_address(text, KNOWN)

    whole = tidy(text)
    assert len(readings) <= READINGS
    for reading in readings:
        assert 0 < reading.weight <= 1
        assert all(quoted and quoted in whole for _part, quoted in reading.understood)
        assert all(re.search(r"\w", quoted) for _part, quoted in reading.understood)


SPOKEN = Words(
    districts=frozenset({"1", "2", "go vap"}),
    wards=frozenset({"3", "go vap", "hiep binh"}),
    streets=frozenset({"hai ba trung", "ba trung", "le loi", "quoc lo 13", "nguyen van dau"}),
)


@pytest.mark.parametrize(("text", "parts"), [
    ("số ba Hai Bà Trưng", {"house": "3", "street": "hai ba trung"}),
    ("số ba hai Lê Lợi", {"house": "32", "street": "le loi"}),
    ("số một trăm hai mươi lăm Hai Bà Trưng", {"house": "125", "street": "hai ba trung"}),
    ("hai trăm lẻ năm Lê Lợi", {"house": "205", "street": "le loi"}),
    ("mười hai đường Lê Lợi", {"house": "12", "street": "le loi"}),
    ("Hai Bà Trưng", {"street": "hai ba trung"}),
    ("Lê Lợi quận nhất", {"street": "le loi", "district": "quan 1"}),
    ("Lê Lợi, quận nhứt", {"street": "le loi", "district": "quan 1"}),
    ("le loi quan nhi", {"street": "le loi", "district": "quan 2"}),
    ("phường ba gò vấp", {"ward": "phuong 3", "district": "go vap"}),
    ("12 hẻm số 4 Nguyễn Văn Đậu", {"house": "12", "street": "nguyen van dau"}),
])  # fmt: skip
def test_numbers_in_words_end_where_a_name_begins(text, parts):
    reading = parse_address(text, SPOKEN)[0]
    assert {name: getattr(reading, name).words for name in parts} == parts


@pytest.mark.parametrize("text", ["QL13 Hiệp Bình", "ql 13 hiep binh", "Quốc lộ 13, Hiệp Bình", "120 QL13, Hiệp Bình"])
def test_numbered_roads_are_streets_and_no_houses(text):
    """Also where their short name is none of the city's abbreviations."""
    reading = parse_address(text, SPOKEN)[0]
    assert (reading.street.words, reading.ward.words) == ("quoc lo 13", "hiep binh")
    assert reading.house is None or reading.house.text == "120"


@pytest.mark.parametrize("text", ["NVD1 Gò Vấp", "NVD 1 Gò Vấp"])
def test_abbreviations_are_known_with_and_without_a_blank(text):
    words = dataclasses.replace(SPOKEN, abbreviations={"nvd1": "Nguyễn Văn Đậu"})
    assert any(reading.street and reading.street.words == "nguyen van dau" for reading in parse_address(text, words))
