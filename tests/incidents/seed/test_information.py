"""What a pack says in information/ becomes pages that everybody may read, and what is wrong in it is named."""

import csv
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils.timezone import localtime

from gis_data.pack import InvalidData
from incidents.models import Answer, AnswerVote, AnswerWord, LifeEvent, OfferedWorks, Subject
from incidents.seed import information

COLUMNS = [name for columns in information.TABLES[information.ANSWERS] for name in columns]


def answer_row(slug="lost-card", **cells):
    usual = {
        "slug": slug, "title": "Mất thẻ", "title_en": "Lost card", "subject": "papers",
        "answer": "Đến phường. Rồi chờ.", "answer_en": "Go to the **ward**. Then wait.", "life_events": "loss",
        "reviewed_on": "2026-12-01",
        "words": "rớt thẻ|mất ví", "steps": "Đến phường|Chờ", "steps_en": "Go to the ward|Wait", "line": 2,
    }  # fmt: skip
    return dict.fromkeys(COLUMNS, "") | usual | cells


def tables(*answers):
    return {
        information.SUBJECTS: [{"code": "papers", "name": "Giấy tờ", "name_en": "Papers", "line": 2}],
        information.LIFE_EVENTS: [{"code": "loss", "name": "Mất giấy tờ", "name_en": "Losing papers", "line": 2}],
        information.ANSWERS: list(answers),
    }


def test_answers_of_a_pack_are_public(db):
    information.load_information(tables(answer_row(), answer_row("new-card", related="lost-card", words="")))
    lost = Answer.objects.public().get(slug="lost-card")
    assert (lost.words, lost.steps_en) == ("rớt thẻ\nmất ví", "Go to the ward\nWait")
    assert (lost.heading, lost.text) == ("Mất thẻ", "Đến phường. Rồi chờ.")
    assert (lost.subject.title, [event.title for event in lost.life_events.all()]) == ("Giấy tờ", ["Mất giấy tờ"])
    assert list(Answer.objects.get(slug="new-card").related.all()) == [lost]
    counts = AnswerWord.objects.filter(word__in=["the", "rot", "card"]).values_list("language", "word", "pages")
    assert set(counts) == {("vi", "the", 2), ("vi", "rot", 1), ("en", "card", 2), ("en", "the", 2)}


def test_loading_again_keeps_the_row_and_its_votes(db):
    information.load_information(tables(answer_row(), answer_row("other")))
    AnswerVote.objects.create(answer=Answer.objects.get(slug="lost-card"), helpful=False, why="Sai", visitor="a")
    information.load_information(tables(answer_row(title="Mất thẻ căn cước", valid_until="2026-12-31")))
    assert list(Answer.objects.values_list("slug", "title", "valid_until").order_by("slug")) == [
        ("lost-card", "Mất thẻ căn cước", date(2026, 12, 31)),
        ("other", "Mất thẻ", None),
    ]
    assert AnswerVote.objects.get().why == "Sai"
    assert (Subject.objects.count(), LifeEvent.objects.count()) == (1, 1)


def test_only_published_answers_of_today_are_public(db):
    days = [
        ("ended", "2020-01-01", "2020-12-31"), ("begins", "2999-01-01", ""), ("stays", "2020-01-01", "2999-01-01"),
        ("draft", "2020-01-01", ""),
    ]  # fmt: skip
    rows = [answer_row(slug, valid_from=begins, valid_until=ends) for slug, begins, ends in days]
    information.load_information(tables(*rows))
    Answer.objects.filter(slug="draft").update(state=Answer.State.DRAFT)
    assert list(Answer.objects.public().values_list("slug", flat=True)) == ["stays"]


@pytest.mark.parametrize(("cells", "fault"), [
    ({"slug": "mất thẻ"}, "slug 'mất thẻ' cannot be used."),
    ({"answer": ""}, "answer is empty."),
    ({"subject": "dogs"}, "there is no subject dogs."),
    ({"life_events": "loss|war"}, "there is no life event war."),
    ({"related": "lost-key"}, "there is no answer lost-key."),
    ({"title": "x" * 121}, "title is longer than 120 characters."),
    ({"online": "http://example.org"}, "online 'http://example.org' is no https address."),
    ({"online": "https://nowhere"}, "online 'https://nowhere' is no https address."),
    ({"online": "javascript:alert(1)"}, "online 'javascript:alert(1)' is no https address."),
    ({"steps_en": "Go"}, "steps are 2, steps_en 1."),
    ({"reviewed_on": "01/12/2026"}, "'01/12/2026' is no day as 2026-12-31."),
    ({"valid_until": "2026-11-30"}, "valid_until is before valid_from."),
])  # fmt: skip
def test_faults_of_answers_are_named(cells, fault):
    with pytest.raises(InvalidData) as faulty:
        information.check_information(tables(answer_row(**cells)))
    assert faulty.value.faults == (f"{information.ANSWERS} line 2: {fault}",)


def test_what_is_old_or_has_no_english_is_told():
    rows = [
        answer_row("old", reviewed_on="2025-11-30", valid_until="2026-06-01"),
        answer_row("plain", answer_en="", steps_en=""), answer_row("good"),
    ]  # fmt: skip
    assert information.review_information(tables(*rows), date(2026, 12, 2)) == [
        "information/answers.csv old: last reviewed on 2025-11-30.",
        "information/answers.csv old: not public since 2026-06-01.",
        "information/answers.csv plain: no English in answer_en, steps_en.",
    ]


def test_the_pack_that_ships_answers_eighty_needs(capsys):
    call_command("check_pack", "gis_data/packs/hcmc")
    listed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("information/")]
    assert listed[:3] == [
        "information/subjects.csv: 12 lines",
        "information/life_events.csv: 15 lines",
        "information/answers.csv: 86 lines",
    ]
    with open("gis_data/packs/hcmc/information/answers.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["slug"] for row in rows if not (row["title_en"] and row["answer_en"] and row["office"])] == []


@pytest.mark.parametrize("change", [{"title": ""}, {"online": "http://example.org"}, {"valid_until": date(2020, 1, 1)}])
def test_the_database_refuses_what_must_not_be(db, change):
    information.load_information(tables(answer_row()))
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.update(**change)


WORKS_COLUMNS = [name for columns in information.TABLES[information.ANNOUNCEMENTS] for name in columns]


def works_row(**cells):
    usual = {
        "code": "pipes", "title": "Thay ống nước", "text": "Đi lối khác", "from": "2999-01-04 22:00",
        "until": "2999-02-04 05:00", "place": "Harbour Road", "lon": "10.005", "lat": "50.005", "line": 2,
    }  # fmt: skip
    return dict.fromkeys(WORKS_COLUMNS, "") | usual | cells


def test_works_of_a_pack_are_offered_once(town):
    for _again in range(2):
        information.load_information({information.ANNOUNCEMENTS: [works_row()]})
    offer = OfferedWorks.objects.get()
    assert (offer.feed, offer.key, offer.place, offer.state) == ("pack", "pipes", "Harbour Road", "waiting")
    assert (f"{localtime(offer.starts_at):%Y-%m-%d %H:%M}", offer.reach.valid) == ("2999-01-04 22:00", True)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"title": ""}, "title is empty."),
        ({"text": "x" * 2001}, "text is longer than 2000 characters."),
        ({"from": "tomorrow"}, "'tomorrow' is no day or time as 2026-12-31 08:00."),
        ({"from": "2999-03-01"}, "until is not after from."),
        ({"lat": ""}, "lon and lat are no place."),
        ({"lat": "<b>"}, "lon and lat are no place."),
        ({"code": "a b"}, "code 'a b' cannot be used."),
    ],
)
def test_faults_of_works_are_named(cells, fault):
    with pytest.raises(InvalidData) as refused:
        information.check_information({information.ANNOUNCEMENTS: [works_row(**cells)]})
    assert list(refused.value.faults) == [f"information/announcements.csv line 2: {fault}"]
