"""Test the options that the box offers while somebody types: four groups, only what everybody may read."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from incidents.announcements import acts
from incidents.models import Answer, Incident
from incidents.seed import information
from tests import factories
from tests.incidents.seed.test_information import answer_row, tables

MOST_STATEMENTS = 25


@pytest.fixture
def places(town):
    return factories.named_places(town)


@pytest.fixture
def announce(town, controller):
    """Announces works in Old Wharf in these words; gives the announcement."""

    def issue(words):
        wording = acts.Wording(words, now() + timedelta(hours=5))
        return acts.issue("works", acts.Reach(area=town.old), wording, by=controller).announcement

    return issue


def ask(client, words, language="vi", **more):
    answer = client.get("/box/groups/", {"q": words} | more, headers={"accept-language": language})
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def options(page):
    """The titles of each group, as HTML."""
    groups = re.findall(r'role="group" aria-label="([^"]*)"> (.*?)</div>', page)
    return {name: [title.strip() for title in re.findall(r'class="title">(.*?)</span>', html)] for name, html in groups}


def links(page):
    return [unescape(address) for address in re.findall(r'<a class="find[^"]*" href="([^"]*)"', page)]


def test_four_groups_and_the_report_stand_in_order(client, places, announce):
    information.load_information(tables(answer_row(title="Ổ gà Lê Lợi thì báo ai", words="ổ gà lê lợi")))
    incident = factories.incident(places.hole, text="Ổ gà trên Lê Lợi")
    announcement = announce("Vá ổ gà trên Lê Lợi")
    page = ask(client, "ổ gà lê lợi", lon="10.0052", lat="50.0031")
    assert options(page) == {
        "Trả lời": ["<mark>Ổ gà Lê Lợi</mark> thì báo ai"],
        "Nơi chốn": ["<mark>Lê Lợi</mark>"] * len(options(page)["Nơi chốn"]),
        "Sự cố đang mở": ["<mark>Ổ gà</mark> trên <mark>Lê Lợi</mark>"],
        "Thông báo": ["Vá <mark>ổ gà</mark> trên <mark>Lê Lợi</mark>"],
    }
    assert page.index("Thông báo") < page.index("Gửi phản ánh: “ổ gà lê lợi”")
    assert [link for link in ("/answers/lost-card/", f"/?q={incident.reference}", f"/news/{announcement.pk}/")
            if link not in links(page)] == []  # fmt: skip
    assert links(page)[-1].endswith("&intent=report")
    assert re.search(r'class="far num">\d+ m<', page)


@pytest.mark.parametrize("words", ["ổ gà lê lợi", "o ga le loi", "Ổ GÀ  Lê Lợi!", "ổ gà ở lê lợ"])
def test_words_are_found_with_and_without_diacritics(client, places, words):
    factories.incident(places.hole, text="Ổ gà trên Lê Lợi")
    assert list(options(ask(client, words))["Sự cố đang mở"]) == ["<mark>Ổ gà</mark> trên <mark>Lê Lợi</mark>"]


def test_no_more_than_so_many_of_each(client, places, announce):
    information.load_information(
        tables(*(answer_row(slug=f"hole-{n}", title=f"Ổ gà {n}", words="ổ gà lê lợi") for n in range(4)))
    )
    for n in range(5):
        factories.incident(places.hole, text=f"Ổ gà Lê Lợi {n}")
        announce(f"Ổ gà Lê Lợi {n}")
    counts = {name: len(titles) for name, titles in options(ask(client, "ổ gà lê lợi")).items()}
    assert counts | {"Nơi chốn": 0} == {"Trả lời": 2, "Nơi chốn": 0, "Sự cố đang mở": 3, "Thông báo": 2}
    assert 0 < counts["Nơi chốn"] <= 3


def test_only_what_everybody_may_read_is_listed(client, town, officer):
    secret = factories.incident(town.secret, text="Nghe tiếng khóc xyzzy")
    done = factories.change(factories.incident(town.hole, text="Hố xyzzy"), state="merged", closed_at=factories.now())
    information.load_information(tables(answer_row(title="xyzzy", words="xyzzy")))
    Answer.objects.update(state=Answer.State.DRAFT)
    for person in (None, officer):
        if person:
            client.force_login(person)
        page = ask(client, "xyzzy")
        assert (options(page), secret.reference in page, done.reference in page) == ({}, False, False)
        assert options(ask(client, secret.reference)) == {}
    assert Incident.objects.count() == 2


def test_a_number_lists_its_incident(client, town):
    incident = factories.incident(town.hole, text="Hố sâu")
    assert options(ask(client, f"{incident.reference} tới đâu rồi")) == {"Sự cố đang mở": ["Hố sâu"]}


def test_titles_stand_in_the_language_of_the_page(client, town):
    information.load_information(tables(answer_row(title="Mất thẻ căn cước", words_en="lost card")))
    assert options(ask(client, "lost card", language="en")) == {"Answers": ["<mark>Lost card</mark>"]}
    assert options(ask(client, "lost card")) == {"Trả lời": ["Mất thẻ căn cước"]}


def test_words_of_danger_list_nothing(client, places):
    assert ask(client, "có người chết đuối ở lê lợi") == ""
    assert ask(client, "  ?! ") == ""


def test_what_is_typed_is_no_html(client, town):
    incident = factories.incident(town.hole, text="Hố <b>sâu</b> &amp;")
    page = ask(client, "hố <b>sâu</b>")
    assert options(page)["Sự cố đang mở"] == ["<mark>Hố</mark> &lt;b&gt;sâu&lt;/b&gt; &amp;amp;"]
    assert "“hố &lt;b&gt;sâu&lt;/b&gt;”" in page
    assert incident.reference in page


@pytest.mark.parametrize("query", ["lon=x", "lat=y", f"q={'a' * 16_001}"])
def test_a_bad_query_is_told(client, town, query):
    assert client.get(f"/box/groups/?{query}").status_code == 400


def test_without_scripts_the_page_lists_the_same(client, places):
    factories.incident(places.hole, text="Ổ gà trên Lê Lợi")
    page = " ".join(client.get("/", {"q": "ổ gà lê lợi"}, headers={"accept-language": "vi"}).content.decode().split())
    inside = page.partition('<noscript><div class="finds">')[2].partition("</noscript>")[0]
    assert options(inside) == options(ask(client, "ổ gà lê lợi"))
    assert 'role="option"' not in inside
    assert "<noscript><div" not in client.get("/").content.decode()


def test_options_need_few_statements(client, places, announce):
    information.load_information(tables(answer_row(title="Ổ gà Lê Lợi", words="ổ gà lê lợi")))
    for n in range(3):
        factories.incident(places.hole, text=f"Ổ gà Lê Lợi {n}")
        announce(f"Ổ gà Lê Lợi {n}")
    ask(client, "ổ gà lê lợi")
    with CaptureQueriesContext(connection) as statements:
        ask(client, "ổ gà  lê lợi")
    assert len(statements) <= MOST_STATEMENTS, [row["sql"][:200] for row in statements]
