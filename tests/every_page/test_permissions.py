"""Test permissions cell by cell: every kind of person, action, incident and address."""

from datetime import time, timedelta
from hashlib import sha256

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.template.backends.django import Template
from django.test import Client
from django.urls import resolve
from django.utils.timezone import localdate, now

from cameras import urls as cameras_urls
from cameras.models import Camera, Evidence, Finding, HandOver, HealthInterval, Layout, View
from incidents import access, photos, reporting, timeline
from incidents.announcements import acts as announcement_acts
from incidents.announcements import works
from incidents.answers import publishing
from incidents.campaigns import publishing as campaign_publishing
from incidents.casework import subtasks
from incidents.enquiries import receiving
from incidents.hotline import calls
from incidents.ideas.receiving import IncomingIdea, Person, receive_idea
from incidents.ideas.steps import move as move_idea
from incidents.models import (
    Authority,
    Crew,
    Enquiry,
    Event,
    Membership,
    Photo,
    ProcedureStep,
    Recording,
    User,
    WatchedWord,
)
from incidents.reporting.sender import Sender
from incidents.views.api.live import news_test_for
from tests import factories
from tests.cameras.conftest import sees, shows

ROLE = Membership.Role
DAY = timedelta(days=1)


@pytest.fixture
def incidents(town, moment):
    """Incidents by letter: `o` is the office's and public, `O` the office's and restricted; `t` and `T` are the other
    ward's.

    The water company is asked for a part of `T`. It has `w` and `W` in the office's ward: `w` was withdrawn from the
    public, `W` is of a category that is never public, which nobody else watches.
    """
    shot = factories.make_video(photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg())))
    places = {"o": factories.IN_OLD, "t": factories.IN_NEW}
    by_letter = {}
    for letter in "oOtT":
        category = town.hole if letter.islower() else town.secret
        by_letter[letter] = factories.incident(category, places[letter.lower()], pictures=[shot], phone="+84901234567")
    for letter, category in (("w", town.leak), ("W", town.secret)):
        incident = factories.incident(category, factories.IN_OLD, pictures=[shot], phone="+84901234567")
        by_letter[letter] = factories.change(incident, authority=town.water, published=False)
    Photo.objects.update(public=True)
    subtasks.request_subtask(
        by_letter["T"], by=None or people_of(town)["outsider"], to=town.water, what="Look", due_at=now() + DAY
    )
    return by_letter


def people_of(town):
    if User.objects.exists():
        return {user.username: user for user in User.objects.all()} | {"anybody": AnonymousUser()}
    city = Authority.objects.create(code="city", kind="CITY", name="UBND Wharf")
    Authority.objects.filter(pk__in=[town.office.pk, town.other.pk, town.water.pk]).update(parent=city)
    today = localdate()
    posts = {
        "nobody": [],
        "officer": [(town.office, ROLE.OFFICER, {})],
        "of the field": [(town.office, ROLE.OFFICER, {"category": town.streets})],
        "of another field": [(town.office, ROLE.OFFICER, {"category": town.pipes})],
        "of another area": [(town.office, ROLE.OFFICER, {"area": town.new})],
        "gone": [(town.office, ROLE.OFFICER, {"ends": today - DAY})],
        "to come": [(town.office, ROLE.OFFICER, {"starts": today + DAY})],
        "away": [(town.office, ROLE.OFFICER, {})],
        "deputy": [],
        "outsider": [(town.other, ROLE.OFFICER, {})],
        "plumber": [(town.water, ROLE.OFFICER, {})],
        "leader": [(town.office, ROLE.LEADER, {})],
        "city leader": [(city, ROLE.LEADER, {})],
        "leader of the field": [(city, ROLE.LEADER, {"category": town.streets})],
        "leader of pipes": [(city, ROLE.LEADER, {"category": town.pipes})],
        "dispatcher": [(town.desk, ROLE.DISPATCHER, {})],
        "supervisor": [(town.desk, ROLE.SUPERVISOR, {})],
        "supervisor of an area": [(town.desk, ROLE.SUPERVISOR, {"area": town.old})],
        "operator": [(town.desk, ROLE.OPERATOR, {})],
        "control": [(town.desk, ROLE.CONTROL, {})],
        "technician": [(town.desk, ROLE.TECHNICIAN, {})],
        "mapmaker": [(town.desk, ROLE.GIS, {})],
        "privacy officer": [(town.desk, ROLE.PRIVACY, {})],
        "administrator": [(town.desk, ROLE.ADMIN, {})],
    }
    users = {name: User.objects.create(username=name) for name in posts}
    users["mighty"] = factories.superuser("mighty")
    for name, roles in posts.items():
        for authority, role, limits in roles:
            factories.post(users[name], authority, role, **limits)
    factories.absence(user=users["away"], deputy=users["deputy"], starts=today, ends=today)
    return users | {"anybody": AnonymousUser()}


@pytest.fixture
def people(town, moment):
    return people_of(town)


ACTIONS = (
    "read", "work", "notes", "contact", "evidence", "claim", "decide", "judge", "direct", "publish", "correct", "help",
    "watch", "cede", "room",
)  # fmt: skip
ALL = "oOtTwW"
NONE = "ot   -    -    -    -    -    -    -    -    -    -    -    -    -    -"
OWN = "oOtw oO   oO   oO   oO   -    -    -    -    oO   oO   -    w    oO   -"
STREETS = OWN.replace("oOtw", "oOt ").replace("w ", "- ")
ABOVE = "oOtTwW - oOtTwW - oOtTwW - oOtTwW - oOtTwW - - - - - -"
MAY = {
    #         read work notes cont. evid. claim deci. judge direct publ. corr. help watch cede room
    "anybody": NONE,
    "nobody": NONE,
    "officer": OWN,
    "of the field": STREETS,
    "of another field": "otw  -    -    -    -    -    -    -    -    -    -    -    w    -    -",
    "of another area": NONE,
    "gone": NONE,
    "to come": NONE,
    "away": OWN,
    "deputy": OWN,
    "outsider": "otT  tT   tT   tT   tT   -    -    -    -    tT   tT   -    -    tT   -",
    "plumber": "otTwW wW  wW   wW   wW   -    -    -    -    wW   wW   T    -    wW   -",
    "leader": "oOtw oO   oO   oO   oO   -    oO   -    oO   oO   oO   -    w    oO   -",
    "city leader": ABOVE,
    "leader of the field": "oOtTW - oOtTW - oOtTW - oOtTW - oOtTW - - - - - -",
    "leader of pipes": "otw  -    w    -    w    -    w    -    w    -    -    -    -    -    -",
    "dispatcher": f"{ALL} -   {ALL} -   -    -    {ALL} {ALL} -   {ALL} {ALL} -   -    {ALL} -",
    "supervisor": f"{ALL} -   {ALL} -   -    -    -    -    -    -    -    -    -    -    -",
    "supervisor of an area": "oOtwW - oOwW -  -    -    -    -    -    -    -    -    -    -    -",
    "operator": f"{ALL} -   -    -    -    -    -    -    -    -    {ALL} -   -    -    -",
    "control": f"{ALL} -   -    -    {ALL} -  -    -    {ALL} -   -    -    -    -    {ALL}",
    "technician": NONE,
    "mapmaker": NONE,
    "privacy officer": NONE,
    "administrator": NONE,
    "mighty": " ".join([ALL] * 5 + ["-"] + [ALL] * 6 + ["-", ALL, ALL]),
}


def test_who_may_do_what_with_which_incident(incidents, people):
    assert set(ACTIONS) == access.MAY.keys() == access.MAY_EVERYWHERE.keys()
    letters = {incident.pk: letter for letter, incident in incidents.items()}

    def cell(user, action):
        reached = access.incidents_for(user, action).values_list("pk", flat=True)
        assert len(reached) == len(set(reached))
        return "".join(sorted((letters[pk] for pk in reached), key=ALL.index)) or "-"

    assert {who: [cell(user, action) for action in ACTIONS] for who, user in people.items()} == {
        who: row.split() for who, row in MAY.items()
    }


def test_a_list_of_what_is_watched_is_what_may_be_watched(incidents, people):
    for who, user in people.items():
        if user.is_anonymous or user.is_superuser:
            continue
        posts = access.posts_of(user)
        listed, allowed = access.watched_incidents(posts), access.incidents_for(user, "watch", posts)
        assert set(listed.values_list("pk", flat=True)) == set(allowed.values_list("pk", flat=True)), who


WORKS = {
    "desk": "officer, of the field, of another field, of another area, away, deputy, outsider, plumber, leader, "
    "city leader, leader of the field, leader of pipes, dispatcher",
    "announce": "leader, city leader, leader of the field, leader of pipes, dispatcher, control",
    "emergency": "dispatcher, control",
    "works": "officer, of the field, of another field, of another area, away, deputy, outsider, plumber, leader, "
    "city leader, leader of the field, leader of pipes, dispatcher, control",
    "emergencies": "leader, city leader, leader of the field, leader of pipes, dispatcher, control, supervisor, "
    "supervisor of an area",
    "crews": "officer, of the field, of another field, of another area, away, deputy, outsider, plumber, leader, "
    "city leader, leader of the field, leader of pipes, dispatcher",
    "lead": "leader, city leader, leader of the field, leader of pipes",
    "watch": "supervisor, supervisor of an area",
    "looks": "supervisor, supervisor of an area",
    "dispatch": "dispatcher",
    "routing": "dispatcher, administrator",
    "moderate": "dispatcher",
    "operator": "operator",
    "enquiries": "officer, of the field, of another field, of another area, away, deputy, outsider, plumber, leader, "
    "city leader, leader of the field, leader of pipes, dispatcher, supervisor, supervisor of an area",
    "answers": "officer, of the field, of another field, of another area, away, deputy, outsider, plumber, leader, "
    "city leader, leader of the field, leader of pipes, dispatcher",
    "control": "control",
    "cameras": "control, operator, technician",
    "camera-health": "technician, control, administrator",
    "register": "control, technician, administrator",
    "views": "technician, administrator",
    "zones": "control, technician, administrator",
    "boundaries": "mapmaker",
    "notices": "supervisor, supervisor of an area, administrator",
    "privacy": "privacy officer, administrator",
    "administer": "administrator",
}


def test_who_does_which_kind_of_work(people):
    assert {work: {who for who, user in people.items() if access.does_work(user, work)} for work in access.DOES} == {
        work: {*who.split(", "), "mighty"} for work, who in WORKS.items()
    }


def test_who_sees_which_photos(incidents, people):
    letters = {photo.pk: letter for letter, incident in incidents.items() for photo in incident.photos.all()}

    def seen(user):
        shown = {letters[pk] for pk in access.photos_for(user).values_list("pk", flat=True)}
        return "".join(sorted(shown, key=ALL.index))

    reads_notes = {who: row.split()[2] for who, row in MAY.items()}
    more = {"plumber": "T"} | {who: row.split()[12] for who, row in MAY.items() if row.split()[12] != "-"}
    assert {who: seen(user) for who, user in people.items()} == {
        who: "".join(letter for letter in ALL if letter in "ot" + reads_notes[who] + more.get(who, "")) for who in MAY
    }
    token = incidents["O"].reports.get().token
    assert [letters[seen_photo.pk] for seen_photo in access.photos_for(AnonymousUser(), token).order_by("pk")] == [
        "o",
        "O",
        "t",
    ]


def test_who_hears_what_on_the_stream_of_the_desk(incidents, people):
    def heard(user):
        hears = not user.is_anonymous and news_test_for(user)
        if not hears:
            return "nothing"
        public = {
            letter for letter, incident in incidents.items() if hears(timeline.news_of(incident.timeline.first()))
        }
        inside = set()
        for letter, incident in incidents.items():
            note = Event(pk=0, incident=incident, kind="note", authority=incident.authority, public=False)
            if hears(timeline.news_of(note)):
                inside.add(letter)
        between = set()
        for letter, incident in incidents.items():
            answer = Event(pk=0, incident=incident, kind="replied", authority=incident.authority, public=False)
            if hears(timeline.news_of(answer)) and letter not in inside:
                between.add(letter)
        some = (public, inside, between)
        return " ".join("".join(sorted(letters, key=ALL.index)) or "-" for letters in some)

    limited = {
        "of the field": "oOt oO -", "of another field": "otw - w", "of another area": "ot - -",
        "leader of pipes": "otw w -",
        "leader of the field": "oOtTW oOtTW -",
    }  # fmt: skip
    assert {who: heard(user) for who, user in people.items()} == {
        "anybody": "nothing", "nobody": "nothing", "gone": "nothing", "to come": "nothing",
        "mapmaker": "nothing", "technician": "nothing", "privacy officer": "nothing", "administrator": "nothing",
        **limited,
        **dict.fromkeys(("officer", "away", "deputy", "leader"), "oOtw oO w"),
        "outsider": "otT tT -", "plumber": "otTwW TwW -", "supervisor of an area": "oOtwW oOwW -",
        **dict.fromkeys(
            ("city leader", "dispatcher", "supervisor", "operator", "control", "mighty"), f"{ALL} {ALL} -"
        ),
    }  # fmt: skip


EVERYBODY = set(MAY) - {
    "nobody", "of the field", "of another area", "gone", "to come", "away", "deputy", "leader of the field",
    "leader of pipes", "supervisor of an area",
}  # fmt: skip
# Addresses with the letter of an incident; who is let in, and what all others get who are signed in: 404.
PUBLIC = (
    "/", "/box/?q=knee+deep", "/box/groups/?q=knee+deep", "/list/", "/list/areas/", "/tiles/density/14/8647/5556.json",
    "/i/{o}/", "/f/{token}/", "/mine/", "/following/", "/privacy/request/",
    "/photo/{o photo}/small.jpg",
    "/photo/{O photo}/small.jpg?token={token}",
    "/photo/{O photo}/video.webm?token={token}",
    "/stats/", "/before-after/", "/data/", "/news/", "/news/{announced}/", "/feeds/announcements.geojson",
    "/news/calendar/", "/news.ics", "/news.cap",
    "/emergency/", "/emergency/report/", "/emergency/places.geojson", "/emergency/bulletins/{bulletin}/",
    "/feeds/emergency.atom", "/feeds/emergency/{bulletin}.cap",
    "/wards/", "/wards/001/", "/wards/001/manifest.webmanifest", "/answers/", "/answers/birth/",
    "/campaigns/", "/campaigns/drains/",
    "/directory/", "/directory/old/",
    "/status/",
    "/data/incidents.geojson", "/ogc/collections/incidents/items", "/open311/v2/requests/{o}.json",
    "/open311/v2/requests.json", "/tiles/incidents/14/8647/5556.json", "/tiles/incidents/14/8647/5556.mvt", "/history/",
    "/evidence/seals.json", "/evidence/heads.json", "/cameras/looks/heads.json",
    "/offline/", "/manifest.webmanifest", "/sw.js", "/tiles/areas/outlines.json",
    "/cameras/", "/cameras/places.json", "/cameras/{camera}/still.jpg",
    "/cameras/truth.csv", "/cameras/truth.json",
    "/open511/", "/open511/cameras/", "/open511/cameras/{camera}/", "/cameras.geojson",
)  # fmt: skip
NOBODY = (
    "/i/{O}/",
    "/open311/v2/requests/{O}.json",
    "/ogc/collections/incidents/items/{O}",
    "/i/2611-00000/",
    "/f/{O}/",
    "/mine/{o}/",
)
OUR_STAFF = {"officer", "leader", "mighty"}
NOTES = OUR_STAFF | {"city leader", "dispatcher", "supervisor"}
DESKS = {"officer", "of another field", "outsider", "plumber", "leader", "city leader", "dispatcher", "mighty"}
ANNOUNCERS = {
    "leader", "city leader", "leader of the field", "leader of pipes", "dispatcher", "control", "mighty",
}  # fmt: skip
LET_IN = {
    "/announcing/": ANNOUNCERS | DESKS,
    "/announcing/works/": ANNOUNCERS | DESKS,
    "/announcing/works/{works}/": {"city leader", "dispatcher", "control", "mighty"},
    "/announcing/new/": ANNOUNCERS,
    "/announcing/{announced}/": {"dispatcher", "control", "mighty"},
    "/emergencies/": ANNOUNCERS | {"supervisor"},
    "/emergencies/new/": {"dispatcher", "control", "mighty"},
    "/emergencies/{emergency}/": ANNOUNCERS | {"supervisor"},
    "/emergencies/{emergency}/report/": ANNOUNCERS | {"supervisor"},
    "/emergencies/{emergency}/report.csv": ANNOUNCERS | {"supervisor"},
    "/control/announce/?lon=10.005&lat=50.005": {"control", "mighty"},
    "/desk/": DESKS,
    "/desk/list.csv": DESKS,
    "/desk/new/": DESKS,
    "/desk/street/": DESKS,
    "/desk/orders/?of={o}": OUR_STAFF,
    "/desk/crews/": DESKS,
    "/desk/crews/new/": DESKS,
    "/desk/crews/{crew}/": OUR_STAFF | {"of another field"},
    "/enquiries/": DESKS | {"supervisor"},
    "/enquiries/answers/": DESKS | {"supervisor"},
    "/enquiries/ideas/": DESKS | {"supervisor"},
    "/enquiries/ideas/{held idea}/": {"dispatcher", "mighty"},
    "/enquiries/ideas/{idea}/": {"officer", "of another field", "leader", "dispatcher", "mighty"},
    "/enquiries/pages/": DESKS,
    "/enquiries/campaigns/": DESKS,
    "/enquiries/campaigns/{campaign draft}/": {"officer", "of another field", "leader", "dispatcher", "mighty"},
    "/enquiries/questions/": DESKS,
    "/enquiries/pages/{draft}/": {"officer", "of another field", "leader", "dispatcher", "mighty"},
    "/enquiries/pages/{draft for all}/": {"dispatcher", "mighty"},
    "/enquiries/{question}/": {"dispatcher", "mighty"},
    "/enquiries/{passed on}/": {"officer", "of another field", "leader", "dispatcher", "mighty"},
    "/enquiries/{complaint}/": {"supervisor", "mighty"},
    "/enquiries/{complaint asked about}/": {"leader", "supervisor", "mighty"},
    "/desk/{o}/?part=detail": NOTES | {"operator"},
    "/desk/{O}/?part=detail": NOTES | {"operator"},
    "/desk/{T}/?part=detail": {"outsider", "plumber", "mighty", "city leader", "dispatcher", "supervisor", "operator"},
    "/desk/{w}/?part=detail": {"of another field"} | NOTES | {"operator", "plumber"},
    "/desk/{w}/inquire/?part=form": {"officer", "leader", "of another field"},
    "/desk/{W}/?part=detail": {"plumber", "mighty", "city leader", "dispatcher", "supervisor", "operator"},
    "/desk/{O}/relocate/?part=form": OUR_STAFF | {"dispatcher", "operator"},
    "/desk/{O}/together/": OUR_STAFF | {"dispatcher", "operator"},
    "/desk/{O}/accept/?part=form": OUR_STAFF,
    "/desk/{O}/public/": OUR_STAFF | {"dispatcher"},
    "/operator/": {"operator", "mighty"},
    "/operator/?from=0903123018": {"operator", "mighty"},
    "/operator/calls/{call}/": {"operator"},
    "/operator/find/": {"operator", "mighty"},
    "/operator/ringing/": {"operator", "mighty"},
    "/operator/messages/": {"operator", "mighty"},
    "/live/operator/": {"operator", "mighty"},
    "/lead/": {"leader", "city leader", "mighty"},
    "/lead/units.csv": {"leader", "city leader", "mighty"},
    "/directives/new/": {"leader", "city leader", "mighty"},
    "/watch/": {"supervisor", "mighty"},
    "/watch/late.csv": {"supervisor", "mighty"},
    "/routing/": {"dispatcher", "administrator", "mighty"},
    "/recordings/{recording}/": {"operator", "mighty"},
    "/moderation/": {"dispatcher", "mighty"},
    "/moderation/{held}/": {"dispatcher", "mighty"},
    "/moderation/photo/{held photo}/small.jpg": {"dispatcher", "mighty"},
    "/moderation/photo/{held photo}/video.webm": {"dispatcher", "mighty"},
    "/moderation/photos/": {"dispatcher", "mighty"},
    "/moderation/blocks/": {"dispatcher", "mighty"},
    "/moderation/words/": {"dispatcher", "mighty"},
    "/mails/": {"operator", "mighty"},
    "/mails/{mail}/": {"operator", "mighty"},
    "/notices/": {"supervisor", "administrator", "mighty"},
    "/editions/": {"mapmaker", "mighty"},
    "/privacy/": {"privacy officer", "administrator", "mighty"},
    "/privacy/views/": {"privacy officer", "administrator", "mighty"},
    "/privacy/views.csv": {"privacy officer", "administrator", "mighty"},
    "/administration/": {"administrator", "mighty"},
    "/people/": {"administrator", "mighty"},
    "/people/new/": {"administrator", "mighty"},
    "/developers/requests/": {"administrator", "mighty"},
    "/people/me/": EVERYBODY - {"anybody"},
    "/people/me/sign-in/": EVERYBODY - {"anybody"},
    "/people/me/sign-in/app/": EVERYBODY - {"anybody"},
    "/people/ledger/": {"administrator", "mighty"},
    "/people/ledger/heads.json": {"administrator", "mighty"},
    "/control/": {"control", "mighty"},
    "/control/live/": {"control", "mighty"},
    "/control/wall/": {"control", "mighty"},
    "/control/cameras/": {"control", "mighty"},
    "/control/tiles/14/8647/5556.json": {"control", "mighty"},
    "/control/density/14/8647/5556.json": {"control", "mighty"},
    "/control/wards/": {"control", "mighty"},
    "/control/feeds/": {"control", "mighty"},
    "/control/place/?lon=10.005&lat=20.005": {"control", "mighty"},
    "/control/camera/{camera}/": {"control", "mighty"},
    "/control/findings/": {"control", "mighty"},
    "/control/findings/{finding}.jpg": {"control", "mighty"},
    "/control/queue/": {"control", "mighty"},
    "/control/search/": {"control", "mighty"},
    "/control/incident/{O}/": {"control", "mighty"},
    "/control/incident/{O}/act/remark/": {"control", "mighty"},
    "/control/claims/": {"control", "mighty"},
    "/control/create/?lon=10.005&lat=50.005": {"control", "mighty"},
    "/control/playback/?camera={camera}": {"control", "mighty"},
    "/control/playback/kept/?camera={camera}": {"control", "mighty"},
    "/control/playback/moments/?camera={camera}&from=1000&to=2000": {"control", "mighty"},
    "/control/shift/": {"control", "mighty"},
    "/control/shift.csv": {"control", "mighty"},
    "/control/shift/{shift}/": {"control", "mighty"},
    "/cameras/faults/": {"technician", "control", "administrator", "mighty"},
    "/cameras/counting/": {"technician", "control", "administrator", "mighty"},
    "/cameras/health/": {"technician", "control", "administrator", "mighty"},
    "/cameras/health.csv": {"technician", "control", "administrator", "mighty"},
    "/cameras/health/{camera}/": {"technician", "control", "administrator", "mighty"},
    "/cameras/{camera}/proof/{proof}.jpg": {"control", "operator", "technician", "mighty"},
    "/cameras/looks/": {"supervisor", "mighty"},
    "/cameras/looks.csv": {"supervisor", "mighty"},
    "/cameras/looks/mine/": EVERYBODY - {"anybody"},
    "/control/views/": {"control", "mighty"},
    "/control/layouts/": {"control", "mighty"},
    "/cameras/{camera}/live": {"control", "mighty"},
    "/cameras/near/{O}/": {"officer", "leader", "city leader", "control", "mighty"},
    "/editions/{edition}/cameras/": {"mapmaker", "mighty"},
    "/cameras/{camera}/now.jpg": {"control", "operator", "technician", "mighty"},
    "/cameras/{camera}/now.jpg?size=tile": {"control", "operator", "technician", "mighty"},
    "/cameras/{camera}/{frame}.jpg": {"control", "operator", "technician", "mighty"},
    "/cameras/{camera}/{frame}.jpg?size=tile": {"control", "operator", "technician", "mighty"},
    "/evidence/{evidence}.jpg?size=tile": {"officer", "leader", "city leader", "control", "mighty"},
    "/cameras/register/": {"control", "technician", "administrator", "mighty"},
    "/cameras/register/new/": {"administrator", "mighty"},
    "/cameras/import/": {"administrator", "mighty"},
    "/cameras/coverage/": {"control", "technician", "administrator", "mighty"},
    "/cameras/coverage.json": {"control", "technician", "administrator", "mighty"},
    "/cameras/coverage.csv": {"control", "technician", "administrator", "mighty"},
    "/cameras/{camera}/": {"control", "technician", "administrator", "mighty"},
    "/cameras/{camera}/zones/": {"control", "technician", "administrator", "mighty"},
    "/evidence/{evidence}.jpg": {"officer", "leader", "city leader", "control", "mighty"},
    "/evidence/{evidence}/over/{evidence}.json": {"officer", "leader", "city leader", "control", "mighty"},
    "/evidence/{O}/": {"officer", "leader", "city leader", "control", "supervisor", "mighty"},
}
SEE_EVIDENCE = {"officer", "leader", "city leader", "control", "mighty"}
# What is done with evidence: what is sent, and for whom it is done; all others find nothing.
DONE = {
    "/evidence/pin/": ({"incident": "{O}", "evidence": "{evidence}", "reason": "So"}, SEE_EVIDENCE),
    "/evidence/{O}/pin/": ({"evidence": "{evidence}", "reason": "So"}, SEE_EVIDENCE),
    "/evidence/{O}/unpin/{by hand}/": ({"reason": "So"}, SEE_EVIDENCE),
    "/evidence/{O}/export.zip": ({"purpose": "Court"}, SEE_EVIDENCE),
    "/evidence/{O}/hold/": ({"reason": "Court"}, {"supervisor", "mighty"}),
    "/evidence/{O}/unhold/": ({"reason": "Judged"}, {"supervisor", "mighty"}),
}

# Parts of pages, and pictures: nobody is asked to sign in.
PARTS = (
    "/control/live/", "/control/queue/", "/control/incident/", "/control/views/", "/control/layouts/", "/control/wall/",
    "/control/claims/", "/control/create/", "/control/announce/", "/control/playback/moments/", "/control/search/",
    "/control/cameras/", "/control/density/", "/control/tiles/", "/control/wards/", "/control/place/",
    "/control/camera/", "/control/feeds/", "/cameras/near/", "/cameras/Q1/live",
    "/cameras/Q1/now", "/cameras/Q1/proof", "/cameras/Q1/1",
)  # fmt: skip
# Whoever may see this camera live is told that nobody answers at its address.
NO_PICTURE = "/cameras/{camera}/live"
# What is only sent to, here without a word: who is told what is missing; all others find nothing.
HEALTH = {"technician", "control", "administrator", "mighty"}
MAY_SEND = {
    "/cameras/health/{camera}/pause/": HEALTH,
    "/cameras/health/{camera}/resume/": HEALTH,
    "/cameras/health/pause/?area=": set(),  # of no ward
    "/cameras/{turned}/turned/": {"control", "technician", "administrator", "mighty"},
    "/control/habits/": {"control", "mighty"},
    "/control/layouts/{layout}/remove/": {"control"},  # who made it
    "/control/incident/{O}/take/": {"control", "mighty"},
    "/control/incident/{O}/give-back/": {"control", "mighty"},
    "/control/shift/write/": {"control", "mighty"},
    "/control/playback/keep/": {"control", "mighty"},
    "/control/shift/hand-over/": {"control", "mighty"},
    "/control/shift/{shift}/take/": {"control", "mighty"},
    "/control/findings/decide/": set(),  # of none
    "/cameras/faults/{finding}/dismiss/": HEALTH,
    "/cameras/faults/of/{camera}/promise/": HEALTH,
    "/control/incident/{O}/step/{step}/": {"control", "mighty"},
}


@pytest.fixture
def names(town, incidents, people, settings):
    camera = Camera.objects.create(
        code="Q1", name="Harbour", place=factories.IN_OLD, public=True, url="http://192.0.2.1/a.jpg"
    )
    frame = sees(camera)
    shows(camera)
    shot = {
        "taken_at": now(),
        "sha256": sha256(factories.jpeg()).hexdigest(),
        "file": "evidence/one.jpg",
        "width": 64,
        "height": 48,
    }
    interval = {"health": "covered", "since": now(), "why": "look", "sha256": "a" * 64, "proof": "evidence/one.jpg"}
    proof = HealthInterval.objects.create(camera=camera, **interval)
    evidence = Evidence.objects.create(incident=incidents["O"], camera=camera, distance_m=5, **shot)
    file = settings.MEDIA_ROOT / "evidence/one.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(factories.jpeg())
    finding = Finding.objects.create(camera=camera, kind="covered", since=now(), picture="evidence/one.jpg")
    turned = Camera.objects.create(code="Q2", name="Turned", place=factories.IN_OLD)
    sees(turned)
    View.objects.create(camera=turned, state="lost")
    layout = Layout.objects.create(owner=people["control"], name="Mine")
    WatchedWord.watch("hold")
    shown = [factories.make_video(photos.read_photo(factories.picture()))]
    held_report = reporting.receive(
        reporting.IncomingReport("web", town.hole, factories.IN_OLD, text="Hold", pictures=shown), Sender(network="x")
    )
    (settings.MEDIA_ROOT / "recordings").mkdir()
    (settings.MEDIA_ROOT / "recordings/one.wav").write_bytes(b"RIFF")
    heard = Recording.objects.create(
        source="night", call_id="1", state="kept", file="recordings/one.wav", kind="audio/wav", fetched_at=now()
    )
    values = {letter: incident.reference for letter, incident in incidents.items()}
    crew = Crew.objects.create(authority=town.office, name="Crew", starts=time(6), ends=time(14))
    about = announcement_acts.issue(
        "works",
        announcement_acts.Reach(area=town.old),
        announcement_acts.Wording("Works", now() + 2 * timedelta(hours=1)),
        by=people["control"],
    )  # fmt: skip
    values |= {"announced": about.announcement_id}
    emergency = factories.emergency(people["control"])
    values |= {"emergency": emergency.pk, "bulletin": emergency.bulletins.get().pk}
    wide = works.announce_works(
        "works", works.reach_of_wards([town.old, town.new]), factories.works_wording(), by=people["control"]
    )
    values |= {"works": wide.announcement_id}
    values |= {"crew": crew.pk, "call": calls.begin_call(by=people["operator"]).pk}
    factories.answer()
    factories.campaign()
    for name, unit in (("draft", town.office), ("draft for all", town.desk)):
        text = publishing.empty_content()
        values[name] = publishing.begin_version(text, by=people["dispatcher"], authority=unit).pk
    written = campaign_publishing.begin_version(by=people["dispatcher"], authority=town.office)
    values |= {"campaign draft": written.pk}
    values |= {"recording": heard.pk} | enquiries_of(town) | ideas_of(town, people["dispatcher"])
    values |= {"held": held_report.pk, "held photo": held_report.photos.get().pk, "mail": factories.waiting_mail().pk}
    values |= {"shift": HandOver.objects.create(by=people["control"], since=now()).pk}
    step = ProcedureStep.objects.create(category=incidents["O"].category, words="Look", position=1)
    values |= {"step": step.pk}
    values |= {"finding": finding.pk, "layout": layout.pk, "turned": turned.code, "edition": town.edition.code}
    values |= {f"{letter} photo": incident.photos.get().pk for letter, incident in incidents.items()}
    values |= {"token": incidents["O"].reports.get().token, "camera": camera.code, "frame": frame.micros}
    more = {"moment": "pinned", "by": people["officer"], "reason": "So", "taken_at": now() - DAY}
    by_hand = Evidence.objects.create(incident=incidents["O"], camera=camera, distance_m=5, **shot | more)
    return values | {"evidence": evidence.pk, "proof": proof.pk, "by hand": by_hand.pk}


def enquiries_of(town):
    references = {}
    for name, kind in (("question", "question"), ("passed on", "question"), ("complaint", "complaint"),
                       ("complaint asked about", "complaint")):  # fmt: skip
        enquiry = receiving.receive_enquiry(receiving.IncomingEnquiry("web", kind, "Where is the office?"))
        if " " in name:
            Enquiry.objects.filter(pk=enquiry.pk).update(state="passed_on", authority=town.office)
        references[name] = enquiry.reference
    return references


def ideas_of(town, dispatcher):
    held_idea, idea = (
        receive_idea(IncomingIdea("Trees", "No shade.", Person("email", mail)), Sender(network="203.0.113.8"))
        for mail in ("a@example.org", "b@example.org")
    )
    move_idea(idea, "publish", by=dispatcher)
    move_idea(idea, "pass-on", by=dispatcher, note="Yours.", authority=town.office)
    return {"held idea": held_idea.pk, "idea": idea.pk}


def client_of(user):
    client = Client()
    if not user.is_anonymous:
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def those_who_ask(let_in, number, everybody):
    """Returns who requests an address: in a usual run a stranger, and in rotation every fifth of those let in and of
    the rest.
    """
    let, rest = sorted(let_in & EVERYBODY), sorted(EVERYBODY - let_in - {"anybody"})
    if everybody:
        return EVERYBODY
    return {"anybody", *let[number % max(len(let), 1) :][:1], *let[number % 5 :: 5], *rest[number % 5 :: 5]}


@pytest.mark.parametrize("everybody", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_who_is_let_in_where(names, people, monkeypatch, everybody):
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # the test's own stays
    # Two hundred times nothing is found: the page that says so is left out here.
    monkeypatch.setattr("geoapp.urls.handler404", lambda request, exception: HttpResponse(status=404), raising=False)
    # A page is written for the first who is let in; what stands on it for whom is asked elsewhere.
    render, shown_to = Template.render, []
    monkeypatch.setattr(Template, "render", lambda *args, **named: "" if shown_to else render(*args, **named))
    clients = {who: client_of(people[who]) for who in EVERYBODY}
    for number, (address, let_in) in enumerate(LET_IN.items()):
        at, got = address.format_map(names), {}
        shown_to.clear()
        for who in those_who_ask(let_in, number, everybody):
            got[who] = clients[who].get(at).status_code
            shown_to += [who] * (got[who] == 200)
        hidden = (
            at.startswith(PARTS)
            or at.endswith((".jpg", ".webm"))
            or (at.startswith("/evidence/") and not at.endswith("/"))
        )
        stranger = 404 if hidden else 302  # who is not signed in is asked to
        well = 502 if address == NO_PICTURE else 200
        wanted = {who: well if who in let_in else stranger if who == "anybody" else 404 for who in got}
        assert got == wanted, address


@pytest.mark.parametrize("everybody", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_who_does_what_with_evidence(names, people, everybody):
    clients = {who: client_of(people[who]) for who in EVERYBODY}
    for number, (address, (data, who_may)) in enumerate(DONE.items()):
        at, sent = address.format_map(names), {key: words.format_map(names) for key, words in data.items()}
        got = {}
        for who in those_who_ask(who_may, number, everybody):
            with transaction.atomic():
                answer = clients[who].post(at, sent, headers={"Accept": "application/json"})
                got[who] = answer.status_code
                if answer.streaming:
                    b"".join(answer)
                transaction.set_rollback(True)
        asked_to_sign_in = 302 if "hold" in address else 404
        refused = {who: asked_to_sign_in if who == "anybody" else 404 for who in got.keys() - who_may}
        assert {who: code for who, code in got.items() if who not in who_may} == refused, address
        assert {code for who, code in got.items() if who in who_may} <= {200, 409}, address


@pytest.mark.parametrize("everybody", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_who_may_send_what_to_cameras(names, people, monkeypatch, everybody):
    monkeypatch.setattr("geoapp.urls.handler404", lambda request, exception: HttpResponse(status=404), raising=False)
    clients = {who: client_of(people[who]) for who in EVERYBODY}
    for number, (address, may) in enumerate(MAY_SEND.items()):
        at, got = address.format_map(names), {}
        for who in those_who_ask(may, number, everybody):
            with transaction.atomic():
                got[who] = clients[who].post(at).status_code
                transaction.set_rollback(True)
        assert got.pop("anybody") in (302, 404), address
        assert {who for who, code in got.items() if code != 404} == may & got.keys(), address


def test_every_address_of_cameras_and_evidence_is_in_a_table(names):
    tables_asked = (*PUBLIC, *LET_IN, *DONE, *MAY_SEND)
    tables = {resolve(at.format_map(names).partition("?")[0]).url_name for at in tables_asked}
    assert [pattern.name for pattern in cameras_urls.urlpatterns if pattern.name not in tables] == []


@pytest.mark.parametrize(
    "who", ["anybody", "officer", *(pytest.param(who, marks=pytest.mark.deep) for who in ("nobody", "mighty"))]
)
def test_what_is_public_is_the_same_for_everybody(names, people, who):
    secret, client = {names["O"], names["T"]}, client_of(people[who])
    for address in PUBLIC:
        answer = client.get(address.format_map(names))
        assert answer.status_code == 200, address
        if "{token}" not in address:
            content = b"".join(answer) if answer.streaming else answer.content
            assert not [reference for reference in secret if reference.encode() in content], address
    statuses = {address: client.get(address.format_map(names)).status_code for address in NOBODY}
    assert statuses == dict.fromkeys(NOBODY, 404)
