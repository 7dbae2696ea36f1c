"""Test that texts in both languages use the terms of docs/words.md, and that violations are reported."""

import subprocess

import pytest

from tests.checks.words import (
    Said,
    Term,
    all_faults,
    english_faults,
    english_terms_of,
    faults,
    terms_of,
    workshop_faults,
    workshop_words,
)

PAGE = """
| Term | Meaning | English | Not |
| --- | --- | --- | --- |
| phản ánh | What a citizen sends | report: `your report` | `tin báo` |
| Chức vụ | What a person is | `post`, `Posts` | |

|Write|Vietnamese|Meaning|Not|
|---|---|---|---|
|all time|từ trước tới nay||`since ever`|
|received|tiếp nhận|It has arrived|`came in`, `taken in`|

## Words that stay in the workshop

On no page: `worker`, `token`. Only developers read `token`.
"""


def test_no_text_differs_from_the_page():
    assert all_faults() == []


def test_the_page_is_read():
    assert terms_of(PAGE) == [Term("phản ánh", ("your report",), ("tin báo",)), Term("Chức vụ", ("post", "Posts"), ())]
    assert english_terms_of(PAGE) == [
        Term("all time", (), ("since ever",)),
        Term("received", (), ("came in", "taken in")),
    ]
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
    ("Nobody has read this yet.", "Nobody has read this yet.", ["the English text"]),
    ("OpenStreetMap", "OpenStreetMap", []),
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


@pytest.mark.parametrize(("text", "files", "expected"), [
    ("Since ever", ["a.html"], ["a.html: “since ever” is not to be used, but “all time”: Since ever"]),
    ("It came in on Monday", ["a.py", "b.py"], [
        "a.py, b.py: “came in” is not to be used, but “received”: It came in on Monday",
    ]),
    ("The name came inside", ["a.py"], []),
    ("Phản ánh is a report", ["a.py"], ["a.py: Vietnamese in an English text: Phản ánh is a report"]),
    ("“Tiếng Việt” changes the language", ["a.py"], []),
    ("Dầu Tiếng Commune", ["areas.csv name_en"], []),
])  # fmt: skip
def test_what_an_english_text_may_hold(text, files, expected):
    assert list(english_faults([(text, files)], english_terms_of(PAGE))) == expected


def test_planted_words_of_both_languages_are_found(tmp_path):
    files = {
        "docs/words.md": PAGE,
        "templates/a.html": '{% load i18n %}{% translate "Since ever" %}',
        "locale/vi/LC_MESSAGES/django.po": 'msgid ""\nmsgstr ""\n\nmsgid "Since ever"\nmsgstr "Mọi tin báo"\n',
        "gis_data/packs/hcmc/city.toml": "emergency = []\n[city]\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert all_faults(tmp_path) == [
        "locale/vi/LC_MESSAGES/django.po:4: “tin báo” is not to be used: Mọi tin báo",
        "templates/a.html: “since ever” is not to be used, but “all time”: Since ever",
    ]
