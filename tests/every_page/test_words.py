"""Test that Vietnamese texts use the terms of docs/words.md, and that violations are reported."""

import pytest

from tests.checks.words import Said, Term, all_faults, faults, terms_of, workshop_faults, workshop_words

PAGE = """
| Term | Meaning | English | Not |
| --- | --- | --- | --- |
| phản ánh | What a citizen sends | report: `your report` | `tin báo` |
| Chức vụ | What a person is | `post`, `Posts` | |

## Words that stay in the workshop

On no page: `worker`, `token`. Only developers read `token`.
"""


def test_no_text_differs_from_the_page():
    assert all_faults() == []


def test_the_page_is_read():
    assert terms_of(PAGE) == [Term("phản ánh", ("your report",), ("tin báo",)), Term("Chức vụ", ("post", "Posts"), ())]
    assert workshop_words(PAGE) == ("worker", "token")


@pytest.mark.parametrize(("english", "text", "expected"), [
    ("", "Đã nhận phản ánh", []),
    ("", "Đã nhận tin báo", ["“tin báo” is not to be used"]),
    ("", "TIN BÁO mới", ["“tin báo” is not to be used"]),
    ("Thank you for your report.", "Cảm ơn bạn", ["“phản ánh” is missing"]),
    ("Thank you for your reports", "Cảm ơn bạn", []),
    ("The post is given", "Đã giao chức vụ", []),
    ("Posts", "Vị trí", ["“Chức vụ” is missing"]),
    ("Posts of others", "Của người khác", []),  # "Posts" is a whole text: it speaks for itself alone
    ("", "hoà giải, thuỷ lợi, UỶ BAN", ["a tone mark in the new style"]),
    ("", "hòa giải, thủy lợi, ỦY BAN, hoàn toàn, quý, ngoài, khoảng, QUỸ", []),
    ("", "đạt 84,8 %", ["a space before %"]),
    ("", "đạt %(share)s %%", ["a space before %"]),
    ("", "đạt 84.8%", ["a decimal point"]),
    ("", "đạt 84,8%, còn %(share)s%%", []),
    ("", "Cảm ơn bạn!", ["an exclamation mark"]),
    ("", "ho\u0300a", ["not NFC"]),
])  # fmt: skip
def test_what_a_text_may_hold(english, text, expected):
    texts = [Said("", "Chức vụ", english="Posts"), Said("here", text, english)]
    assert list(faults(texts, terms_of(PAGE))) == [f"here: {fault}: {text}" for fault in expected]


@pytest.mark.parametrize(("text", "files", "expected"), [
    ("A worker does it", ["templates/a.html"], True),
    ("Workers do it", ["templates/a.html"], True),
    ("The token", ["incidents/views/api/open311.py"], False),
    ("The token", ["incidents/views/api/open311.py", "templates/a.html"], True),
    ("The workers' day", ["templates/a.html"], True),
    ("homework", ["templates/a.html"], False),
])  # fmt: skip
def test_words_that_stay_in_the_workshop(text, files, expected):
    assert bool(list(workshop_faults([(text, files)], workshop_words(PAGE)))) == expected
