"""Vague places at a border: one authority is responsible; its neighbour is notified and may take over."""

import itertools
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import Point
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from gis_data import sql
from gis_data.addresses import geocode
from incidents import access, notify, photos, reform, reporting, timeline, workflow
from incidents.map import live
from incidents.models import AreaShare, Authority, Contact, Event, Incident, Membership, Notice, Photo, User
from incidents.reporting import building
from incidents.views.api.live import news_test_for
from tests import factories
from tests.pages import one_line

METRE = 1 / 71_700  # degrees of longitude at 50° N
AT_BORDER = Point(10.01 - 14 * METRE, 50.005, srid=4326)  # 14 m inside Old Wharf


@pytest.fixture
def wide(town):
    """The town with a third ward far from the first."""
    town.far = factories.area(town.edition, "003", "Far Wharf", (10.02, 50.0, 10.03, 50.01))
    sql.execute("subdivide", edition=town.edition.pk)
    town.far_office = Authority.objects.create(code="far", kind="WARD", name="UBND Far Wharf", area=town.far)
    return town


@pytest.fixture
def people(wide):
    """Users of all roles; `owner` has the incident, `neighbour` is across the border."""
    posts = {
        "owner": (wide.office, "officer"),
        "neighbour": (wide.other, "officer"),
        "far": (wide.far_office, "officer"),
        "department": (wide.water, "leader"),
        "operator": (wide.desk, "operator"),
        "control": (wide.desk, "control"),
    }
    users = {who: User.objects.create(username=who) for who in (*posts, "stranger")}
    for who, (authority, role) in posts.items():
        factories.post(users[who], authority, role)
    return users | {"citizen": AnonymousUser()}


def vague(category, accuracy=80, place=AT_BORDER, **more):
    return factories.incident(category, place, accuracy_m=accuracy, **more)


def shares(incident):
    return {area_share.area.name: round(area_share.share, 2) for area_share in incident.area_shares.all()}


def client_of(user):
    client = Client()
    client.cookies["django_language"] = "en"
    if not user.is_anonymous:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# ---- the shares ----


@pytest.mark.parametrize(("metres_west", "accuracy", "wanted"), [
    (14, 80, {"Old Wharf": 0.61, "New Wharf": 0.39}),
    (0, 80, {"Old Wharf": 0.5, "New Wharf": 0.5}),
    (-14, 80, {"New Wharf": 0.61, "Old Wharf": 0.39}),
    (60, 80, {"Old Wharf": 0.93, "New Wharf": 0.07}),
    (70, 80, {}),  # 3 % are not worth a word
    (90, 80, {}),
    (14, 12, {}),
    (14, None, {}),  # the pin was moved by hand
    (14, 0, {}),
    (200, 100_000, {"Old Wharf": 0.25, "New Wharf": 0.24}),  # measured as one kilometre; the rest lies outside the city
])  # fmt: skip
def test_how_much_of_the_circle_lies_where(town, metres_west, accuracy, wanted):
    incident = vague(town.hole, accuracy, Point(10.01 - metres_west * METRE, 50.005, srid=4326))
    assert shares(incident) == pytest.approx(wanted, abs=0.02)
    assert incident.area == (town.new if metres_west < 0 else town.old)
    assert incident.authority == (town.other if metres_west < 0 else town.office)


@given(st.floats(10.0, 10.02), st.floats(50.0, 50.01), st.floats(0.5, 3000))
def test_shares_are_parts_of_one(town, lon, lat, radius):
    shares_by_area = geocode.ward_shares(Point(lon, lat, srid=4326), radius)
    assert {area.name for area, _share in shares_by_area} <= {"Old Wharf", "New Wharf"}
    assert all(0 < share <= 1 for _area, share in shares_by_area)
    assert sum(share for _area, share in shares_by_area) <= 1.0001
    assert [share for _area, share in shares_by_area] == sorted(
        (share for _area, share in shares_by_area), reverse=True
    )


def test_shares_are_asked_for_a_day(town):
    assert geocode.ward_shares(AT_BORDER, 80, day=town.edition.in_force.lower) == geocode.ward_shares(AT_BORDER, 80)
    assert geocode.ward_shares(AT_BORDER, 80, day=town.edition.in_force.lower.replace(year=2020)) == []


def test_an_exact_report_asks_the_database_nothing_more(town, django_assert_num_queries):
    located = geocode.locate(factories.IN_OLD)
    incoming = reporting.IncomingReport("web", town.hole, factories.IN_OLD, accuracy_m=12)
    with django_assert_num_queries(0):
        assert building.vague_shares(incoming, located) == []


def test_who_names_the_ward_leaves_no_doubt_about_it(client, town):
    client.post("/report/", {"where": "New Wharf", "category": "ST.1"})
    incident = Incident.objects.get()
    assert (incident.area, incident.accuracy_m > 100, incident.area_shares.count()) == (town.new, True, 0)


def test_more_reports_of_the_same_change_nothing(town):
    incident = vague(town.hole)
    reporting.receive(reporting.IncomingReport("web", town.hole, AT_BORDER, accuracy_m=300, join=incident))
    assert AreaShare.objects.filter(incident=incident).count() == 2


# ---- what is shown ----


def test_the_citizen_reads_numbers_and_the_public_words(town):
    incident = vague(town.hole)
    citizen, token = client_of(AnonymousUser()), incident.reports.get().token
    for page in (f"/f/{token}/?sent=1", f"/f/{token}/"):
        text = " ".join(citizen.get(page).content.decode().split())
        assert (
            '<span class="num">61%</span> Old Wharf Ward, <span class="num">39%</span> New Wharf Ward: '
            "assigned to Old Wharf Office. New Wharf Office was informed that it may be theirs."
        ) in text
        assert "only accurate to about 80 m and may also be in New Wharf Ward. The point itself decides." in text
    public = " ".join(citizen.get(f"/i/{incident.reference}/").content.decode().split())
    assert (
        "The location is probably in Old Wharf Ward, perhaps in New Wharf Ward. It was assigned to Old Wharf Office."
        in public
    )
    assert "61%" not in public


def test_an_exact_place_says_nothing_of_it(town):
    incident = vague(town.hole, accuracy=None)
    page = one_line(client_of(AnonymousUser()).get(f"/i/{incident.reference}/"))
    assert '<div id="vague" data-live></div>' in page.replace("> </div>", "></div>")


def test_the_desk_shows_the_numbers(town, officer):
    incident = vague(town.hole)
    page = client_of(officer).get(f"/desk/{incident.reference}/").content.decode()
    assert page.count("<meter") == 2
    assert 'data-accuracy="80.0"' in page
    assert "New Wharf Office was informed that it may be theirs." in page


# ---- who may do what, cell by cell ----

ACTIONS = {
    #             read  work  contact  evidence  claim; then the same for a restricted one
    "owner":      ("yes yes yes yes no", "yes yes yes yes no"),
    "neighbour":  ("yes no no no yes", "yes no no no yes"),
    "far":        ("yes no no no no", "no no no no no"),
    "department": ("yes no no no no", "no no no no no"),
    "operator":   ("yes no no no no", "yes no no no no"),
    "control":    ("yes no no yes no", "yes no no yes no"),
    "stranger":   ("yes no no no no", "no no no no no"),
    "citizen":    ("yes no no no no", "no no no no no"),
}  # fmt: skip


def test_who_may_do_what(wide, people):
    incidents = [vague(wide.hole), vague(wide.secret)]
    names = ("read", "work", "contact", "evidence", "claim")

    def cells(user, incident):
        may = [access.incidents_for(user, action).filter(pk=incident.pk).exists() for action in names]
        return " ".join("yes" if allowed else "no" for allowed in may)

    assert {who: tuple(cells(user, case) for case in incidents) for who, user in people.items()} == ACTIONS


PAGES = {
    #            public list desk  photos: shown, private  contact claim accept  stream
    "owner":      "404 200 200 200 200 200 404 302 yes",
    "neighbour":  "404 200 200 200 404 404 302 302 yes",  # accepts it when it is theirs
    "far":        "404 200 404 404 404 404 404 404 no",
    "department": "404 200 404 404 404 404 404 404 no",
    "operator":   "404 404 200 404 404 404 404 404 yes",
    "control":    "404 404 404 404 404 404 404 404 yes",
    "stranger":   "404 404 404 404 404 404 404 404 no",
    "citizen":    "404 302 302 404 404 302 302 302 no",  # asked to sign in
}  # fmt: skip


def test_who_may_open_what_of_a_restricted_one(wide, people):
    pictures = [photos.read_photo(SimpleUploadedFile("photo.jpg", factories.jpeg())) for _ in range(2)]
    seen = {}
    for who, user in people.items():
        incident = vague(wide.secret, pictures=pictures, phone="+84901234567")
        shown, private = Photo.objects.filter(incident=incident)
        Photo.objects.filter(pk=private.pk).update(public=False)
        item = timeline.news_of(incident.timeline.last())
        client, at = client_of(user), f"/desk/{incident.reference}/"
        hears = not user.is_anonymous and news_test_for(user)
        answers = [
            client.get(f"/i/{incident.reference}/"),
            client.get("/desk/"),
            client.get(at),
            client.get(f"/photo/{shown.pk}/small.jpg"),
            client.get(f"/photo/{private.pk}/small.jpg"),
            client.post(f"{at}contact/"),
            client.post(f"{at}claim/", {"note": "Our side of the road"}),
            client.post(f"{at}accept/"),
        ]
        seen[who] = " ".join(
            [*(str(answer.status_code) for answer in answers), "yes" if hears and hears(item) else "no"]
        )
    assert seen == PAGES


STEPS = ("accept", "ask", "hand_over", "resolve", "reject", "reopen", "answer")


def test_the_neighbour_reads_what_concerns_nobodys_person(wide, people):
    incident = vague(wide.hole, text="By gate 3, call 0901 234 567", phone="+84901234567", email="an@example.org")
    workflow.move(incident, "ask", by=people["owner"], note="Which side?")
    workflow.move(incident, "answer", note="Behind my house, number 12")
    client = client_of(people["neighbour"])
    page = one_line(client.get(f"/desk/{incident.reference}/"))
    assert "By gate 3, call ‹…›" in page
    hidden = [
        "901234567",
        "901 234",
        "an@",
        "example.org",
        "number 12",
        "Show the contact",
        "Nobody left",
        "cameras-near",
    ]
    detail = page.split('id="detail"')[1].split("</section>")[0]
    assert [words for words in [*hidden, "officer"] if words in detail] == []
    assert factories.OWN_PHONE.search(detail) is None
    offered = [step for step in (*STEPS, "claim") if f"/desk/{incident.reference}/{step}/" in page]
    assert offered == ["claim"]
    assert {step: client.get(f"/desk/{incident.reference}/{step}/").status_code for step in STEPS} == dict.fromkeys(
        STEPS, 404
    )


@pytest.mark.parametrize(("after", "claimable"), [
    (lambda town, case: None, True),
    (lambda town, case: workflow.move(case, "accept"), True),
    (lambda town, case: workflow.move(case, "ask", note="Where?"), True),
    (lambda town, case: workflow.move(case, "resolve", note="Filled"), False),
    (lambda town, case: workflow.move(case, "reject", note="Private ground"), False),
    (lambda town, case: workflow.move(case, "hand_over", note="A pipe", to=town.water), False),
    (lambda town, case: workflow.move(case, "hand_over", note="Yours", to=town.other), False),
    (lambda town, case: case.area_shares.filter(area=town.new).update(share=0.099), False),
])  # fmt: skip
def test_it_may_be_theirs_while_it_is_open_and_a_ward_has_it(town, outsider, after, claimable):
    incident = vague(town.hole)
    after(town, incident)
    assert access.incidents_for(outsider, "claim").exists() == claimable
    assert access.claiming_authorities(outsider, Incident.objects.get()).exists() == claimable


def test_what_a_department_answers_for_is_nobody_elses(town, outsider):
    incident = vague(town.leak)
    assert (incident.authority, incident.area_shares.count()) == (town.water, 2)
    assert not access.incidents_for(outsider, "claim").exists()
    assert list(access.neighbour_authorities(incident)) == []


# ---- told and taken over ----


def test_the_neighbours_desk_gets_one_letter(town):
    for authority, email in (
        (town.other, "desk@new.example"),
        (town.other, "night@new.example"),
        (town.office, "desk@old.example"),
        (town.water, "desk@water.example"),
    ):
        Contact.objects.create(authority=authority, label="Desk", email=email)
    Contact.objects.create(authority=town.other, label="Phone", phone="+84900000000")
    incident = vague(town.hole, email="an@example.org", phone="+84901234567", text="Knee deep")
    for event in [*Event.objects.order_by("pk"), *Event.objects.order_by("pk")]:
        notify.announce_event(event.pk)
    workflow.move(incident, "hand_over", note="Theirs", to=town.other)
    notify.announce_event(Event.objects.last().pk)
    for notice in Notice.objects.order_by("pk"):
        notify.deliver_notice(notice.pk)
    letters = [message for message in mail.outbox if message.to != ["an@example.org"]]
    assert [message.to for message in letters] == [["desk@new.example"], ["night@new.example"]]
    assert "có thể thuộc đơn vị bạn" in letters[0].subject
    assert "Phường Old Wharf: 61%" in letters[0].body
    assert f"/desk/{incident.reference}/" in letters[0].body
    assert [secret for secret in ("example.org", "+8490", "/f/") if secret in letters[0].body] == []


def test_an_exact_one_is_told_to_nobody_else(town):
    Contact.objects.create(authority=town.other, label="Desk", email="desk@new.example")
    vague(town.hole, accuracy=None)
    for event in Event.objects.all():
        notify.announce_event(event.pk)
    assert Notice.objects.count() == 0


def test_a_neighbour_takes_it_over_with_a_reason(town, officer, outsider):
    incident = vague(town.hole)
    client, at = client_of(outsider), f"/desk/{incident.reference}/claim/"
    listed = client.get("/desk/", {"show": "maybe"})
    assert [row.reference for _name, rows in listed.context["groups"] for row in rows] == [incident.reference]
    assert ("maybe", 1) in [(tab["name"], tab["number"]) for tab in listed.context["tabs"]]
    assert "Write a few words" in client.post(at, {"note": ""}).content.decode()
    assert client.post(at, {"note": "Our side of the road"}).status_code == 302
    incident.refresh_from_db()
    event = incident.timeline.last()
    assert (incident.authority, incident.state, incident.area) == (town.other, "assigned", town.old)
    assert (event.kind, event.public, event.by, event.authority) == ("claimed", True, outsider, town.other)
    assert access.incidents_for(outsider, "work").get() == incident
    # The other unit reads it in its list of what may be its own, and in the history.
    other = client_of(officer)
    page = other.get("/desk/", {"show": "maybe"}).content.decode()
    assert incident.reference in page
    assert "Our side of the road" in page
    public = client_of(AnonymousUser()).get(f"/i/{incident.reference}/").content.decode()
    assert "Taken over by New Wharf Office" in public
    assert "New Wharf Office took it over: Our side of the road" in public


def test_of_a_claim_and_a_step_at_once_the_second_is_told(town, officer, outsider):
    incident = vague(town.hole)
    same = Incident.objects.get(pk=incident.pk)
    workflow.move(incident, "claim", by=outsider, note="Ours", to=town.other)
    with pytest.raises(workflow.NotAllowed):
        workflow.move(same, "accept", by=officer)
    assert client_of(officer).post(f"/desk/{incident.reference}/accept/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_simultaneous_claims_of_two_neighbours_are_serialised(wide, people):
    """At a corner of three wards the two others claim at the same moment."""
    place = Point(10.02 - 10 * METRE, 50.005, srid=4326)
    incident = vague(wide.hole, 1000, place)
    workflow.move(incident, "hand_over", note="A try", to=wide.office)
    AreaShare.objects.filter(incident=incident).delete()
    for area in (wide.old, wide.new, wide.far):
        AreaShare.objects.create(incident=incident, area=area, share=0.3)
    answers, start = [], threading.Barrier(2)

    def claim(user):
        client = client_of(user)
        start.wait()
        answers.append(client.post(f"/desk/{incident.reference}/claim/?part=form", {"note": "Ours"}))
        connection.close()

    threads = [threading.Thread(target=claim, args=(user,)) for user in (people["neighbour"], people["far"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    incident.refresh_from_db()
    claims = Event.objects.filter(kind="claimed").count()
    statuses = sorted(answer.status_code for answer in answers)
    # Both at the very same moment: one is refused. One after the other: the second took it from the first.
    assert (statuses, claims) in [([200, 409], 1), ([200, 200], 2)]
    assert incident.authority in (wide.other, wide.far_office)


def test_who_has_two_wards_says_for_which_one(wide, outsider):
    place = Point(10.01 - 10 * METRE, 50.005, srid=4326)
    incident = vague(wide.hole, 80, place)
    AreaShare.objects.create(incident=incident, area=wide.far, share=0.2)
    factories.post(user=outsider, authority=wide.far_office, role=Membership.Role.OFFICER)
    client, at = client_of(outsider), f"/desk/{incident.reference}/claim/"
    form = client.get(at).context["form"]
    assert list(form.fields["to"].queryset) == [wide.other, wide.far_office]
    assert client.post(at, {"note": "Ours"}).status_code == 400
    assert client.post(at, {"note": "Ours", "to": wide.office.pk}).status_code == 400
    assert client.post(at, {"note": "Ours", "to": wide.far_office.pk}).status_code == 302
    incident.refresh_from_db()
    assert incident.authority == wide.far_office


def test_the_stream_tells_the_neighbour_what_it_missed(wide, people):
    incident = vague(wide.secret)
    vague(wide.secret, place=factories.IN_OLD, accuracy=None)
    missed = {
        who: [
            event.kind
            for event in live.events_with_incidents().filter(incident__in=access.incidents_for(people[who], "read"))
            if (hears := news_test_for(people[who])) and hears(timeline.news_of(event))
        ]
        for who in ("neighbour", "far")
    }
    assert missed == {"neighbour": ["received", "assigned"], "far": []}
    workflow.move(incident, "resolve", note="Filled")
    assert news_test_for(people["neighbour"])(timeline.news_of(incident.timeline.last()))  # so that it leaves the list
    assert [kind for kind in itertools.chain(*missed.values()) if kind not in ("received", "assigned")] == []


def test_reform_shares_vague_places_among_the_new_areas(town, today):
    redrawn = factories.redrawn_town(town)
    at_new_border = vague(town.hole, place=Point(10.006 - 14 * METRE, 50.005, srid=4326))
    at_both = vague(town.hole, accuracy=400)
    assert (shares(at_new_border), set(shares(at_both))) == ({}, {"Old Wharf", "New Wharf"})
    at_both_before = shares(at_both)
    closed = vague(town.hole)
    workflow.move(closed, "reject", note="Private ground")

    plan = reform.plan_reform(redrawn.edition, today)
    reform.enact_reform(plan.pk)

    assert set(shares(at_both)) == {"West Wharf", "Middle Wharf", "East Wharf"}
    assert set(shares(closed)) == {"Old Wharf", "New Wharf"}

    reform.take_back_reform(plan.pk)

    assert shares(at_both) == at_both_before
