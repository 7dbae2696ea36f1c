"""How texts are counted, cut and stripped."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm

from incidents.notify import segments

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
letters = st.text(st.characters(codec="utf-8"), max_size=400)
gsm_letters = st.text(st.sampled_from(segments.BASIC + segments.EXTENSION), max_size=700)
vietnamese = st.text(
    st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + " 0123456789.,:;!?()-/“”‘’–—…•\u00a0\n"), max_size=400
)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),  # 76 to a part: the 77th would be cut in two
        ("€" * 153, "gsm7", 306, 3),
        ("à è é ì ò ù É", "gsm7", 13, 1),
        ("á" + "a" * 69, "ucs2", 70, 1),
        ("á" + "a" * 70, "ucs2", 71, 2),
        ("á" * 134, "ucs2", 134, 2),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 66, "ucs2", 132, 2),  # 33 pairs to a part
        ("😀" * 67, "ucs2", 134, 3),
        ("Phản ánh của quý vị đã được tiếp nhận. Mã: CTY-2026-000123", "ucs2", 58, 1),
        (unicodedata.normalize("NFD", "Phản ánh của quý vị đã được tiếp nhận. Mã: CTY-2026-000123"), "ucs2", 58, 1),
        ("`", "ucs2", 1, 1),
    ],
)
def test_how_a_text_is_counted(text, encoding, units, count):
    cut = segments.split_into_parts(text)
    assert (cut.encoding, cut.units, cut.count) == (encoding, units, count)


@given(st.one_of(letters, gsm_letters, vietnamese))
def test_parts_put_together_are_the_text_and_none_is_too_long(text):
    cut = segments.split_into_parts(text)
    assert "".join(cut.texts) == unicodedata.normalize("NFC", text)
    room = segments.UNITS_PER_PART[cut.encoding][cut.count > 1]
    for part in cut.texts:
        assert len(segments.encode_part(part, cut.encoding)) <= room * (2 if cut.encoding == "ucs2" else 1)
    full = all(len(segments.encode_part(part, cut.encoding)) for part in cut.texts)
    assert full or cut.texts == ("",)


@given(gsm_letters)
def test_septets_are_those_of_the_alphabet(text):
    known = text.translate({ord(sign): None for sign in "\f§Æ" if sign in text})  # what the library's table lacks
    assert segments.encode_part(known, "gsm7") == gsm.gsm_encode(known)


@given(vietnamese)
def test_to_ascii_keeps_the_words_of_vietnamese_text(text):
    plain = segments.to_ascii(text)
    assert plain.isascii()
    assert "?" not in plain.replace("?", "", text.count("?"))
    assert segments.split_into_parts(plain).encoding == "gsm7"
    assert len(plain.split()) == len(text.split())


@given(letters)
def test_whatever_it_was_is_ascii_of_the_gsm_alphabet(text):
    plain = segments.to_ascii(text)
    assert plain.isascii()
    assert segments.split_into_parts(plain).encoding == "gsm7"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Đường Nguyễn Thị Thập", "Duong Nguyen Thi Thap"),
        (unicodedata.normalize("NFD", "Đường Nguyễn Thị Thập"), "Duong Nguyen Thi Thap"),
        ("“Đã xong” – ‘cảm ơn’…", "\"Da xong\" - 'cam on'..."),
        ("50.000\u00a0₫ • gấp 😀!", "50.000 d - gap !"),
        ("½ km, 中", "1/2 km, ?"),
    ],
)
def test_signs_become_their_plain_likes(text, plain):
    assert segments.to_ascii(text) == plain
