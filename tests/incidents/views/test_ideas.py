"""Test `/ideas/` and `/enquiries/ideas/`: sent, checked, supported, moved through its stages."""

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate, localtime, now

from incidents.announcements import following
from incidents.casework import own_reports
from incidents.disclosure import privacy_notice
from incidents.ideas import notices, supporting
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea
from incidents.ideas.steps import move
from incidents.models import AddressCode, Campaign, Follow, Idea, Membership, Notice, PersonalDataView
from incidents.notify import own_codes
from incidents.reporting.sender import Sender
from incidents.views.public import own_browser
from tests import factories

ROLE = Membership.Role
WRITER = Person("email", "an@example.org")
TITLE, TEXT = "Trồng cây dọc đường Tú Xương", "Mùa khô không có bóng râm."


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, ROLE.DISPATCHER)


@pytest.fixture
def idea(town, dispatcher):
    return public_idea(dispatcher, area=town.office.area)


@pytest.fixture
def confirmed_client(client, town):
    """A browser in which an address was confirmed for ideas."""
    confirm(client, "lan@example.org")
    return client


def confirm(client, address):
    browser, key = own_reports.new_browser()
    moment = now()
    AddressCode.objects.create(
        browser=browser, medium="email", address=address, digest="0" * 64, for_idea=True, asked_at=moment,
        until=moment + own_codes.OPENS_FOR,
    )  # fmt: skip
    client.cookies[own_browser.COOKIE] = key


def public_idea(dispatcher, title=TITLE, text=TEXT, person=WRITER, **more):
    incoming = IncomingIdea(title, text, person, **more)
    idea = receive_idea(incoming, Sender(network="203.0.113.9"))
    move(idea, "publish", by=dispatcher)
    return idea


def test_idea_is_sent_by_a_confirmed_person(confirmed_client, town):
    sent = {"title": TITLE, "text": TEXT, "ward": "001", "sending": uuid.uuid4()}
    answers = [confirmed_client.post("/ideas/new/", sent) for _time in range(2)]
    idea = Idea.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/ideas/sent/?number={idea.pk}"] * 2
    assert (idea.stage, idea.raw_title, idea.email, idea.area.code) == ("held", TITLE, "lan@example.org", "001")
    assert str(idea.pk) in confirmed_client.get(answers[0]["Location"]).text
    pages = [confirmed_client.get(address) for address in (f"/ideas/{idea.pk}/", "/ideas/")]
    assert (pages[0].status_code, TITLE in pages[1].text) == (404, False)


def test_form_says_what_is_stored_as_a_list(client, town):
    page = client.get("/ideas/new/").text
    assert (page.count("<dt"), "(&#x27;" in page) == (privacy_notice.FORM_LINES, False)


def test_unconfirmed_person_confirms_first(client, town):
    answer = client.post("/ideas/new/", {"title": TITLE, "text": TEXT})
    assert (answer.status_code, "/ideas/code/?next=" in answer.text, Idea.objects.count()) == (400, True, 0)


def test_faults_of_the_form_are_said_at_once(confirmed_client, town):
    answer = confirmed_client.post("/ideas/new/", {"title": " ", "text": "", "ward": "none"})
    assert (answer.status_code, set(answer.context["form"].errors)) == (400, {"title", "text", "ward"})


def test_similar_ones_come_before_sending(confirmed_client, idea):
    sent = {"title": "trong cay doc duong tu xuong", "text": TEXT}
    answer = confirmed_client.post("/ideas/new/", sent)
    assert (answer.status_code, list(answer.context["likes"]), Idea.objects.count()) == (200, [idea], 1)
    assert confirmed_client.post("/ideas/new/", sent | {"anyway": "1"}).status_code == 303


def test_code_goes_to_an_unknown_address_and_back(client, idea):
    here = f"/ideas/{idea.pk}/"
    request = client.post("/ideas/code/", {"contact": "new@example.org", "next": here})
    address_code = AddressCode.objects.get()
    own_codes.send_code(address_code.pk)
    code = Notice.objects.get(template="idea_code").values[0]
    answer = client.post("/ideas/code/", {"code": code, "next": here})
    assert (request.status_code, answer.status_code, answer["Location"]) == (303, 303, here)
    client.post(f"{here}support/")
    assert supporting.support_of(idea, Person("email", "new@example.org")) is not None


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/ideas/", "/desk/", ""])
def test_code_leads_back_to_ideas_only(client, town, address):
    page = client.get("/ideas/code/", {"next": address})
    assert page.context["next"] == "/ideas/"


def test_second_tap_takes_the_support_back(confirmed_client, idea):
    numbers = []
    for fields in ({"ward": "001"}, {"ward": "001"}, {"undo": "1"}):
        confirmed_client.post(f"/ideas/{idea.pk}/support/", fields)
        idea.refresh_from_db()
        numbers.append((idea.supporters, idea.residents))
    assert numbers == [(1, 1), (1, 1), (0, 0)]


def test_support_without_a_code_leads_to_it(client, idea):
    answer = client.post(f"/ideas/{idea.pk}/support/")
    assert (answer.status_code, answer["Location"]) == (303, f"/ideas/code/?next=%2Fideas%2F{idea.pk}%2F")


def test_decided_idea_takes_no_support(confirmed_client, idea, dispatcher):
    move(idea, "decline", by=dispatcher, note="The strip is too narrow.")
    answer = confirmed_client.post(f"/ideas/{idea.pk}/support/")
    page = Client().get(f"/ideas/{idea.pk}/")
    assert (answer.status_code, "The strip is too narrow." in page.text) == (409, True)


def test_list_is_searched_without_diacritics(client, idea, dispatcher):
    other = public_idea(dispatcher, title="Ghế chờ có mái", text="Ở trạm xe buýt.")
    texts = {words: client.get("/ideas/", {"q": words}).context["page"].object_list for words in ("trong cay", "buyt")}
    assert {words: list(rows) for words, rows in texts.items()} == {"trong cay": [idea], "buyt": [other]}


@pytest.mark.parametrize(("query", "number"), [({"ward": "001"}, 1), ({"ward": "002"}, 0), ({"stage": "planned"}, 0)])
def test_list_is_narrowed(client, idea, query, number):
    assert len(client.get("/ideas/", query).context["rows"]) == number


def test_orders_put_first_what_they_say(client, idea, dispatcher):
    other = public_idea(dispatcher, title="Ghế chờ có mái", text="Ở trạm xe buýt.")
    Idea.objects.filter(pk=idea.pk).update(supporters=5, due_at=now())
    first = {sort: client.get("/ideas/", {"sort": sort}).context["page"][0] for sort in ("", "new", "due")}
    assert first == {"": idea, "new": other, "due": idea}


def test_late_answer_is_said_in_public(client, idea):
    Idea.objects.filter(pk=idea.pk).update(due_at=idea.published_at)
    pages = [client.get(path, headers={"Accept-Language": "en"}).text for path in ("/ideas/", f"/ideas/{idea.pk}/")]
    assert ["The answer is late" in page for page in pages] == [True, True]


def test_joined_idea_leads_to_the_other(client, idea, dispatcher):
    other = public_idea(dispatcher)
    move(idea, "join", by=dispatcher, other=other)
    assert client.get(f"/ideas/{idea.pk}/")["Location"] == f"/ideas/{other.pk}/"


def test_desk_publishes_with_its_own_words(client, town, dispatcher):
    idea = receive_idea(IncomingIdea("Ông A chặt cây", TEXT, Person("email", "an@example.org")), Sender(network="n"))
    client.force_login(dispatcher)
    page = client.get(f"/enquiries/ideas/{idea.pk}/")
    client.post(f"/enquiries/ideas/{idea.pk}/publish/", {"title": "Trồng lại cây", "text": TEXT})
    idea.refresh_from_db()
    assert ("Ông A chặt cây" in page.text, idea.stage, idea.title) == (True, "received", "Trồng lại cây")
    assert PersonalDataView.objects.filter(how="idea", idea=idea, by=dispatcher).count() == 1


def test_desk_sees_faults_of_a_step_and_keeps_words(client, idea, dispatcher):
    client.force_login(dispatcher)
    answer = client.post(f"/enquiries/ideas/{idea.pk}/decline/", {"note": " "})
    assert (answer.status_code, set(answer.context["faults"])) == (400, {"note"})


def test_unit_answers_what_was_passed_on(client, idea, town, dispatcher):
    officer = factories.person("officer", town.office, ROLE.OFFICER)
    client.force_login(officer)
    before = client.post(f"/enquiries/ideas/{idea.pk}/study/", {"note": "We look."}).status_code
    move(idea, "pass-on", by=dispatcher, note="Yours.", authority=town.office)
    after = client.post(f"/enquiries/ideas/{idea.pk}/study/", {"note": "We look."}).status_code
    forbidden = client.post(f"/enquiries/ideas/{idea.pk}/join/", {}).status_code
    contact = client.post(f"/enquiries/ideas/{idea.pk}/contact/").status_code
    assert (before, after, forbidden, contact) == (404, 302, 404, 404)


def test_staff_is_told_of_a_crowd_of_one_network(client, idea, dispatcher):
    supporting.support(idea, Person("email", "a@example.org"), network="203.0.113.77")
    idea.supports.update(counts=False)
    client.force_login(dispatcher)
    assert "203.0.113.77" in client.get(f"/enquiries/ideas/{idea.pk}/").text


def follow_idea(client, idea, address="mai@example.org"):
    client.post("/following/", {"what": "idea", "idea": idea.pk, "way": "contact", "contact": address})
    follow = Follow.objects.latest("pk")
    following.confirm_follow(follow)
    return follow


def test_idea_is_followed_from_its_page(client, idea, dispatcher):
    link = f"/following/?what=idea&amp;idea={idea.pk}"
    assert (link in client.get(f"/ideas/{idea.pk}/").text, TITLE in client.get(f"/following/?idea={idea.pk}").text) == (
        True, True,
    )  # fmt: skip
    follow = follow_idea(client, idea)
    page = client.get(f"/following/{follow.token}/")
    assert (follow.idea, page.context["there"], page.context["title"]) == (idea, f"/ideas/{idea.pk}/", TITLE)


def test_followers_hear_of_each_decision_once(client, idea, dispatcher):
    other = public_idea(dispatcher)
    for idea_followed in (idea, other):
        follow_idea(client, idea_followed)
    move(other, "join", by=dispatcher, other=idea)
    line = move(idea, "plan", by=dispatcher, note="In January.")
    for _time in range(2):
        notices.announce_line(line.pk)
    heard = Notice.objects.filter(cause=f"idea-followed:{line.pk}")
    assert [(notice.address, notice.template) for notice in heard] == [("mai@example.org", "follow_news")]
    assert "In January." in heard[0].text


@pytest.mark.parametrize("number", ["0", "", "999999999999999999999", "x\0", "-1"])
def test_no_other_idea_is_followed(client, town, number):
    answer = client.post("/following/", {"what": "idea", "idea": number, "way": "contact", "contact": "a@example.org"})
    assert (answer.status_code, Follow.objects.count()) == (400, 0)


def test_held_idea_is_not_followed(client, town):
    held_idea = receive_idea(IncomingIdea(TITLE, TEXT, Person("email", "an@example.org")), Sender(network="n"))
    sent = {"what": "idea", "idea": held_idea.pk, "way": "contact", "contact": "a@example.org"}
    assert (client.post("/following/", sent).status_code, Follow.objects.count()) == (400, 0)
    assert TITLE not in client.get(f"/following/?idea={held_idea.pk}").text


def test_shared_idea_has_a_card_of_its_words(client, idea):
    page = client.get(f"/ideas/{idea.pk}/").text
    card = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)"', page))
    assert (card["title"], card["description"], card["url"].endswith(f"/ideas/{idea.pk}/")) == (TITLE, TEXT, True)


def test_own_ideas_stand_among_the_own_reports(confirmed_client, town, dispatcher):
    mine = Person("email", "lan@example.org")
    held_idea = receive_idea(IncomingIdea("Ghế chờ có mái", TEXT, mine), Sender(network="n"))
    shown_idea = public_idea(dispatcher, person=mine)
    public_idea(dispatcher, title="Của người khác", person=Person("email", "other@example.org"))
    page = confirmed_client.get("/mine/")
    assert list(page.context["ideas"]) == [shown_idea, held_idea]
    links = [f'href="/ideas/{idea.pk}/"' in page.text for idea in (held_idea, shown_idea)]
    assert (links, "Ghế chờ có mái" in page.text, list(Client().get("/mine/").context["ideas"])) == (
        [False, True], True, [],
    )  # fmt: skip


def test_ideas_in_public_stand_in_the_sitemap(client, idea):
    receive_idea(IncomingIdea(TITLE, TEXT, Person("email", "an@example.org")), Sender(network="n"))
    addresses = re.findall(r"/ideas/[0-9]*/?(?=</loc>)", client.get("/sitemap/pages.xml").text)
    assert addresses == ["/ideas/", f"/ideas/{idea.pk}/"]


def test_ideas_are_reached_from_footer_and_staff_bar(client, town, dispatcher):
    footer = client.get("/ideas/").text.partition("<footer")[2]
    client.force_login(dispatcher)
    desk = client.get("/enquiries/").text
    assert ('href="/ideas/"' in footer, 'href="/enquiries/ideas/"' in desk.partition("<main")[0]) == (True, True)


@pytest.mark.parametrize(("text", "title"), [
    ("Trồng cây.\nVì nóng.", "Trồng cây."), ("a" * 121, "a" * 120), ("ghế đá " * 30, ("ghế đá " * 17).strip()),
])  # fmt: skip
def test_title_is_the_first_line_in_whole_words(client, town, text, title):
    assert client.get("/ideas/new/", {"text": text}).context["form"].initial["title"] == title


def test_script_in_an_idea_is_only_words(client, town, dispatcher):
    script = "<script>alert(1)</script>"
    idea = public_idea(dispatcher, title=f"Trồng cây {script}", text=f"Vì nóng {script}")
    move(idea, "study", by=dispatcher, note=script)
    pages = [client.get(path).text for path in ("/ideas/", f"/ideas/{idea.pk}/", f"/following/?idea={idea.pk}")]
    client.force_login(dispatcher)
    pages += [client.get(path).text for path in ("/enquiries/ideas/", f"/enquiries/ideas/{idea.pk}/")]
    assert [(script in page, "&lt;script&gt;alert(1)" in page) for page in pages] == [(False, True)] * 5


def test_twenty_thousand_characters_are_refused_and_kept(confirmed_client, town):
    words = "cây xanh " * 2222
    answer = confirmed_client.post("/ideas/new/", {"title": TITLE, "text": words})
    assert (answer.status_code, set(answer.context["form"].errors), Idea.objects.count()) == (400, {"text"}, 0)
    assert (words.strip() in answer.text, confirmed_client.get("/ideas/new/", {"text": words}).status_code) == (
        True, 200,
    )  # fmt: skip


def test_own_support_is_marked_in_the_list(confirmed_client, idea, dispatcher):
    other = public_idea(dispatcher, title="Ghế chờ có mái", text="Ở trạm xe buýt.")
    confirmed_client.post(f"/ideas/{idea.pk}/support/", {"ward": "001"})
    page = confirmed_client.get("/ideas/")
    assert [(row["idea"], row["mine"], row["residents"]) for row in page.context["rows"]] == [
        (idea, True, "1"), (other, False, "0"),
    ]  # fmt: skip
    assert (page.text.count("data-mine"), Client().get("/ideas/").text.count("data-mine")) == (1, 0)


def test_list_begins_with_the_campaign_under_way(client, town):
    today = localdate()
    ended, running, later = (
        Campaign.objects.create(
            slug=slug, title=slug, text="Nạo vét.", promised=64, unit="điểm", authority=town.office, state="published",
            starts_on=today + timedelta(days=first), due_on=today + timedelta(days=last),
        )
        for slug, first, last in (("ended", -9, -1), ("running", 0, 0), ("later", 1, 9))
    )  # fmt: skip
    page = client.get("/ideas/")
    assert (page.context["campaign"]["campaign"], "/campaigns/running/" in page.text) == (running, True)
    running.delete()
    assert client.get("/ideas/").context["campaign"] is None
    assert {ended.slug, later.slug} & set(re.findall(r"/campaigns/(\w+)/", client.get("/ideas/").text)) == set()


def test_rest_of_the_list_is_counted(client, idea, dispatcher, monkeypatch):
    monkeypatch.setattr("incidents.views.public.ideas.PAGE_ROWS", 1)
    for number in range(3):
        public_idea(dispatcher, title=f"Ghế chờ số {number}", text="Ở trạm xe buýt.")
    pages = [client.get("/ideas/", {"page": page}) for page in (1, 3, 4)]
    assert [page.context["left"] for page in pages] == [3, 1, 0]
    assert [page.context["more_query"] for page in pages] == ["?page=2", "?page=4", ""]


def test_place_of_an_idea_stands_on_both_maps(client, idea):
    place = idea.area.shape.point_on_surface
    Idea.objects.filter(pk=idea.pk).update(place=place)
    pages = [client.get(path) for path in ("/ideas/", f"/ideas/{idea.pk}/")]
    pin = {"title": TITLE, "lon": round(place.x, 5), "lat": round(place.y, 5)}
    assert [json.loads(page.context["pins"]) for page in pages] == [[pin | {"page": f"/ideas/{idea.pk}/"}], [pin]]
    assert [f'data-ward="{idea.area.code}"' in page.text for page in pages] == [False, True]


@pytest.mark.parametrize(("hours", "words"), [(8 * 24, "8 days left"), (-24, None)])
def test_days_until_the_answer_are_counted(client, idea, hours, words):
    noon = localtime().replace(hour=12, minute=0)
    Idea.objects.filter(pk=idea.pk).update(due_at=noon + timedelta(hours=hours))
    page = client.get(f"/ideas/{idea.pk}/", headers={"Accept-Language": "en"})
    assert re.findall(r"-?\d+ days? left", " ".join(page.text.split())) == ([words] if words else [])
