"""Follows without an account: confirmation, messages and their times, and how they end."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from geoapp.http.token_bucket import Limit
from gis_data.models import City
from incidents import notify, workflow
from incidents.announcements import following
from incidents.casework import merging
from incidents.data_requests import requests as data_requests
from incidents.disclosure import subject_requests
from incidents.models import Follow, FollowedEvent, Notice, PushSubscription
from incidents.notify import push
from tests import factories
from tests.incidents.notify.test_push import GOOD

pytestmark = pytest.mark.django_db
EMAIL, PHONE = "lan@example.org", "+84901234567"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def provider(settings, policies, town):
    policies.quiet_hours = ""
    settings.SMS_PROVIDER, settings.SMS_COST = "esms", 350
    settings.SITE_URL = "https://city.example"
    City.objects.update(holidays="VN")


@pytest.fixture
def visitor():
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.cookies["django_language"] = "en"
    return client


def ask(client, **fields):
    return client.post("/following/", {"what": "ward", "area": "001", "contact": EMAIL} | fields)


def confirm_follow(client, **fields):
    """A follow whose link was opened and confirmed."""
    answer = ask(client, **fields)
    assert answer.status_code == 303, answer.content.decode()
    follow = Follow.objects.latest("pk")
    link = re.search(r"https://city.example(/following/\S+)", Notice.objects.latest("pk").text)[1]
    page = client.get(link).content.decode()
    assert "Yes, send me updates" in page
    key = link.partition("?key=")[2]
    client.post(f"/following/{follow.token}/", {"do": "confirm", "key": key})
    follow.refresh_from_db()
    return follow


def happens(incident, *steps, by=None):
    """Take steps and run the jobs deferred by each."""
    for step in steps:
        workflow.move(incident, step, by=by, note="Done")
    return [following.note_event(event.pk) for event in incident.timeline.all()]


def news():
    return list(Notice.objects.filter(template="follow_news").order_by("pk"))


@pytest.mark.parametrize(("contact", "medium"), [(EMAIL, "email"), ("0901 234 567", "sms")])
def test_address_is_told_only_after_its_link_was_confirmed(visitor, town, contact, medium):
    answer = ask(visitor, contact=contact)
    follow = Follow.objects.get()
    assert (answer.status_code, follow.medium, follow.confirmed_at) == (303, medium, None)
    visitor.post(answer["Location"], {"do": "confirm", "key": "guessed"})
    happens(factories.incident(town.hole))
    following.tell_followers()
    assert (Follow.objects.get().confirmed_at, news()) == (None, [])
    assert confirm_follow(visitor, contact=contact).confirmed_at
    happens(factories.incident(town.hole))
    following.tell_followers()
    assert [(notice.medium, notice.address) for notice in news()] == [(medium, follow.address)]


# What is followed, with which fields, and of which new incidents news come: (category, place).
HERE, THERE = factories.IN_OLD, factories.IN_NEW
CIRCLE = {"what": "circle", "lon": "10.005", "lat": "50.005", "radius": "200"}
FOLLOWED = [
    ({"what": "ward", "area": "001"}, {("hole", HERE), ("leak", HERE)}),
    ({"what": "ward", "area": "001", "groups": ["ST"]}, {("hole", HERE)}),
    ({"what": "ward", "area": "002", "groups": ["WA"]}, {("leak", THERE)}),
    (CIRCLE, {("hole", HERE), ("leak", HERE)}),
    (CIRCLE | {"radius": "2000"}, {("hole", HERE), ("leak", HERE), ("hole", THERE), ("leak", THERE)}),
    (CIRCLE | {"groups": ["WA"]}, {("leak", HERE)}),
]


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("choice", "expected"), FOLLOWED)
def test_place_is_followed_with_the_fields_of_choice(visitor, town, choice, expected):
    follow = confirm_follow(visitor, **choice)
    names = {}
    for name in ("hole", "leak"):
        for place in (HERE, THERE):
            incident = factories.incident(getattr(town, name), place)
            happens(incident)
            names |= {event.pk: (name, place) for event in incident.timeline.filter(kind="assigned")}
    happens(factories.incident(town.secret))  # never public
    assert {names[row.event] for row in FollowedEvent.objects.filter(follow=follow)} == expected


def test_steps_of_an_incident_are_told_and_link_to_it(visitor, town, officer):
    incident = factories.incident(town.hole)
    follow = confirm_follow(visitor, what="incident", incident=incident.reference)
    happens(incident, "accept", by=officer)
    following.tell_followers()
    [notice] = news()
    assert f"https://city.example/i/{incident.reference}/" in notice.text
    assert f"https://city.example/following/{follow.token}/" in notice.text
    assert notice.subject.startswith("Pothole")


def test_short_message_names_the_incident_once(visitor, town, officer):
    incident = factories.incident(town.hole)
    confirm_follow(visitor, what="incident", incident=incident.reference, contact="0901 234 567")
    happens(incident, "accept", by=officer)
    following.tell_followers()
    [notice] = news()
    assert (notice.medium, notice.text.count("Pothole")) == ("sms", 1)


# About what the news is, how long ago the last message was, and how long the news waits.
PACE = [
    ("incident", None, timedelta(0)),
    ("incident", timedelta(minutes=10), timedelta(minutes=50)),
    ("incident", 2 * HOUR, timedelta(0)),
    ("place", None, timedelta(0)),
    ("place", 2 * HOUR, 22 * HOUR),
    ("place", 25 * HOUR, timedelta(0)),
    ("urgent", 2 * HOUR, timedelta(0)),
    ("urgent", timedelta(minutes=10), timedelta(minutes=50)),
]


@pytest.mark.parametrize(("about", "ago", "waits"), PACE)
def test_news_wait_until_the_pause_after_the_last_is_over(about, ago, waits):
    at = now()
    assert following.next_message_at(about, at - ago if ago else None, at) == at + waits


def test_much_that_happens_is_one_message_a_day(visitor, town, moment):
    confirm_follow(visitor)
    happens(factories.incident(town.hole, text="First"))
    following.tell_followers(moment + HOUR)
    for _n in range(12):
        happens(factories.incident(town.hole))
    assert following.tell_followers(moment + 2 * HOUR) == 0
    assert following.tell_followers(moment + DAY + 2 * HOUR) == 1
    assert following.tell_followers(moment + DAY + 2 * HOUR) == 0
    first, digest = news()
    assert first.text.count("- Pothole") == 1
    assert (digest.text.count("- Pothole"), "… and 2 more" in digest.text) == (10, True)
    assert digest.subject.startswith("12 updates: Pothole")
    assert "https://city.example/?area=001" in digest.text


def test_what_left_the_public_meanwhile_is_not_told(visitor, town):
    confirm_follow(visitor)
    incident = factories.incident(town.hole)
    happens(incident)
    factories.change(incident, published=False)
    assert (following.tell_followers(), news()) == (0, [])


def test_merged_incident_is_followed_as_what_stands_for_it(visitor, town, officer):
    first, second = factories.incident(town.hole), factories.incident(town.hole)
    follow = confirm_follow(visitor, what="incident", incident=second.reference)
    stands = merging.merge_incidents([first, second], by=officer, reason="The same")
    for incident in (first, second):
        happens(incident)
    follow.refresh_from_db()
    assert follow.incident == stands


def test_one_press_ends_it_and_another_takes_that_back(visitor, town):
    follow = confirm_follow(visitor)
    page = visitor.get("/mine/").content.decode()
    assert "Old Wharf Ward" in page
    happens(factories.incident(town.hole))
    visitor.post(f"/following/{follow.token}/", {"from-list": "1"})
    assert (following.tell_followers(), "You no longer follow this" in read_page(visitor, follow)) == (0, True)
    visitor.post(f"/following/{follow.token}/", {"do": "again"})
    assert "You follow this" in read_page(visitor, follow)
    happens(factories.incident(town.hole))
    assert following.tell_followers() == 1


def read_page(client, follow):
    return client.get(f"/following/{follow.token}/").content.decode()


def test_mail_program_ends_it_by_the_header(visitor, town, mailoutbox):
    follow = confirm_follow(visitor)
    happens(factories.incident(town.hole))
    following.tell_followers()
    notify.deliver_notice(news()[0].pk)
    header = mailoutbox[-1].extra_headers["List-Unsubscribe"]
    assert header == f"<https://city.example/following/{follow.token}/>"
    program = Client(enforce_csrf_checks=True)
    assert program.post(f"/following/{follow.token}/", {"List-Unsubscribe": "One-Click"}).status_code == 303
    follow.refresh_from_db()
    assert follow.ended_at


def test_browser_that_agrees_is_told_by_push(visitor, town, settings):
    settings.VAPID_KEY = push.generate_key()
    answer = ask(visitor, way="push", contact="")
    follow = Follow.objects.get()
    subscription = {"endpoint": "https://push.example/1", "keys": GOOD}
    address = f"{answer['Location']}push/"
    assert visitor.post(address, {"endpoint": "no"}, content_type="application/json").status_code == 400
    assert visitor.post(address, subscription, content_type="application/json").json() == {"on": True}
    happens(factories.incident(town.hole))
    following.tell_followers()
    assert [(notice.medium, notice.address) for notice in news()] == [("push", subscription["endpoint"])]
    # A reporter who wants no more messages by this browser goes on following by it.
    report = factories.incident(town.hole).reports.get()
    push.store_subscription(subscription, report=report)
    push.delete_subscription(subscription["endpoint"], report=report)
    assert PushSubscription.objects.get().endpoint == subscription["endpoint"]
    visitor.post("/mine/forget/")
    assert not Follow.objects.filter(pk=follow.pk).exists()


# What is wrong, and the field that says so.
FAULTS = [
    ({"what": "moon"}, "what"),
    ({"area": "999"}, "area"),
    ({"what": "incident", "incident": "2611-00000"}, "incident"),
    ({"what": "circle", "lon": "0", "lat": "0"}, "__all__"),
    ({"what": "circle"}, "__all__"),
    ({"groups": ["XX"]}, "groups"),
    ({"contact": ""}, "contact"),
    ({"contact": "12"}, "contact"),
    ({"contact": "no@"}, "contact"),
]


@pytest.mark.parametrize(("fields", "field"), FAULTS)
def test_what_is_wrong_is_said_at_its_field(visitor, fields, field):
    answer = ask(visitor, **fields)
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, [field])
    assert Follow.objects.count() == 0


def test_what_is_not_public_is_followed_by_nobody(visitor, town):
    secret = factories.incident(town.secret)
    assert ask(visitor, what="incident", incident=secret.reference).status_code == 400
    assert secret.category.title not in visitor.get(f"/following/?incident={secret.reference}").content.decode()


def test_address_gets_few_letters_and_follows_so_much(visitor, settings, monkeypatch):
    settings.LIMITS = settings.LIMITS | {"code:to": Limit(2, 86_400)}
    assert [ask(visitor, area=code).status_code for code in ("001", "002", "001")] == [303, 303, 429]
    monkeypatch.setattr(following, "MOST_OF_ADDRESS", 2)
    settings.LIMITS = {}
    assert ask(visitor, what="circle", lon="10.005", lat="50.005").status_code == 400


def test_follow_is_forgotten_in_its_time_with_what_was_told(visitor, town, moment):
    confirm_follow(visitor)
    happens(factories.incident(town.hole))
    following.tell_followers()
    ask(visitor, area="002", contact="other@example.org")
    assert following.forget_follows(moment + 2 * DAY) == 0
    assert following.forget_follows(moment + 4 * DAY) == 1
    assert following.forget_follows(moment + 366 * DAY) == 1
    assert (Follow.objects.count(), Notice.objects.filter(template__startswith="follow_").count()) == (0, 0)


def test_person_who_asks_for_erasure_follows_nothing(visitor, town, officer):
    confirm_follow(visitor)
    request = subject_requests.record_request("erase", by=officer, email=EMAIL)
    data_requests.delete_waiting_words(request)
    assert (Follow.objects.count(), Notice.objects.filter(address=EMAIL).count()) == (0, 0)
