"""Which words speak of danger, and that every way in tells whom to call before anything else."""

import csv
import tomllib
from pathlib import Path

import pytest

from gis_data.models import City
from incidents.intake.chat import danger
from incidents.intake.danger_words import Danger, find_dangers
from tests import factories

SAMPLES = Path(__file__).parents[2] / "samples" / "words"
NUMBERS = [
    {"number": "113", "what": "Công an", "what_en": "Police", "dangers": ["crime"]},
    {"number": "114", "what": "Cứu hỏa", "what_en": "Fire", "dangers": ["fire", "water"]},
    {"number": "115", "what": "Cấp cứu", "what_en": "Ambulance", "dangers": ["injury"]},
]


def read_sentences(name):
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return [(row["danger"], row["sentence"]) for row in csv.DictReader(file)]


@pytest.fixture
def numbers(town):
    City.objects.update(emergency=NUMBERS)


@pytest.mark.parametrize(("name", "missed", "false"), [("danger.csv", 0, 0), ("danger_held_out.csv", 0, 1)])
def test_sentences_of_danger_are_found(name, missed, false):
    """179 sentences; the lexicon was written by one half, and the other half was only measured."""
    sentences = read_sentences(name)
    not_found = [text for kind, text in sentences if kind and not find_dangers(text)]
    wrongly = [text for kind, text in sentences if not kind and find_dangers(text)]
    assert len(sentences) >= 85
    assert (len(not_found) <= missed, len(wrongly) <= false) == (True, True), (not_found, wrongly)


@pytest.mark.parametrize(("text", "dangers"), [
    ("chết đuối", {"water"}), ("CO NGUOI CHET DUOI!!!", {"water", "injury"}), ("cướp giật", {"crime"}),
    ("cuop giat", {"crime"}), ("hoả hoạn", {"fire"}), ("hỏa hoạn", {"fire"}), ("cháyyyy nhà", {"fire"}),
    ("xì gas", {"gas"}), ("bị điện giật", {"shock"}), ("toi muon chet", {"suicide"}), ("sập nhà", {"collapse"}),
    ("em bé bị bạo hành", {"child"}), ("tai nạn, có người bị thương", {"injury"}), ("gas leak", {"gas"}),
    ("cháy bóng đèn", set()), ("đèn đường trước nhà số 12 bị cháy", set()), ("xe chết máy", set()), ("cá chết", set()),
    ("xe chữa cháy đậu sai", set()), ("nước chảy", set()), ("tai nạn đã xử lý xong hôm qua", set()), ("", set()),
    ("Không có ai bị thương", set()), ("ổ gà dễ gây tai nạn", set()), ("No one was hurt", set()), ("cuop", set()),
    ("hôm qua cháy, giờ lại đang cháy lớn", {"fire"}), ("con tôi bị đánh đập từ tuần trước", {"child"}),
    ("đèn tắt. Đang cháy nhà!", {"fire"}), ("trụ điện bị xe tông gãy", set()), ("người bị xe tông", {"injury"}),
])  # fmt: skip
def test_dangers_of_a_text(text, dangers):
    assert find_dangers(text) == dangers


def test_numbers_that_the_danger_asks_for_stand_first(numbers):
    first = {
        text: [line["number"] for line in danger.numbers_to_call(text)]
        for text in ("đang cháy nhà", "có người ngất xỉu", "cướp giật", "ổ gà", "cháy và có người bị thương")
    }
    assert first == {
        "đang cháy nhà": ["114", "113", "115"], "có người ngất xỉu": ["115", "113", "114"],
        "cướp giật": ["113", "114", "115"], "ổ gà": ["113", "114", "115"],
        "cháy và có người bị thương": ["114", "115", "113"],
    }  # fmt: skip


def test_pack_names_numbers_for_each_danger():
    """Each danger has a number of the city that ships."""
    pack = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc" / "city.toml"
    lines = tomllib.loads(pack.read_text(encoding="utf-8"))["emergency"]
    named = [one for line in lines for one in line["dangers"]]
    assert sorted(named) == sorted(Danger)


# ---- every way in ----


def test_typed_words_are_answered_with_the_numbers(client, numbers):
    answered = client.get("/report/danger/", {"words": "nha dang chay lon, co nguoi ket"}).json()
    assert [line["number"] for line in answered["numbers"]] == ["114", "113", "115"]
    assert client.get("/report/danger/", {"words": "đèn đường cháy bóng"}).json() == {"numbers": []}
    assert client.get("/report/danger/").json() == {"numbers": []}


def shown_first(page):
    """The emergency numbers of the page's notice of danger, None where none is shown."""
    notice = page.partition("data-danger role")[2].partition("</div>")[0]
    if not notice or "hidden" in notice.partition(">")[0]:
        return None
    return [part.partition('"')[0] for part in notice.split('href="tel:')[1:]]


def test_form_and_map_show_the_numbers_without_scripts(client, numbers):
    page = client.post("/report/", {"find": "1", "text": "có người chết đuối"}).content.decode()
    assert shown_first(page) == ["114", "115", "113"]
    assert shown_first(client.post("/report/", {"find": "1", "text": "ổ gà"}).content.decode()) is None
    assert shown_first(client.get("/", {"q": "cướp giật chợ Cá"}).content.decode()) == ["113", "114", "115"]
    assert shown_first(client.get("/", {"q": "chợ Cá"}).content.decode()) is None


def test_page_after_sending_shows_the_numbers(client, numbers, town):
    report = factories.incident(town.hole, text="Có người bị thương nặng").reports.get()
    assert shown_first(client.get(f"/f/{report.token}/?sent=1").content.decode()) == ["115", "113", "114"]


def test_form_for_questions_marks_the_numbers(client, numbers):
    page = client.get("/ask/", {"text": "bạn tôi muốn tự tử"}).content.decode()
    assert 'class="notice emergency now"' in page
    assert 'class="notice emergency now"' not in client.get("/ask/", {"text": "xin hỏi thủ tục"}).content.decode()
