"""Test the cards that answer the sentence of the box, with and without scripts."""

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from incidents import workflow
from incidents.models import Incident
from incidents.seed import information
from tests import factories
from tests.incidents.seed.test_information import answer_row, tables

HOLE = {"q": "ổ gà to trước số 12 Lê Lợi phường Old Wharf"}


@pytest.fixture
def places(town):
    return factories.named_places(town)


def card(client, language="vi", **parameters):
    answer = client.get("/box/", parameters, headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def title(page):
    return re.sub("<[^>]+>", "", page.partition('id="reading-title">')[2].partition("</h")[0]).strip()


def links(page, path):
    """The queries of the card's links to this path."""
    return [parse_qs(query.replace("&amp;", "&")) for query in re.findall(rf'href="{path}\?([^"#]*)', page)]


def test_a_report_is_read_with_place_kind_unit_and_deadline(client, places):
    page = card(client, **HOLE)
    assert title(page) == "Ổ gà to trước số 12 Lê Lợi phường Old Wharf"
    assert "Chúng tôi hiểu:" in page
    assert "12 Lê Lợi, Phường Old Wharf" in page
    assert "<b>UBND Old Wharf</b> <small>Việc này do phường xử lý.</small>" in page
    assert re.search(r"<b>Hạn [^<]*\d\d:\d\d", page)
    filled = {"category": ["ST.1"], "lon": ["10.005200"], "lat": ["50.002100"], "step": ["details"]}
    [sent, *_others] = [query for query in links(page, "/report/") if query["step"] == ["details"]]
    assert {name: sent[name] for name in filled} == filled


def test_the_form_is_filled_by_the_link_of_the_card(client, places):
    [sent, *_others] = [query for query in links(card(client, **HOLE), "/report/") if query["step"] == ["details"]]
    form = client.get("/report/", {name: value for name, [value] in sent.items()}).content.decode()
    assert 'name="lon" value="10.005200"' in form
    assert re.search(r'value="ST.1"\s+checked', form)
    assert "trước số 12 Lê Lợi" in form.partition("<textarea")[2].partition("</textarea>")[0]


def test_the_page_shows_the_card_above_the_list_without_scripts(client, places):
    incident = factories.incident(places.hole, place=factories.IN_NEW)
    page = client.get("/", HOLE).content.decode()
    reading, _, rows = page.partition('class="found"')
    assert 'id="reading-title"' in reading
    assert f'id="row-{incident.reference}"' in rows
    assert 'value="ổ gà to trước số 12 Lê Lợi phường Old Wharf"' in page
    assert "reading-title" not in client.get("/").content.decode()


def test_the_same_incident_near_by_stands_before_sending(client, places):
    place = factories.place_ahead(factories.Point(10.0052, 50.0021, srid=4326), 90, 30)
    near = factories.incident(places.hole, place=place, text="Hố sâu giữa đường, xe té hoài")
    page = card(client, **HOLE)
    before, _, after = page.partition(f'href="/i/{near.reference}/#me-too"')
    assert "Hố sâu giữa đường" in before
    assert "button primary" not in before
    assert "button primary" in after


@pytest.mark.parametrize(
    ("correction", "changed"),
    [
        ({"kind": "ST.2"}, {"category": ["ST.2"], "lon": ["10.005200"]}),
        ({"place": "10.015,50.005"}, {"category": ["ST.1"], "lon": ["10.015000"]}),
        ({"kind": "ST.2", "place": "10.015,50.005"}, {"category": ["ST.2"], "lon": ["10.015000"]}),
        ({"kind": "XX.9"}, {"category": ["ST.1"], "lon": ["10.005200"]}),
    ],
)
def test_one_part_is_corrected_and_the_rest_kept(client, places, correction, changed):
    page = card(client, **HOLE, **correction)
    [sent, *_others] = [query for query in links(page, "/report/") if query["step"] == ["details"]]
    assert {name: sent[name] for name in changed} == changed
    danger_links = [query for query in links(page, "/") if query.get("intent") == ["danger"]]
    known = {name: value for name, value in correction.items() if name == "kind"}
    assert {name: [value] for name, value in known.items()}.items() <= danger_links[0].items()


def test_what_is_not_known_is_asked_not_guessed(client, places):
    page = card(client, q="ổ gà to lắm")
    assert "Việc xảy ra ở đâu?" in page
    assert "Xong trước" not in page
    assert [query["step"] for query in links(page, "/report/") if "category" in query][:1] == [["where"]]
    page = card(client, q="ổ gà ở phường Cảng quận Sông")
    assert [title for title in ("Phường Old Wharf", "Phường New Wharf") if title in page] == [
        "Phường Old Wharf", "Phường New Wharf",
    ]  # fmt: skip
    assert "Xong trước" not in page


def test_danger_shows_the_fitting_number_first(client, places):
    police = {"number": "113", "what": "Công an", "dangers": ["crime"]}
    rescue = {"number": "114", "what": "Cứu nạn, cứu hộ", "dangers": ["water", "fire"]}
    factories.City.objects.update(emergency=[police, rescue])
    page = card(client, q="có người chết đuối", lon="10.0052", lat="50.0021", accuracy="15")
    assert title(page) == "Có người đuối nước: gọi ngay"
    assert re.findall(r'href="tel:(\d+)"', page) == ["114", "113"]
    call, _, rest = page.partition("read-aloud")
    assert "button primary" not in page
    assert "Phường Old Wharf" in rest
    assert "50,00210 10,00520" in rest
    assert "/report/" not in call
    assert [query["intent"] for query in links(page, "/")] == [["report"]]
    assert "urgent" not in card(client, q="có người chết đuối", intent="report")


def test_a_number_shows_its_public_state(client, town):
    incident = factories.incident(town.hole, text="Hố sâu giữa đường")
    workflow.move(incident, "accept")
    workflow.move(incident, "resolve", note="Đã vá xong mặt đường")
    page = card(client, q=f"{incident.reference} tới đâu rồi")
    assert title(page) == "Hố sâu giữa đường"
    assert [words for words in ("Đã vá xong mặt đường", "UBND Old Wharf", "Đã xử lý") if words not in page] == []
    assert f'href="/i/{incident.reference}/"' in page


def test_a_number_that_is_not_public_looks_unknown(client, town):
    hidden = factories.incident(town.secret, text="Nghe tiếng khóc")
    cards = {}
    for reference in (hidden.reference, "2611-99999"):
        page = card(client, q=f"{reference} tới đâu rồi")
        cards[reference] = title(page)
        assert "Nghe" not in page
    assert set(cards.values()) == {"Không có phản ánh công khai nào mang số này"}


@pytest.mark.parametrize(
    ("sentence", "intent", "kind"),
    [
        ("làm lại căn cước ở đâu vậy", "question", "question"),
        ("cảm ơn phường đã sửa đèn rất nhanh", "thanks", "thanks"),
        ("cán bộ phường thái độ hách dịch, tôi muốn khiếu nại", "complaint", "complaint"),
    ],
)
def test_words_for_an_office_lead_to_its_form_filled(client, town, sentence, intent, kind):
    page = card(client, q=sentence)
    assert f'data-intent="{intent}"' in page
    [query] = links(page, "/ask/")
    assert query == {"kind": [kind], "text": [sentence]}
    assert 'href="tel:1022"' in page


def test_an_idea_leads_to_its_own_form_filled(client, town):
    sentence = "tôi muốn góp ý: nên trồng thêm cây ở vỉa hè"
    page = card(client, q=sentence)
    assert ('data-intent="idea"' in page, links(page, "/ask/")) == (True, [])
    assert links(page, "/ideas/new/") == [{"text": [sentence]}]


def test_a_person_is_called_or_written_to(client, town):
    page = card(client, q="cho em gặp tổng đài viên")
    assert title(page) == "Tổng đài viên trả lời bạn"
    assert ('href="tel:1022"' in page, 'href="/chat/"' in page) == (True, True)


def test_a_place_shows_what_is_open_there(client, places):
    near = factories.incident(places.hole, place=factories.Point(10.0053, 50.0022, srid=4326), text="Hố sâu")
    far = factories.incident(places.hole, place=factories.IN_NEW, text="Nơi khác")
    page = card(client, q="12 Lê Lợi, phường Old Wharf")
    assert title(page) == "12 Lê Lợi, Phường Old Wharf"
    assert 'data-lon="10.0052"' in page
    assert [row.reference in page for row in (near, far)] == [True, False]
    assert links(page, "/report/") == [{"lon": ["10.005200"], "lat": ["50.002100"]}]


def test_a_sentence_not_understood_keeps_its_words(client, town):
    page = card(client, q="asdf qwer zxcv")
    assert title(page) == "Chúng tôi chưa hiểu câu này"
    assert [query["text"] for path in ("/report/", "/ask/") for query in links(page, path)] == [["asdf qwer zxcv"]] * 2
    assert ('href="/mine/"' in page, 'href="tel:1022"' in page) == (True, True)


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("https://maps.app.goo.gl/AbCd1234", "Liên kết rút gọn"),
        ("10.7769, 106.7009", "ngoài thành phố"),
        ("8.1234, 112.5678", "ngoài thành phố"),
    ],
)
def test_why_a_place_is_not_known_is_said(client, town, sentence, reason):
    assert reason in card(client, q=sentence)


def test_danger_in_another_language_is_sent_to_the_number(client, town):
    police = {"number": "113", "what": "Công an", "dangers": ["crime"]}
    fire = {"number": "114", "what": "Cứu hỏa", "dangers": ["fire"]}
    factories.City.objects.update(emergency=[police, fire])
    page = card(client, q="酒店着火了，快来人！")
    assert re.findall(r'href="tel:(\d+)"', page) == ["114", "113"]
    assert '<p class="spoken-here" lang="zh">有人有危险？请立即拨打下面的电话。</p>' in page


def test_each_of_ten_matters_is_offered(client, places):
    kinds = ["ổ gà trên Harbour Road", "rò rỉ nước ở Pasteur"] * 5
    page = card(client, q="\n".join(f"{number}. {kind}" for number, kind in enumerate(kinds, 1)))
    offered = page.partition('class="matters"')[2].partition("</section>")[0]
    assert [query["q"] for query in links(offered, "/")] == [[kind] for kind in kinds]


def test_a_language_not_spoken_is_answered_in_its_own_words(client, town):
    page = card(client, q="道路上有一个大洞，请尽快修理")
    assert '<p class="spoken-here" lang="zh">' in page


def test_several_matters_are_offered_one_by_one(client, places):
    page = card(client, q="1. ổ gà trước số 12 Lê Lợi\n2. rác chất đống ở Pasteur\n3. rò rỉ nước trên Harbour Road")
    offered = [query["q"] for query in links(page, "/") if set(query) == {"q"}]
    assert [words for [words] in offered if "rác" in words] != []


def test_a_novel_and_nonsense_are_answered(client, places):
    for sentence in ("ổ gà " * 800, "?", "<script>", "%00x", "🙂"):
        assert client.get("/box/", {"q": sentence}).status_code == 200
    assert client.get("/box/").status_code == 400


def test_abuse_gets_no_guess(client, places):
    page = card(client, q="lũ vô dụng, ngu như bò")
    assert title(page) == "Chúng tôi chưa hiểu câu này"
    assert "Ổ gà" not in page


@pytest.mark.parametrize("query", ["intent=x", "lon=x&lat=y", "place=1", "accuracy=-1", f"kind={'x' * 21}"])
def test_a_bad_query_is_told(client, town, query):
    assert client.get(f"/box/?q=a&{query}").status_code == 400
    assert client.get(f"/?q=a&{query}").status_code == 400


def test_the_card_is_kept_by_its_reader_alone(client, town):
    assert client.get("/box/", {"q": "ổ gà"})["Cache-Control"] == "private, max-age=30"


def test_the_headline_is_what_the_citizen_wrote(town):
    long = "nước ngập tới pô xe máy dưới chân cầu từ tối qua tới giờ"
    assert factories.incident(town.hole, text=long).headline == "Nước ngập tới pô xe máy dưới chân cầu t…"
    assert factories.incident(town.hole, place=factories.IN_NEW, text="").headline == "Ổ gà"
    assert len(Incident(text="a" * 99).headline) == 40


def test_examples_name_what_is_there(client, town):
    incident = factories.incident(town.hole, address="12 Lê Lợi", received_at=factories.now() - timedelta(hours=1))
    page = client.get("/", headers={"accept-language": "vi"}).content.decode()
    examples = re.findall(r'data-example="([^"]*)"', page)
    assert examples == ["ổ gà ở 12 Lê Lợi", "làm lại căn cước ở đâu", f"{incident.reference} tới đâu rồi"]
    client.cookies["intro"] = "closed"
    assert "data-example" not in client.get("/").content.decode()


def test_a_question_with_a_page_is_answered_at_once(client, places):
    information.load_information(tables(answer_row(title="Cấp lại thẻ căn cước bị mất", words="mất cccd")))
    question = "cho hỏi mất cccd thì cấp lại thẻ căn cước ở đâu vậy?"
    page = card(client, q=question)
    assert title(page) == "Cấp lại thẻ căn cước bị mất"
    assert "<b>Đến phường.</b> Rồi chờ." in page
    assert 'href="/answers/lost-card/"' in page
    assert links(page, "/ask/") == [{"kind": ["question"], "text": [question]}]
    assert title(card(client, q="cho hỏi thủ tục nhập hộ khẩu cho con ở đâu?")) != "Cấp lại thẻ căn cước bị mất"


def test_a_wish_is_answered_and_may_be_a_report(client, places):
    information.load_information(tables(answer_row(title="Cấp lại thẻ căn cước bị mất", words="mất cccd")))
    page = card(client, q="xin cấp lại căn cước")
    assert (title(page), "Chúng tôi chưa chắc" in page) == ("Cấp lại thẻ căn cước bị mất", True)
    assert {"q": ["xin cấp lại căn cước"], "intent": ["report"]} in links(page, "/")
    assert title(card(client, q="xin cấp lại căn cước", intent="report")) != "Cấp lại thẻ căn cước bị mất"
    assert title(card(client, **HOLE)) == "Ổ gà to trước số 12 Lê Lợi phường Old Wharf"
