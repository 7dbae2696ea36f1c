"""The table of notices: each row can be read, and reporters hear of a kind by one row."""

from collections import Counter

from incidents.casework import official_letters
from incidents.notify import text_keys
from incidents.notify.event_notices import REPORTERS, ROWS


def test_every_row_has_a_text():
    assert [row for row in ROWS if row.text not in text_keys.TEXTS] == []


def test_every_answer_to_reporters_has_a_letter():
    answers = {row.text for row in ROWS if row.role in REPORTERS and row.kind in official_letters.ANSWERS}
    assert {f"{text}_letter" for text in answers} == {key for key in text_keys.TEXTS if key.endswith("_letter")}


def test_reporters_hear_of_a_kind_by_one_row():
    rows = Counter(row.kind for row in ROWS if row.role in REPORTERS)
    assert set(rows.values()) == {1}


def test_between_units_says_who_says_what():
    assert {row.text for row in ROWS if row.sentence} == {"between_units"}
    assert [row for row in ROWS if row.text == "between_units" and "%(unit)s" not in row.sentence] == []
