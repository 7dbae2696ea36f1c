"""What a unit's own system calls things: codes of services, and answers as XML."""

import pytest

from incidents.partners import words

ENTITIES = '<!DOCTYPE a [<!ENTITY b "bbbb">]><requests><request><status>&b;</status></request></requests>'


@pytest.mark.parametrize(("text", "codes"), [
    ("", {}),
    ("RD.01 = pothole\n\n  LT=street light ", {"RD.01": "pothole", "LT": "street light"}),
    ("RD.01 = a=b", {"RD.01": "a=b"}),
])  # fmt: skip
def test_codes_are_read_a_line_each(text, codes):
    assert words.parse_service_codes(text) == codes


@pytest.mark.parametrize(("text", "line"), [("RD.01", 1), ("= x", 1), ("RD.01 =", 1), ("RD.01 = a\nRD.01 = b", 2)])
def test_line_that_is_none_is_told(db, text, line):
    with pytest.raises(ValueError, match=str(line)):
        words.parse_service_codes(text)


@pytest.mark.parametrize(("text", "called"), [
    ("", "ST.1"), ("ST.1 = pothole", "pothole"), ("ST = street", "street"), ("ST = street\nST.1 = pothole", "pothole"),
])  # fmt: skip
def test_matter_is_called_by_its_own_line_or_its_groups(town, text, called):
    assert words.service_code(town.hole, text) == called


def test_rows_of_xml_are_those_of_json():
    body = (
        "<service_requests><request><service_request_id> 7 </service_request_id><status/>"
        "<media_url>a</media_url><media_url>b</media_url></request><request><token>t</token></request></service_requests>"
    )
    assert words.read_answer(body.encode(), "xml") == [
        {"service_request_id": "7", "status": "", "media_url": ["a", "b"]}, {"token": "t"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", ENTITIES, "<a>" * 10, "\x00", '<?xml version="1.0" encoding="x"?><a/>']
)
def test_what_is_no_xml_is_unreadable(body):
    with pytest.raises(words.Unreadable):
        words.read_answer(body.encode(), "xml")
