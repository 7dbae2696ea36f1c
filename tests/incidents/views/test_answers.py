"""Test `/answers/` and `/answers/SLUG/`: what they show, who is counted as helped, and who reads why not."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from incidents.answers.vocabulary import write_vocabulary
from incidents.models import Answer, AnswerVote, Authority, LifeEvent, Membership
from tests import factories

pytestmark = pytest.mark.django_db


def text_of(markup):
    return " ".join(re.sub(r"(?s)<.*?>", " ", markup).split())


def vote(client, helpful, **more):
    return client.post("/answers/birth/vote/", {"helpful": helpful, **more})


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, 200), ({"state": "draft"}, 404), ({"valid_until": -1}, 404), ({"valid_until": 0}, 200),
     ({"valid_from": 1}, 404)],
)  # fmt: skip
def test_only_what_is_published_and_valid_today_is_shown(client, town, fields, status):
    days = {name: localdate() + timedelta(days=n) for name, n in fields.items() if name != "state"}
    if "valid_until" in days:
        days["valid_from"] = localdate() - timedelta(days=9)
    factories.answer(**fields | days)
    listed = 'href="/answers/birth/"' in client.get("/answers/").text
    mapped = "/answers/birth/" in client.get("/sitemap/pages.xml").text
    statuses = [client.get("/answers/birth/").status_code, vote(client, "yes").status_code]
    assert (listed, mapped, statuses) == (status == 200, status == 200, [status, 303 if status == 200 else 404])
    assert client.get("/answers/none/").status_code == 404


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("vi", ["Đăng ký khai sinh", "<b>60 ngày</b>", "Trong ngày", "nộp sau 15 giờ: hôm sau", "Luật Hộ tịch 2014."]),
        ("en", ["Register a birth", "<b>60 days</b>", "One day", "after 3 pm: the next", "Luật Hộ tịch 2014."]),
    ],
)
def test_page_answers_in_the_language_of_its_reader(client, town, language, expected):
    factories.answer()
    client.cookies["django_language"] = language
    page = client.get("/answers/birth/").text
    assert [words for words in expected if words not in page] == []
    assert 'class="notice"' not in page


def test_page_without_english_says_so_and_marks_its_language(client, town):
    factories.answer(cost_en="")
    client.cookies["django_language"] = "en"
    page = client.get("/answers/birth/").text
    assert "This page is not available in English yet. It is shown in Vietnamese." in page
    assert re.search(r'<main[^>]*lang="vi"', page)
    assert "Đăng ký khai sinh" in page
    assert "Register a birth" not in page


def test_markup_in_an_answer_is_text_also_for_search_engines(client, town):
    factories.answer(title="</script><script>alert(1)</script>", text="**<i>x</i>** & **")
    page = client.get("/answers/birth/").text
    assert "<script>alert" not in page
    assert "<b>&lt;i&gt;x&lt;/i&gt;</b> &amp; **" in page
    data = json.loads(re.search(r'(?s)<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert [part["@type"] for part in data["@graph"]] == ["GovernmentService", "FAQPage"]
    assert data["@graph"][0]["name"] == "</script><script>alert(1)</script>"


def test_card_of_a_shared_link_tells_title_and_answer(client, town):
    factories.answer()
    head = client.get("/answers/birth/").text.partition("</head>")[0]
    assert 'property="og:title" content="Đăng ký khai sinh"' in head
    assert 'property="og:description" content="Làm tại phường, trong 60 ngày. Miễn phí."' in head


@pytest.mark.parametrize("by", ["", "events", "a-z", "nothing"])
def test_answers_are_listed_in_vietnamese_order(client, town, by):
    event = LifeEvent.objects.create(code="baby", name="Sinh con")
    for number, title in enumerate(["Đất", "Dân", "Ấp", "An"]):
        factories.answer(f"a{number}", title=title).life_events.add(event)
    page = client.get("/answers/", {"by": by}).text.partition('class="answer-groups"')[2]
    assert re.findall(r'href="/answers/(a\d)/"', page) == ["a3", "a2", "a1", "a0"]
    headings = {"events": ["Sinh con 4"], "a-z": ["A 1", "Â 1", "D 1", "Đ 1"]}
    assert [text_of(h) for h in re.findall(r"(?s)<h2 id=.*?</h2>", page)][:-1] == headings.get(by, ["Hộ tịch 4"])


def test_vote_is_counted_once_and_can_be_changed_and_taken_back(client, town):
    factories.answer()
    counts = []
    for helpful in ("yes", "yes", "no", "none", "no"):
        assert vote(client, helpful).url == "/answers/birth/#helpful"
        counts.append(sorted(AnswerVote.objects.values_list("helpful", flat=True)))
    assert counts == [[True], [True], [False], [], [False]]
    vote(Client(), "yes")
    page = text_of(client.get("/answers/birth/").text)
    assert "1 người thấy có ích, 1 người chưa" in page
    assert [vote(whose, "perhaps").status_code for whose in (client, Client())] == [400, 400]


def test_reason_is_kept_with_a_no_and_goes_with_a_yes(client, town):
    factories.answer()
    vote(client, "no", why="Thiếu giờ mở cửa")
    vote(client, "no")
    assert [row.why for row in AnswerVote.objects.all()] == ["Thiếu giờ mở cửa"]
    assert "Thiếu giờ mở cửa" in client.get("/answers/birth/").text
    assert "Thiếu giờ mở cửa" not in Client().get("/answers/birth/").text
    assert vote(client, "no", why="x" * 301).status_code == 400
    vote(client, "yes", why="Thiếu")
    assert [row.why for row in AnswerVote.objects.all()] == [""]


def test_votes_are_limited(client, town, settings):
    factories.answer()
    settings.LIMITS = settings.LIMITS | {"answer-vote:address": settings.LIMITS["puzzle:once"]}
    assert [vote(client, "yes").status_code for _n in range(2)] == [303, 429]


def test_reasons_are_read_by_those_who_answer_enquiries(client, town):
    factories.answer()
    factories.answer("other", title="Khác")
    vote(client, "no", why="Thiếu giờ mở cửa")
    client.force_login(factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER))
    page = client.get("/enquiries/answers/").text
    assert ("Thiếu giờ mở cửa" in page, "/answers/other/" in page) == (True, False)
    client.force_login(factories.person("control", town.desk, Membership.Role.CONTROL))
    assert client.get("/enquiries/answers/").status_code == 404


def office_of(client):
    page = client.get("/answers/birth/").text
    return text_of(re.search(r'(?s)<section[^>]*id="ward".*?</section>', page)[0])


def test_office_is_that_of_the_ward_chosen_by_any_of_its_names(client, town):
    factories.answer()
    client.cookies["django_language"] = "en"
    assert "Choose your ward to see its office, hours and telephone." in office_of(client)
    chosen = client.get("/answers/birth/", {"ward": "Phường old wharf"})
    assert (chosen.status_code, chosen.url, chosen.cookies["ward"].value) == (303, "/answers/birth/#ward", "001")
    assert "We do not know the address, telephone number or opening hours of this office yet." in office_of(client)
    Authority.objects.filter(pk=town.office.pk).update(
        office_hours="Mon-Sun 00:00-24:00", office_address="1 Harbour Road"
    )
    office = office_of(client)
    assert [words for words in ("Old Wharf Office", "1 Harbour Road", "Open now") if words not in office] == []
    assert client.get("/answers/birth/", {"ward": "002"}).url == "/answers/birth/#ward"
    assert "No ward has this name." in client.get("/answers/birth/", {"ward": "zzz"}).text


def test_choice_among_all_wards_leads_back_to_the_answer(client, town):
    factories.answer()
    page = client.get("/wards/?all&answer=birth").text
    assert 'href="/wards/001/?own&amp;answer=birth"' in page
    assert client.get("/wards/001/?own&answer=birth").url == "/answers/birth/#ward"
    assert client.post("/wards/", {"lon": "10.005", "lat": "50.005", "answer": "birth"}).url == "/answers/birth/#ward"
    assert client.get("/wards/001/?own&answer=none").url == "/wards/001/"


def test_matter_of_a_department_names_it_as_far_as_it_is_known(client, town):
    factories.answer(office="Water Company")
    assert "Water Company" in office_of(client)
    Answer.objects.update(office="Sở Vô danh")
    assert "Sở Vô danh" in office_of(client)


def test_question_is_shown_like_pages_before_it_is_sent(client, town):
    factories.answer()
    write_vocabulary()
    shown = [
        'href="/answers/birth/"' in client.get("/ask/", {"text": text, "kind": kind}).text
        for text, kind in (("đăng ký khai sinh ở đâu", "question"), ("đăng ký khai sinh ở đâu", "complaint"), ("", ""))
    ]
    assert shown == [True, False, False]
