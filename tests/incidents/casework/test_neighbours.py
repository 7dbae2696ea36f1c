"""Neighbours say whether a result is gone: who is asked, what counts, what closes and opens it, and limits."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.timezone import localdate, localtime, now

from demo.incidents.scenes import draw_scene
from gis_data.addresses.geocode import circle_around
from incidents import notify, photos, proofs, workflow
from incidents.analytics import oversight
from incidents.analytics.oversight import OversightQuery
from incidents.analytics.statistics import StatisticsQuery
from incidents.announcements import following
from incidents.casework import neighbours, own_reports, verdicts
from incidents.casework.neighbours import Witness
from incidents.data_requests import requests as data_requests
from incidents.models import (
    Follow,
    FollowedEvent,
    Incident,
    KeptReport,
    NeighbourAnswer,
    NeighbourKey,
    Notice,
    Photo,
    Proof,
    Report,
    SubjectRequest,
)
from incidents.views.public import statistics
from tests import factories

pytestmark = pytest.mark.django_db
PLACE = factories.IN_OLD


def metres_north(metres):
    return Point(PLACE.x, PLACE.y + metres / 111_195, srid=4326)


def picture(colour="teal"):
    return photos.read_photo(SimpleUploadedFile("now.jpg", factories.jpeg(colour=colour)))


def make_follow(incident=None, circle=None, address="", at=None, **more):
    begun = at or now() - timedelta(days=1)
    what = {"reach": circle_around(circle, 500), "radius_m": 500} if circle else {"incident": incident}
    fields = {"medium": "email", "address": address or f"f{Follow.objects.count()}@example.org", "language": "en"}
    until = now() + timedelta(days=9)
    return Follow.objects.create(**fields | what | {"since": begun, "confirmed_at": begun, "until": until} | more)


def resolve(incident):
    return workflow.move(incident, "resolve", note="Filled and rolled.")


def say(witness, result, word="gone", *, network=None, **more):
    number = NeighbourAnswer.objects.count()
    near = {} if "place" in more else {"place": metres_north(100)}
    return neighbours.answer_question(witness, result, word, network=network or f"203.0.113.{number}", **near | more)


def followers(incident, number=3):
    return [Witness(follow=make_follow(incident)) for _number in range(number)]


def state_of(incident):
    return Incident.objects.get(pk=incident.pk).state


# ---- who is asked ----


def asked_addresses(result):
    notify.announce_event(result.pk)
    return sorted(Notice.objects.filter(template="is_it_gone").values_list("address", flat=True))


def test_followers_of_it_and_near_are_asked(incident, town):
    make_follow(incident, address="it@example.org")
    make_follow(circle=metres_north(250), address="near@example.org")
    make_follow(circle=metres_north(350), address="far@example.org")
    make_follow(circle=metres_north(250), address="ended@example.org", ended_at=now())
    make_follow(circle=metres_north(250), address="unconfirmed@example.org", confirmed_at=None)
    make_follow(circle=metres_north(250), address="never@example.org", may_ask=False)
    Follow.objects.create(
        medium="email", address="ward@example.org", area=town.old, until=now() + timedelta(days=1),
        since=now() - timedelta(days=1), confirmed_at=now() - timedelta(days=1),
    )  # fmt: skip
    result = resolve(incident)
    make_follow(incident, address="late@example.org", at=now() + timedelta(seconds=1))
    assert asked_addresses(result) == ["it@example.org", "near@example.org"]
    assert asked_addresses(result) == ["it@example.org", "near@example.org"]


def test_question_comes_once_and_instead_of_news(town):
    incident = factories.incident(town.hole, email="an@example.org")
    Report.objects.update(email_confirmed_at=now())
    make_follow(incident, address="an@example.org")
    other = make_follow(incident, address="b@example.org")
    result = resolve(incident)
    notify.announce_event(result.pk)
    following.note_event(result.pk)
    texts = Notice.objects.filter(event=result).values_list("address", "template")
    assert sorted(texts) == [("an@example.org", "resolved"), ("b@example.org", "is_it_gone")]
    assert not FollowedEvent.objects.filter(follow=other).exists()


def test_nobody_is_asked_more_than_twice_a_week(town):
    incidents = [factories.incident(town.hole, text=f"Hole {number}") for number in range(3)]
    make_follow(circle=PLACE, address="near@example.org")
    counts = [len(asked_addresses(resolve(incident))) for incident in incidents]
    assert counts == [1, 2, 2]


def test_texts_name_place_unit_and_way_out(incident):
    follow = make_follow(incident)
    notify.announce_event(resolve(incident).pk)
    notice = Notice.objects.get(template="is_it_gone")
    assert notice.subject.endswith(": is it gone?")
    links = re.findall(r"https?://\S+?(/g/\S+)", notice.text)
    assert [link.partition("?")[2] for link in links] == ["", "stop=1"]
    assert Client().get(links[0]).status_code == 200
    Client().post(links[0], {"stop": "1"})
    follow.refresh_from_db()
    assert not follow.may_ask


# ---- the rule ----


@pytest.mark.parametrize(("yes", "no", "with_photo", "step"), [
    (2, 0, 0, ""),
    (3, 0, 0, "confirm"),
    (3, 2, 0, "confirm"),
    (0, 2, 0, ""),
    (0, 3, 0, "dispute"),
    (2, 1, 1, "dispute"),
    (9, 1, 1, "dispute"),
])  # fmt: skip
def test_what_answers_decide(yes, no, with_photo, step):
    assert neighbours.consequence(yes=yes, no=no, with_photo=with_photo) == step


def test_three_close_it_and_it_is_proven(incident):
    persons = followers(incident)
    result = resolve(incident)
    states = []
    for person in persons:
        say(person, result)
        states.append(state_of(incident))
    assert states == ["resolved", "resolved", "closed"]
    line = incident.timeline.get(kind="confirmed")
    assert (line.receipt, line.public, line.note) == ({"neighbours": 3}, False, "")
    assert Proof.objects.get().how == "neighbours"
    assert list(proofs.proven(Incident.objects.all())) == [incident]


def test_one_with_a_photo_opens_it_even_once_closed(incident):
    *persons, last = followers(incident, 4)
    result = resolve(incident)
    for person in persons:
        say(person, result)
    answer = say(last, result, "still", picture=picture())
    assert (state_of(incident), Proof.objects.count()) == ("disputed", 0)
    assert (answer.photo.event.kind, answer.photo.report, answer.photo.event.public) == ("witnessed", None, True)


def test_what_was_judged_is_not_opened_again(incident, town):
    persons = followers(incident, 2)
    result = resolve(incident)
    say(persons[0], result, "still", picture=picture())
    workflow.move(Incident.objects.get(), "overrule", note="I was there.")
    say(persons[1], result, "still", picture=picture("red"))
    assert state_of(incident) == "closed"


def test_who_does_not_pass_there_decides_nothing(incident):
    persons = followers(incident)
    result = resolve(incident)
    for person in persons:
        say(person, result, "away")
    assert (state_of(incident), incident.timeline.filter(kind="witnessed").count()) == ("resolved", 0)


# ---- what counts ----


@pytest.mark.parametrize(("who", "metres", "accuracy_m", "counts"), [
    ("follow", 290, 20, True),
    ("follow", 310, 20, False),
    ("follow", 100, 900, False),
    ("follow", None, 0, False),
    ("report", 5000, 20, True),
    ("report", None, 0, True),
])  # fmt: skip
def test_distance_counts_except_for_reporters(incident, who, metres, accuracy_m, counts):
    report = incident.reports.get()
    witness = Witness(report=report) if who == "report" else Witness(follow=make_follow(incident))
    result = resolve(incident)
    place = None if metres is None else metres_north(metres)
    if counts:
        say(witness, result, place=place, accuracy_m=accuracy_m)
    else:
        with pytest.raises(neighbours.NotNear):
            say(witness, result, place=place, accuracy_m=accuracy_m)
    assert NeighbourAnswer.objects.count() == counts


def test_place_of_a_photo_counts_where_the_device_says_none(incident):
    witness = Witness(follow=make_follow(incident))
    exif = factories.exif_of_place(PLACE.x, PLACE.y)
    shot = photos.read_photo(SimpleUploadedFile("now.jpg", factories.jpeg(exif=exif)))
    answer = say(witness, resolve(incident), place=None, picture=shot)
    assert answer.metres < 20


@pytest.mark.parametrize(("hours", "allowed"), [(47.9, True), (48.1, False)])
def test_answers_are_taken_for_two_days(incident, hours, allowed):
    (person,) = followers(incident, 1)
    result = resolve(incident)
    at = result.at + timedelta(hours=hours)
    if allowed:
        say(person, result, at=at)
    else:
        with pytest.raises(neighbours.TooLate):
            say(person, result, at=at)


def test_a_person_answers_once_by_whatever_way(town):
    incident = factories.incident(town.hole, email="an@example.org")
    report = incident.reports.get()
    browser, _key = own_reports.new_browser()
    follow = make_follow(incident, address="an@example.org", browser=browser)
    KeptReport.objects.create(browser=browser, report=report, how="kept")
    result = resolve(incident)
    say(Witness(report=report), result)
    for witness in (Witness(report=report), Witness(follow=follow), Witness(follow=follow, browser=browser)):
        with pytest.raises(neighbours.AnsweredAlready):
            say(witness, result)
    assert NeighbourAnswer.objects.count() == 1


def test_database_holds_a_person_to_one_answer(incident):
    (person,) = followers(incident, 1)
    answer = say(person, resolve(incident))
    key = answer.keys.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        NeighbourKey.objects.create(answer=answer, digest=key.digest)
    with pytest.raises(IntegrityError), transaction.atomic():
        NeighbourAnswer.objects.filter(pk=answer.pk).update(metres=301)


def test_one_network_counts_twice(incident):
    persons = followers(incident)
    result = resolve(incident)
    for person in persons[:2]:
        say(person, result, network="203.0.113.0")
    with pytest.raises(neighbours.TooManyFromNetwork):
        say(persons[2], result, network="203.0.113.0")
    assert (NeighbourAnswer.objects.count(), state_of(incident)) == (2, "resolved")


# ---- pages ----


def test_link_opens_only_its_own_question(incident, town):
    report, follow = incident.reports.get(), make_follow(incident)
    result = resolve(incident)
    other = resolve(factories.incident(town.hole, text="Another"))
    slugs = [neighbours.link_slug(witness, result) for witness in (Witness(report=report), Witness(follow=follow))]
    other_first = "y" if slugs[0].startswith("x") else "x"
    forged = [
        slugs[0].replace("-r", "-f"),
        other_first + slugs[0][1:],
        neighbours.link_slug(Witness(report=report), other),
        "a-r1",
    ]
    assert [Client().get(f"/g/{slug}/").status_code for slug in [*slugs, *forged]] == [200, 200, 404, 404, 404, 404]
    Follow.objects.update(ended_at=now())
    assert Client().get(f"/g/{slugs[1]}/").status_code == 404


def test_page_asks_takes_the_answer_and_thanks(incident):
    follow = make_follow(incident)
    result = resolve(incident)
    address = neighbours.link(Witness(follow=follow), result)
    client = Client()
    page = client.get(address).text
    assert (page.count('class="button" name="word"'), "primary" in page.split("<main")[1]) == (2, False)
    assert client.post(address, {"word": "gone"}).status_code == 409
    near = {"word": "still", "own_lon": PLACE.x, "own_lat": PLACE.y, "own_accuracy": "12"}
    shot = SimpleUploadedFile("now.jpg", factories.jpeg())
    assert client.post(address, near | {"photos": shot}).status_code == 303
    client.post(address, {"remove": "1"})
    assert (Photo.objects.get().public, NeighbourAnswer.objects.get().word) == (False, "still")


def test_browser_of_a_me_too_answers_and_a_stranger_does_not(town, incident):
    client = Client()
    client.post(f"/i/{incident.reference}/me-too/")
    resolve(incident)
    address = f"/i/{incident.reference}/gone/"
    assert [client.get(address).status_code, Client().get(address).status_code] == [200, 404]
    pages = [client.get(f"/i/{incident.reference}/").text]
    assert client.post(address, {"word": "gone"}).status_code == 303
    pages += [visitor.get(f"/i/{incident.reference}/").text for visitor in (client, Client())]
    assert [address in page for page in pages] == [True, False, False]
    assert NeighbourAnswer.objects.get().is_reporter


def test_incident_says_what_proves_it_and_what_is_missing(incident):
    persons = followers(incident)
    result = resolve(incident)
    address = f"/i/{incident.reference}/"
    client = Client()
    client.cookies["django_language"] = "en"
    before = client.get(address).text
    assert [words in before for words in ("Location unknown", "No neighbour has answered")] == [True, True]
    for person in persons:
        say(person, result)
    assert "3 neighbours confirm it" in client.get(address).text


def test_photo_of_a_neighbour_waits_for_moderation(incident, settings):
    settings.VISION = "models"
    (person,) = followers(incident, 1)
    answer = say(person, resolve(incident), picture=picture())
    assert (answer.photo.masking, neighbours.shown_pictures(answer.result)) == ("due", [])
    assert Client().get(f"/photo/{answer.photo.pk}/large.jpg").status_code == 404


# ---- what is left of a person ----


def test_keys_go_when_no_more_answers_are_taken(incident):
    (person,) = followers(incident, 1)
    say(person, resolve(incident))
    assert NeighbourKey.objects.count() > 1
    neighbours.forget_keys(now() + timedelta(days=2))
    assert NeighbourKey.objects.count() > 1
    neighbours.forget_keys(now() + timedelta(days=4))
    assert NeighbourKey.objects.count() == 0


def test_erased_person_leaves_the_answer_and_no_photo(incident, officer):
    follow = make_follow(incident, address="gone@example.org")
    result = resolve(incident)
    report = incident.reports.get()
    say(Witness(follow=follow), result, picture=picture())
    say(Witness(report=report), result)
    request = SubjectRequest.objects.create(kind="erase", email="gone@example.org", answer_by=now(), done_by=now())
    data_requests.fulfil_request(request, by=officer)
    data_requests.erase_reports(Report.objects.all())
    rows = NeighbourAnswer.objects.values_list("word", "report", "follow", "photo")
    assert list(rows) == [("gone", None, None, None)] * 2


# ---- proven ----


def test_how_a_result_is_proven(town, incident):
    report = incident.reports.get()
    resolve(incident)
    assert Proof.objects.count() == 0
    verdicts.confirm_result(report)
    assert Proof.objects.get().how == "reporter"
    verdicts.dispute_result(report, "It is back")
    assert Proof.objects.count() == 0


def test_photo_of_place_and_time_proves(incident):
    moment = f"{localtime(now()):%Y:%m:%d %H:%M:%S}"
    exif = factories.exif_of_place(PLACE.x, PLACE.y + 0.0001, taken_at=moment)
    shot = photos.read_photo(SimpleUploadedFile("now.jpg", factories.jpeg(exif=exif)))
    result = workflow.move(incident, "resolve", note="Done", pictures=[shot])
    proof = result.photos.get().proof
    assert (proof.bearing, 10 <= proof.metres <= 13) == (0, True)
    assert Proof.objects.get().how == "photo"


@pytest.mark.parametrize(
    ("facing", "words"),
    [
        (None, ""),
        (("T", 184.4), "; the camera faced south (184°)"),
        (("M", 359.8), "; the camera faced north (0° by its compass)"),
        (("X", 90), ""),
        (("T", 720), ""),
    ],
)
def test_incident_tells_where_the_camera_faced(client, incident, facing, words):
    moment = f"{localtime(now()):%Y:%m:%d %H:%M:%S}"
    exif = factories.exif_of_place(PLACE.x, PLACE.y + 0.0001, taken_at=moment, facing=facing)
    shot = photos.read_photo(SimpleUploadedFile("now.jpg", factories.jpeg(exif=exif)))
    placed = workflow.move(incident, "resolve", note="Done", pictures=[shot]).photos.get().proof
    client.cookies["django_language"] = "en"
    page = client.get(f"/i/{incident.reference}/").text
    assert f"{placed.metres} m from the place, from the north{words}</span>" in page


def test_photo_after_is_compared_with_the_photo_before(town):
    before, after = (draw_scene(3, "c-tree", mended=mended) for mended in (False, True))
    incident = factories.incident(town.hole, pictures=[before])
    result = workflow.move(incident, "resolve", note="Done", pictures=[after])
    assert not neighbours.is_alike(result)
    assert proofs.compare_photos(result.pk) == 1
    assert neighbours.is_alike(result)


def test_figures_of_any_period_tell_what_is_proven(client, town):
    shown, hidden, reopened, unproven = (factories.incident(town.hole) for _number in range(4))
    for incident in (shown, hidden, reopened, unproven):
        resolve(incident)
    for incident in (shown, hidden, reopened):
        verdicts.confirm_result(incident.reports.get())
    factories.change(hidden, published=False)
    verdicts.dispute_result(reopened.reports.get(), "It is back")
    client.cookies["django_language"] = "en"
    lead = re.search(r'class="lead">(.*?)</p>', client.get("/stats/?from=2021-01-01").text, re.DOTALL)[1]
    assert "time: 1 of 2 done." in " ".join(re.sub(r"<.*?>", "", lead).split())
    since = StatisticsQuery(date(2021, 1, 1), localdate())
    counted = {
        group: statistics.count_for(AnonymousUser(), replace(since, group=group)).total.proven
        for group in ("", "ST", "WA")
    }
    assert counted == {"": 1, "ST": 1, "WA": 0}
    unit = next(row for row in oversight.count_units(OversightQuery.usual())[0] if row.unit == town.office)
    assert (unit.done, unit.proven, round(unit.share_proven)) == (3, 2, 67)
