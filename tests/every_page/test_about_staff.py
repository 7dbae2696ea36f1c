"""Test that complaints about staff, as report or enquiry, are readable by the same few people in every way."""

import csv
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client

from incidents import access, notify, timeline
from incidents.analytics import overview
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import Authority, Category, Enquiry, Membership, Notice, RoutingRule, Subtask, User
from incidents.seed import catalogue
from incidents.views.api.live import news_test_for
from tests import factories
from tests.factories import IN_NEW, IN_OLD

ROLE = Membership.Role
WORDS = "Zyxwvut asked for money"


@pytest.fixture
def affairs(town):
    city = Authority.objects.create(code="city", kind="CITY", name="UBND Wharf")
    affairs = Authority.objects.create(code="affairs", kind="HOME", name="Home Affairs", parent=city)
    Authority.objects.filter(pk__in=[town.office.pk, town.other.pk, town.water.pk]).update(parent=city)
    return SimpleNamespace(unit=affairs, city=city)


@pytest.fixture
def kind(town, affairs):
    group = Category.objects.create(code="PA", name="Hành chính", name_en="Administration", icon="c-admin")
    kind = factories.leaf("PA.2", group, "Thái độ", "Conduct of staff", "c-admin", restricted=True, about_staff=True)
    RoutingRule.objects.create(category=kind, authority=affairs.unit, reason="Sở.", reason_en="Home Affairs.")
    return kind


@pytest.fixture
def cases(town, kind, affairs):
    """Incidents by letter: `a` is with Home Affairs; `o` with the office where it happened, `n` with the office of
    another ward, both as the duty desk's mistake; `w` with Home Affairs, who asks the water company for a part.
    """
    incidents = {letter: factories.incident(kind, IN_OLD, text=WORDS, phone="+84901234567") for letter in "aow"}
    incidents["n"] = factories.incident(kind, IN_OLD, text=WORDS)
    factories.change(incidents["o"], authority=town.office)
    factories.change(incidents["n"], authority=town.other)
    boss = factories.person("asks", affairs.unit)
    Subtask.objects.create(
        incident=incidents["w"], authority=town.water, asked_by=boss, what="Look", due_at=incidents["w"].due_at
    )
    return incidents


@pytest.fixture
def people(town, affairs):
    posts = {
        "nobody": None,
        "officer": (town.office, ROLE.OFFICER, {}),
        "leader": (town.office, ROLE.LEADER, {}),
        "other leader": (town.other, ROLE.LEADER, {}),
        "plumber": (town.water, ROLE.OFFICER, {}),
        "clerk": (affairs.unit, ROLE.OFFICER, {}),
        "head": (affairs.unit, ROLE.LEADER, {}),
        "mayor": (affairs.city, ROLE.LEADER, {}),
        "dispatcher": (town.desk, ROLE.DISPATCHER, {}),
        "supervisor": (town.desk, ROLE.SUPERVISOR, {}),
        "supervisor of a part": (town.desk, ROLE.SUPERVISOR, {"area": town.new}),
        "operator": (town.desk, ROLE.OPERATOR, {}),
        "control": (town.desk, ROLE.CONTROL, {}),
        "technician": (town.desk, ROLE.TECHNICIAN, {}),
        "mapmaker": (town.desk, ROLE.GIS, {}),
        "privacy": (town.desk, ROLE.PRIVACY, {}),
        "administrator": (town.desk, ROLE.ADMIN, {}),
    }
    users = {name: User.objects.create(username=name) for name in posts}
    for name, post in posts.items():
        if post:
            factories.post(users[name], post[0], post[1], **post[2])
    return users | {"anybody": AnonymousUser()}


ALL = "aonw"
# Who may do anything with which of them: a row for each that may; everybody else nothing at all.
READS = {"supervisor": ALL, "head": "aw", "other leader": "n"}
MAY = {
    "read": READS, "notes": READS, "decide": READS, "correct": READS,
    "work": {"head": "aw", "other leader": "n"},
    "evidence": {"head": "aw", "other leader": "n"},
    "direct": {"head": "aw", "other leader": "n"},
    "contact": {"supervisor": ALL}, "judge": {"supervisor": ALL},
    "claim": {}, "publish": {}, "help": {}, "watch": {}, "cede": {}, "room": {},
}  # fmt: skip


def letters(cases, rows):
    keys = set(rows.values_list("pk", flat=True))
    return "".join(letter for letter in ALL if cases[letter].pk in keys)


def test_who_may_do_what_with_a_complaint_about_staff(cases, people):
    allowed = {
        action: {
            who: got for who, user in people.items() if (got := letters(cases, access.incidents_for(user, action)))
        }
        for action in access.MAY
    }
    assert allowed == MAY


def test_report_and_enquiry_of_a_matter_are_read_by_the_same(town, cases, people, affairs):
    complaint = receive_enquiry(IncomingEnquiry("web", "complaint", WORDS))
    Enquiry.objects.filter(pk=complaint.pk).update(state="passed_on", authority=affairs.unit)
    by_enquiry = {who for who, user in people.items() if access.enquiries_for(user).filter(pk=complaint.pk).exists()}
    by_report = {who for who, user in people.items() if "a" in letters(cases, access.incidents_for(user))}
    assert by_enquiry == by_report == {"supervisor", "head"}
    assert access.ABOUT_STAFF["read"] is access.ENQUIRIES["read"]["complaint"]


PAGES = (
    "/desk/", "/desk/?show=all", "/desk/list.csv", "/desk/list.geojson", "/desk/street/", "/desk/{}/",
    "/desk/?q=Zyxwvut",
    "/desk/{}/?part=detail", "/control/", "/control/queue/?all=1", "/control/incident/{}/", "/control/search/?q={}",
    "/control/search/?q=Zyxwvut", "/control/tiles/14/8647/5556.json", "/lead/", "/lead/open/", "/cameras/near/{}/",
    "/operator/find/", "/desk/orders/?of={}", "/evidence/{}/", "/desk/{}/together/", "/desk/?q={}", "/i/{}/",
    "/directives/", "/desk/?part=outlook", "/moderation/photos/", "/list/",
)  # fmt: skip


def test_no_page_shows_it_to_anybody_else(cases, people):
    for who, user in people.items():
        client = Client()
        if not user.is_anonymous:
            client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        for letter, incident in cases.items():
            if letter in READS.get(who, ""):
                continue
            for page in PAGES:
                address = page.format(incident.reference)
                answer = client.get(address)
                body = (b"".join(answer) if answer.streaming else answer.content).decode()
                assert f"/{incident.reference}/" not in body.replace(address, ""), (who, letter, page)
                assert who in READS or WORDS not in body, (who, letter, page)


def test_no_live_news_or_figures_of_it_reach_anybody_else(cases, people):
    def heard(user):
        hears = news_test_for(user) if not user.is_anonymous else None
        news = {letter: timeline.news_of(incident.timeline.first()) for letter, incident in cases.items()}
        return "".join(letter for letter in ALL if hears and hears(news[letter]))

    assert {who: got for who, user in people.items() if (got := heard(user))} == READS
    for who in ("leader", "mayor", "head"):
        [scope] = overview.scopes_of(people[who])
        assert letters(cases, scope.incidents) == READS.get(who, ""), who


def test_nobody_else_is_given_it_or_written_to(town, cases, people, kind):
    assert list(access.posts_reaching(cases["o"], access.MAY["work"]).values_list("user__username", flat=True)) == [
        "leader"
    ]
    Notice.objects.all().delete()
    Category.objects.filter(pk=kind.pk).update(emergency=True)
    cases["o"].refresh_from_db()
    assert access.is_complained_of(town.office, cases["o"])
    assert not access.is_complained_of(town.other, cases["o"])
    for event in cases["o"].timeline.all():
        notify.announce_event(event.pk)
    assert not Notice.objects.filter(template__in=["new_here", "neighbour"]).exists()


def test_what_is_about_staff_is_never_public(kind):
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(pk=kind.pk).update(restricted=False)


def test_the_pack_says_which_kinds_are_about_staff(town):
    file = settings.BASE_DIR / "gis_data/packs/hcmc/categories.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert [row["code"] for row in rows if row["restricted"] == catalogue.ABOUT_STAFF] == ["PA.02"]
    assert catalogue.check_restricted({"restricted": "x"})
    assert not catalogue.check_restricted({"restricted": "yes"})


def test_an_area_says_whose_office_is_complained_of(town, kind, people):
    elsewhere = factories.change(factories.incident(kind, IN_NEW), authority=town.office)
    assert access.incidents_for(people["leader"]).filter(pk=elsewhere.pk).exists()
    assert not access.incidents_for(people["other leader"]).filter(pk=elsewhere.pk).exists()
