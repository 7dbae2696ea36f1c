"""Verdicts on results: by short links, once, and only on the current result."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from incidents import photos, reporting, workflow
from incidents.casework import additions, verdicts
from incidents.models import Event, Incident, Membership, Rating, Report
from tests import factories
from tests.incidents.views.test_pages import read_page
from tests.pages import one_line


@pytest.fixture
def report(town):
    return make_report(town.hole)


@pytest.fixture
def resolved_report(report, officer):
    """Report of a resolved incident."""
    resolve(report.incident, officer)
    return report


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)


def make_report(category, **more):
    return reporting.receive(
        reporting.IncomingReport(
            **{"channel": "web", "category": category, "place": factories.IN_OLD, "text": "Deep", "language": "en"}
            | more
        )
    )


def resolve(incident, officer, note="Filled and rolled.", **more):
    workflow.move(incident, "accept", by=officer)
    return workflow.move(incident, "resolve", by=officer, note=note, **more)


def link(report):
    return verdicts.short_link(report, verdicts.current_result(report.incident))


def state(report):
    return Incident.objects.get(pk=report.incident_id).state


def lines(report):
    return [(event.kind, event.note, event.public) for event in report.incident.timeline.all()][-2:]


# ---- what may be said ----


def test_it_is_done_closes_it_and_said_twice_it_is_said_once(resolved_report):
    first = verdicts.confirm_result(resolved_report)
    assert verdicts.confirm_result(resolved_report) == first
    assert (state(resolved_report), first.kind, first.by, first.authority, first.public) == (
        "closed", "confirmed", None, None, False,
    )  # fmt: skip


def test_one_dispute_is_enough_and_the_others_add_their_words(resolved_report, town):
    other = make_report(town.hole, join=None)
    Report.objects.filter(pk=other.pk).update(incident=resolved_report.incident)
    other.refresh_from_db()
    verdicts.dispute_result(resolved_report, "  Still\u200b open ")
    verdicts.dispute_result(other, "Two metres on, too")
    verdicts.dispute_result(other, "Two metres on, too")
    assert state(resolved_report) == "disputed"
    assert lines(resolved_report) == [("disputed", "Still open", False), ("disputed", "Two metres on, too", False)]


def test_the_clock_stood_still_while_it_was_held_to_be_done(report, officer):
    at = now()
    due = report.incident.due_at
    workflow.move(report.incident, "accept", by=officer)
    workflow.move(report.incident, "resolve", by=officer, note="Done", at=at)
    verdicts.dispute_result(report, "No", at=at + timedelta(days=3))
    assert Incident.objects.get().due_at == due + timedelta(days=3)


@pytest.mark.parametrize(("days", "allowed"), [(13.9, True), (14.1, False)])
def test_one_may_disagree_for_fourteen_days(resolved_report, days, allowed):
    at = verdicts.current_result(resolved_report.incident).at + timedelta(days=days)
    if allowed:
        verdicts.dispute_result(resolved_report, "No", at=at)
    else:
        with pytest.raises(verdicts.TooLate, match="14"):
            verdicts.dispute_result(resolved_report, "No", at=at)
    assert state(resolved_report) == ("disputed" if allowed else "resolved")


def test_what_was_judged_stands(resolved_report, dispatcher):
    verdicts.dispute_result(resolved_report, "No")
    workflow.move(Incident.objects.get(), "overrule", by=dispatcher, note="I was there: it is closed.")
    with pytest.raises(verdicts.TooLate):
        verdicts.dispute_result(resolved_report, "But no")
    assert state(resolved_report) == "closed"


def test_a_dispute_needs_words(resolved_report):
    with pytest.raises(workflow.NoteMissing):
        verdicts.dispute_result(resolved_report, " \u200b ")


@pytest.mark.parametrize("act", [
    verdicts.confirm_result,
    lambda report: verdicts.dispute_result(report, "No"),
    lambda report: verdicts.rate_result(report, 5),
])  # fmt: skip
def test_where_there_is_no_result_there_is_nothing_to_judge(report, act):
    with pytest.raises(workflow.NotAllowed):
        act(report)
    assert state(report) == "assigned"


def test_a_result_is_rated_once_and_the_next_one_again(resolved_report, officer, dispatcher):
    verdicts.rate_result(resolved_report, 2, "Took long")
    with pytest.raises(verdicts.RatedAlready):
        verdicts.rate_result(resolved_report, 5)
    verdicts.dispute_result(resolved_report, "No")
    workflow.move(Incident.objects.get(), "uphold", by=dispatcher, note="He is right")
    workflow.move(Incident.objects.get(), "resolve", by=officer, note="Now it is")
    verdicts.rate_result(resolved_report, 5)
    assert list(Rating.objects.order_by("pk").values_list("stars", "reason")) == [(2, "Took long"), (5, "")]
    assert list(Event.objects.filter(kind="rated").values_list("note", "public")) == [
        ("2/5: Took long", False),
        ("5/5", False),
    ]


def test_the_database_takes_one_rating_and_only_stars_that_exist(resolved_report):
    result = verdicts.current_result(resolved_report.incident)
    Rating.objects.create(report=resolved_report, result=result, stars=1)
    for stars in (1, 6, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            Rating.objects.create(report=resolved_report, result=result, stars=stars)
    for stars in (0, 6, None, "5"):
        with pytest.raises(verdicts.BadStars):
            verdicts.rate_result(resolved_report, stars)


# ---- short links ----


@pytest.mark.parametrize("value", [0, 1, 35, 36, 2_000_000, 2**31, 36**12 - 1])
def test_numbers_are_short_and_read_again(value):
    assert verdicts.from_base36(verdicts.to_base36(value)) == value


@pytest.mark.parametrize("slug", ["", "-1", "+1", "01", "A", "1_0", "zzzzzzzzzzzzzzz", "é", "0"])
def test_what_is_no_number_is_none(slug):
    assert verdicts.from_base36(slug) == (0 if slug == "0" else -1)


def test_a_short_link_fits_into_an_sms_and_is_not_guessed(resolved_report):
    slug = link(resolved_report).removeprefix("/t/").strip("/")
    assert re.fullmatch(r"[\w-]{15,20}", slug, re.ASCII)
    assert resolved_report.token[:14] not in slug
    assert 14 * 6 >= 80  # bits: a letter of a token is one of 64


def test_a_forged_link_is_no_page(client, town, resolved_report, officer):
    other = make_report(town.hole)
    foreign = resolve(other.incident, officer)
    good = verdicts.short_link_slug(resolved_report, verdicts.current_result(resolved_report.incident))
    forged = [
        good[:-1], good[:14] + "-1", good[:14], good[:5], good[14:], good + "1", "A" * 14 + good[14:],
        good[:13] + ("-" if good[13] == "_" else "_") + good[14:],
        good[:14] + "0" + good[14:], verdicts.short_link_slug(resolved_report, foreign), "x" * 200,
    ]  # fmt: skip
    for slug in forged:
        assert (slug, client.get(f"/t/{slug}/").status_code) == (slug, 404)
        assert client.post(f"/t/{slug}/", {"verdict": "confirm"}).status_code == 404
    assert state(resolved_report) == "resolved"


def test_a_short_link_opens_what_its_line_told_and_nothing_else(client, resolved_report):
    """A forwarded short link shows the result, and nothing that leads to the private page."""
    result = verdicts.current_result(resolved_report.incident)
    slug = verdicts.short_link_slug(resolved_report, result)
    others = resolved_report.incident.timeline.exclude(pk=result.pk)
    assert others.count() >= 3
    for event in others:
        line = verdicts.to_base36(event.pk)
        for begin in (slug[:14], resolved_report.token[:14]):
            assert client.get(f"/t/{begin}{line}/").status_code == 404
    page = client.get(f"/t/{slug}/")
    assert page.status_code == 200
    assert resolved_report.token not in page.content.decode()
    assert f"/i/{resolved_report.incident.reference}/" in page.content.decode()


def test_a_short_link_leads_the_own_browser_to_the_page(client, resolved_report):
    client.post(f"/f/{resolved_report.token}/keep/")
    for query, where in (
        ("", "#last-word"),
        ("?stars=4", "?stars=4#last-word"),
        ("?stars=99&x=1", "?stars=9#last-word"),
    ):
        answer = client.get(link(resolved_report) + query)
        assert (answer.status_code, answer["Location"]) == (302, f"/f/{resolved_report.token}/{where}")
    answer = client.post(link(resolved_report), {"verdict": "confirm"})
    assert answer["Location"] == f"/f/{resolved_report.token}/?said=confirm#done"


def test_a_verdict_from_the_private_page_leads_back_to_it(client, resolved_report):
    for named, leads in (("", link(resolved_report)), (resolved_report.token, f"/f/{resolved_report.token}/")):
        answer = client.post(link(resolved_report), {"verdict": "dispute", "words": "Still there", "link": named})
        assert answer["Location"] == f"{leads}?said=dispute#done"


def test_a_short_link_of_before_opens_its_result(client, resolved_report):
    line = verdicts.to_base36(verdicts.current_result(resolved_report.incident).pk)
    assert client.get(f"/t/{resolved_report.token[:14]}{line}/").status_code == 200


def test_a_short_link_shows_the_photos_of_its_page(client, town, officer):
    from_citizen, from_unit = (photos_of(colour) for colour in ("red", "green"))
    report = make_report(town.hole, pictures=from_citizen, pictures_public=False)
    resolve(report.incident, officer, pictures=from_unit)
    other = make_report(town.hole, pictures=photos_of("blue"), pictures_public=False).photos.get()
    page = client.get(link(report)).content.decode()
    shown = re.findall(r'src="(/photo/\S+\?result=\S+)"', page)
    assert [client.get(address).status_code for address in shown] == [200, 200]
    foreign = re.sub(r"/photo/\d+/", f"/photo/{other.pk}/", shown[0])
    assert client.get(foreign).status_code == 404


def test_looking_changes_nothing(client, resolved_report):
    before = Event.objects.count()
    for address in (
        link(resolved_report),
        f"{link(resolved_report)}?stars=1&verdict=confirm",
        f"{link(resolved_report)}?said=confirm",
    ):
        response = client.get(address)
        assert (response.status_code, client.head(address).status_code) == (200, 200)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert (Event.objects.count(), Rating.objects.count(), state(resolved_report)) == (before, 0, "resolved")


@pytest.mark.parametrize(("posted", "becomes", "says"), [
    ({"verdict": "confirm"}, "closed", "Thank you. The incident is closed."),
    ({"verdict": "dispute", "words": "Still there"}, "disputed", "Somebody who did not work on it will now review it."),
    ({"verdict": "dispute", "often": "part"}, "disputed", "Somebody who did not work on it will now review it."),
    ({"verdict": "rate", "stars": "4", "reason": "Quick"}, "resolved", "This is your rating."),
])  # fmt: skip
def test_one_tap_is_enough(client, resolved_report, posted, becomes, says):
    response = client.post(link(resolved_report), posted)
    assert (response.status_code, state(resolved_report)) == (303, becomes)
    assert says in read_page(client.get(response["Location"]))


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(("posted", "status", "says"), [
    ({}, 400, "Is the result as described?"),
    ({"verdict": "erase"}, 400, "Is the result as described?"),
    ({"verdict": "dispute"}, 400, "Write a few words: what is not done yet?"),
    ({"verdict": "dispute", "words": "x" * 1001}, 400, "Please shorten the text to 1000 characters; it has 1001."),
    ({"verdict": "rate"}, 400, "Choose one to five stars."),
    ({"verdict": "rate", "stars": "6"}, 400, "Choose one to five stars."),
    ({"verdict": "rate", "stars": "5", "reason": "x" * 1001}, 400, "Please shorten the text to 1000 characters"),
])  # fmt: skip
def test_what_cannot_be_taken_is_said_and_nothing_is_lost(client, resolved_report, posted, status, says):
    response = client.post(link(resolved_report), posted)
    assert response.status_code == status
    assert says in read_page(response)
    assert posted.get("words", "") in response.content.decode()
    assert (state(resolved_report), Rating.objects.count()) == ("resolved", 0)


def test_a_second_rating_is_refused_with_a_sentence(client, resolved_report):
    for stars, status in (("4", 303), ("1", 409)):
        response = client.post(link(resolved_report), {"verdict": "rate", "stars": stars})
        assert response.status_code == status
    assert "You have already rated this result. Thank you." in read_page(response)
    assert Rating.objects.get().stars == 4


def test_a_letter_may_preselect_the_stars(client, resolved_report):
    assert 'value="4" checked' in one_line(client.get(f"{link(resolved_report)}?stars=4"))
    for nonsense in ("9", "x", "-1", ""):
        assert " checked" not in one_line(client.get(f"{link(resolved_report)}?stars={nonsense}"))


def test_an_old_link_is_told_so_and_leads_to_the_new_result(client, resolved_report, officer):
    old = link(resolved_report)
    workflow.move(resolved_report.incident, "reopen", by=officer, note="It broke again")
    for method, status in ((client.get, 200), (lambda at: client.post(at, {"verdict": "confirm"}), 409)):
        response = method(old)
        assert response.status_code == status
        assert "This result no longer counts" in read_page(response)
        assert "Yes, it is done" not in read_page(response)
    workflow.move(resolved_report.incident, "resolve", by=officer, note="Again")
    assert f'href="{link(resolved_report)}"' in client.get(old).content.decode()
    assert link(resolved_report) != old


def test_a_link_that_tells_no_result_leads_to_the_private_page(client, report):
    event = report.incident.timeline.last()
    response = client.get(verdicts.short_link(report, event))
    assert (response.status_code, response["Location"]) == (302, f"/f/{report.token}/")


@pytest.mark.parametrize(("reported_in", "chosen", "spoken"), [
    ("en", None, "en"), ("vi", None, "vi"), ("vi", "en", "en"), ("en", "xx", "en"),
])  # fmt: skip
def test_it_speaks_the_language_of_the_report(client, town, officer, reported_in, chosen, spoken):
    report = make_report(town.hole, language=reported_in)
    resolve(report.incident, officer)
    if chosen:
        client.cookies["django_language"] = chosen
    assert f'<html lang="{spoken}"' in one_line(client.get(link(report)))


def test_a_page_whose_cookie_is_gone_keeps_what_was_typed(client, resolved_report):
    client.handler.enforce_csrf_checks = True
    posted = {"verdict": "dispute", "words": "Still there"}
    response = client.post(link(resolved_report), posted)
    assert response.status_code == 403
    assert "Still there" in response.content.decode()
    fresh = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', response.content.decode())[1]
    assert client.post(link(resolved_report), posted | {"csrfmiddlewaretoken": fresh}).status_code == 303


def test_what_was_not_accepted_can_be_disputed_and_not_confirmed(client, report, officer):
    workflow.move(report.incident, "reject", by=officer, note="Between two neighbours")
    text = read_page(client.get(link(report)))
    assert "Between two neighbours" in text
    assert "Yes, it is done" not in text
    assert client.post(link(report), {"verdict": "confirm"}).status_code == 409
    assert client.post(link(report), {"verdict": "dispute", "words": "No"}).status_code == 303
    assert state(report) == "disputed"


# ---- the pages ----


def test_private_page_shows_the_result_with_both_pictures(client, town, officer):
    from_citizen, from_unit = (photos_of(colour) for colour in ("red", "green"))
    report = make_report(town.hole, pictures=from_citizen)
    resolve(report.incident, officer, pictures=from_unit)
    html = one_line(client.get(f"/f/{report.token}/"))
    before, after = report.photos.get(), report.incident.photos.get(report=None)
    pair = re.search(r'<div class="pair"(.*?)</div>', html, re.S)[1]
    assert re.findall(r'src="(\S+)"', pair) == [
        f"/photo/{photo.pk}/large.jpg?token={report.token}" for photo in (before, after)
    ]
    client.cookies["django_language"] = "en"
    text = read_page(client.get(f"/f/{report.token}/"))
    for phrase in (
        "Filled and rolled.",
        "Old Wharf Office",
        "before the deadline",
        "Is the result as described?",
    ):
        assert phrase in text


def test_private_page_repeats_what_its_sender_wrote_later(client, town, officer):
    report, neighbour = make_report(town.hole), make_report(town.hole, join=None)
    additions.add_to_report(report, words="Deeper since the rain", pictures=[])
    workflow.move(report.incident, "ask", by=officer, note="Which side?")
    additions.answer_unit(report, words="The left one", pictures=[])
    Report.objects.filter(pk=neighbour.pk).update(incident=report.incident)
    neighbour.refresh_from_db()
    workflow.move(report.incident, "resolve", by=officer, note="Filled and rolled.")
    verdicts.rate_result(report, 2, "Too late")
    verdicts.dispute_result(report, "It is open again")
    verdicts.dispute_result(neighbour, "So it is")
    client.cookies["django_language"] = "en"
    remarks = [
        [
            (str(line.heading), line.words)
            for line in client.get(f"/f/{sender.token}/").context["talk"]
            if not line.theirs
        ]
        for sender in (report, neighbour)
    ]
    assert [lines[1:] for lines in remarks] == [
        [
            ("", "Deeper since the rain"), ("", "The left one"),
            ("Your rating", "2/5: Too late"), ("Why you do not agree", "It is open again"),
        ],
        [("Why you do not agree", "So it is")],
    ]  # fmt: skip


def test_dispute_is_public_but_its_words_are_not(client, resolved_report, town):
    client.cookies["django_language"] = "en"
    verdicts.rate_result(resolved_report, 1, "Shame on 0908 112 345")
    verdicts.dispute_result(resolved_report, "I am An, 0908 112 345")
    other = make_report(town.hole, join=None)
    Report.objects.filter(pk=other.pk).update(incident=resolved_report.incident)
    other.refresh_from_db()
    verdicts.dispute_result(other, "Me too")
    html = client.get(f"/i/{resolved_report.incident.reference}/").content.decode()
    text = read_page(client.get(f"/i/{resolved_report.incident.reference}/"))
    assert "Disputed" in text
    assert text.count("The reporter does not agree") == 1
    assert "Filled and rolled." in text
    assert "Due" in text
    forbidden = [
        "0908",
        "I am An",
        "Shame",
        "Me too",
        resolved_report.token,
        resolved_report.token[:14],
        "1/5",
        "Yes, it is done",
    ]
    assert [word for word in forbidden if word in html] == []


def photos_of(colour):
    large = factories.jpeg(colour=colour)
    return [photos.Picture(large, large, 64, 48)]
