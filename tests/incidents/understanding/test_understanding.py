"""Test what one sentence means, on written sentences and on wild text.

With CITY_DATA the true city's streets are there and places are measured, too.
"""

import os
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from gis_data.editions import importing
from gis_data.gazetteer import finding
from gis_data.pack import Pack
from incidents.answers.search import SURE_FROM, search_answers
from incidents.reporting.categories import learned
from incidents.seed import catalogue, information
from incidents.understanding import Corrections, Intent, spoken_here, understand
from incidents.understanding.languages import find_language
from incidents.understanding.references import find_reference
from incidents.views.public import box
from tests.incidents.understanding.measure import measure, read_sentences

PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
DATA = Path(os.environ["CITY_DATA"]) if os.environ.get("CITY_DATA") else None
# At least so many of the sentences are understood.
SHARES = {"intent": 0.92, "place": 0.9, "kind": 0.95, "no danger": 0.99}
FOREIGN = {
    "zh": "这里的路灯坏了", "ja": "ここのゴミがひどいです", "ko": "여기 쓰레기가 너무 많아요", "th": "ไฟถนนเสีย",
    "km": "ភ្លើងបំភ្លឺផ្លូវខូច",
    "ru": "Здесь не горит фонарь", "fr": "Bonjour, il y a un trou dans la rue devant mon hôtel",
    "de": "Guten Tag, hier ist die Straße nicht beleuchtet", "es": "Hola, no hay agua en nuestro edificio desde ayer",
    "id": "Selamat pagi, lampu jalan di depan rumah saya tidak menyala",
}  # fmt: skip


@pytest.fixture(scope="module")
def whole_city(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        pack = Pack(PACK, DATA)
        places = importing.load_places(finding.find_contents(pack, downloading="no"), say=lambda words: None)
        catalogue.load_catalogue(pack, places)
        learned.learn_categories()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def city(whole_city, db):
    return whole_city


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sentences.csv", "sentences_kept.csv"])
def test_written_sentences_are_understood(city, name):
    figures = measure(read_sentences(name), places=DATA is not None)
    table = "\n".join(figures.table())
    assert [what for what, share in SHARES.items() if figures.share(what) < share] == [], table
    assert figures.share("danger seen") == 1, table


@pytest.mark.slow
def test_what_was_understood_can_be_corrected_one_by_one(city):
    text = "Rác chất đống, đèn đường tắt, cống nghẹt ở chợ Bến Thành"
    before = understand(text)
    kind = next(kind for kind in before.kinds if kind != before.kind)
    after = understand(text, corrections=Corrections(intent=Intent.QUESTION, kind=kind))
    assert (after.intent, after.certainty, after.kind, after.kinds[0]) == (Intent.QUESTION, 1.0, kind, kind)
    assert (after.place, after.places, after.matters) == (before.place, before.places, before.matters)
    place = before.places[0]
    assert understand("Rác chất đống", corrections=Corrections(place=place)).place == place


@pytest.mark.slow
@pytest.mark.parametrize(("text", "count"), [
    ("1. Ổ gà to giữa đường. 2. Đèn đường không sáng. 3. Rác chất đống.", 3),
    ("Cống nghẹt. Còn nữa, đèn đường không sáng mấy hôm rồi.", 2),
    ("Đường ngập, xe chết máy, mong xử lý.", 0),
])  # fmt: skip
def test_several_matters_are_told_apart(city, text, count):
    assert len(understand(text).matters) == count


@pytest.mark.parametrize(("text", "reference"), [
    ("2611-40873", "2611-40873"), ("số 2611 40873 sao rồi", "2611-40873"), ("h261140874", "H2611-40874"),
    ("gọi 0903 123456", ""), ("2613-40873", ""), ("ổ gà", ""),
])  # fmt: skip
def test_a_number_is_found_in_its_normal_form(text, reference):
    assert find_reference(text) == reference


def test_ten_languages_are_told_what_is_spoken_here():
    assert {code: find_language(text) for code, text in FOREIGN.items()} == {code: code for code in FOREIGN}
    assert [code for code in FOREIGN if not spoken_here(code)] == []
    assert (spoken_here("vi"), spoken_here("en"), find_language("...")) == ("", "", "")


@pytest.mark.slow
@given(st.text(max_size=300))
def test_wild_text_is_understood_without_a_failure(city, text):
    understanding = understand(text)
    assert 0 <= understanding.certainty <= 1
    assert len(understanding.kinds) <= 4


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["ở đường ", "rác, ", "a. ", "1) ổ gà\n", "và ", "không ", "̛a", "10.1234 "])
def test_long_text_takes_time_in_proportion(city, unit):
    """Processor time, so that load does not matter; the second half is cut off at 4,000 characters."""
    short, long = (spent_on((unit * 4000)[:length]) for length in (1000, 8000))
    assert long < 40 * max(short, 0.005)


def spent_on(text):
    began = time.process_time()
    understand(text)
    return time.process_time() - began


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Xin hỏi thủ tục xin phép trồng cây trước nhà", Intent.QUESTION),
        ("thủ tục xin mở lớp dạy thêm ở nhà", Intent.QUESTION),
        ("đề nghị phường trồng thêm cây bóng mát", Intent.IDEA),
    ],
)
def test_asking_an_office_is_no_idea(city, text, intent):
    assert understand(text).intent == intent


@pytest.mark.slow
@pytest.mark.parametrize("text", ["làm lại căn cước ở đâu", "làm căn cước ở đâu", "nộp thuế đất ở đâu vậy ad"])
def test_question_where_is_no_place(city, text):
    """“ở đâu” was read as Chợ Bình Điền, and the question as a report."""
    understood = understand(text)
    assert (understood.places, understood.intent) == ((), Intent.QUESTION)


@pytest.fixture
def pages(city):
    information.load_information(catalogue.read_tables(Pack(PACK, DATA)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sentences.csv", "sentences_kept.csv"])
def test_no_answer_stands_before_a_report(pages, name):
    reports = [row["text"] for row in read_sentences(name) if row["intent"] in ("report", "danger")]
    questions = [text for text in reports if understand(text).intent == Intent.QUESTION]
    sure = [text for text in questions if any(match.score >= SURE_FROM for match in search_answers(text))]
    assert (len(reports) > 50, sure) == (True, [])
    assert [text for text in reports if answering_page(text) and text not in questions] == []


def answering_page(text):
    return box.card_context(QueryDict(urlencode({"q": text}))).get("answer", {}).get("address", "")


@pytest.mark.slow
@pytest.mark.parametrize(("text", "page"), [
    ("đổi bằng lái", "doi-giay-phep-lai-xe"), ("doi bang lai", "doi-giay-phep-lai-xe"),
    ("muốn làm hộ chiếu", "ho-chieu"), ("lam ho chieu", "ho-chieu"), ("renew passport", "ho-chieu"),
    ("xin giấy độc thân", "xac-nhan-doc-than"), ("cấp lại bằng lái bị mất", "cap-lai-giay-phep-lai-xe"),
    ("đăng ký kết hôn với người nước ngoài", "ket-hon-nguoi-nuoc-ngoai"), ("nhập hộ khẩu", "dang-ky-thuong-tru"),
    ("I want to get a birth certificate", "dang-ky-khai-sinh"), ("đóng thuế đất", "thue-dat-phi-nong-nghiep"),
    ("bán nhà mặt tiền giá rẻ liên hệ 0909", ""), ("chó thả rông không rọ mõm", ""), ("karaoke ồn quá", ""),
])  # fmt: skip
def test_wish_without_a_question_is_answered_by_its_page(pages, text, page):
    assert answering_page(text) == (page and f"/answers/{page}/")


@pytest.mark.slow
def test_wish_may_still_be_a_report(pages):
    card = box.card_context(QueryDict("q=đổi bằng lái"))
    assert (card["intent"], card["guessed"]) == ("question", True)
    report = "?" + urlencode({"q": "đổi bằng lái", "intent": "report"})
    assert report in [query for _words, query in card["other_readings"]]
    assert "answer" not in box.card_context(QueryDict("q=đổi bằng lái&intent=report"))
