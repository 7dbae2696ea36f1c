"""Units outside: a letter with a signed link, and an own system that is told and heard by Open311, over real HTTP."""

import hashlib
import re
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils.timezone import localtime, now
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.crypto import vault
from incidents import access, partners, photos, reporting, workflow
from incidents.models import ApiKey, Authority, Contact, Event, Extension, Incident, Notice, PartnerUpdate
from incidents.partners import georeport, letters, updates
from incidents.views.api import open311
from tests import factories
from tests.incidents.views.test_pages import read_page
from tests.pages import one_line

KEY = "swordfish"


def make_incident(town, **more):
    plain = {"channel": "web", "category": town.leak, "place": factories.IN_OLD, "text": "Under the pavement"}
    return reporting.receive(reporting.IncomingReport(**plain | more)).incident


def story(incident):
    """What happened: kind and words of each line after the assignment."""
    return [(event.kind, event.note) for event in incident.timeline.all()][2:]


def jobs(name):
    return list(ProcrastinateJob.objects.filter(task_name=name).order_by("pk").values_list("args", flat=True))


# ---- by letter ----


@pytest.fixture
def water(town):
    """The water company works by letter."""
    Authority.objects.filter(pk=town.water.pk).update(works="email")
    return Contact.objects.create(authority=town.water, label="Repairs", email="repairs@water.example", phone="1900")


@pytest.fixture
def leak(water, town):
    return make_incident(town, phone="+84901234567", email="an@example.org")


@pytest.fixture
def url(leak, client):
    client.cookies["django_language"] = "en"
    letters.write_letters(partners.arrival_event(leak).pk)
    leak.refresh_from_db()
    return address(leak)


def address(incident):
    return (
        f"/w/{letters.sign_link(partners.arrival_event(incident), Contact.objects.get(authority=incident.authority))}/"
    )


def step(client, url, name, incident, **more):
    seen = Incident.objects.get(pk=incident.pk).steps_taken
    return client.post(url, {"step": name, "seen": seen} | more)


def test_what_comes_to_such_a_unit_is_a_job_for_a_letter(leak, town):
    event = partners.arrival_event(leak)
    partners.announce_to_partner(event.pk)
    partners.announce_to_partner(make_incident(town, category=town.hole).timeline.last().pk)
    assert jobs("incidents.write_outside") == [{"event_id": event.pk}]


def test_partner_letter_has_matter_and_place_but_no_contact(leak):
    event = partners.arrival_event(leak)
    for _ in range(2):
        letters.write_letters(event.pk)
    notice = Notice.objects.get(template="outside_work")
    assert (notice.address, notice.urgent, notice.report) == ("repairs@water.example", True, None)
    for words in ("Rò rỉ nước", "Harbour Road", "Under the pavement", "/w/"):
        assert words in notice.text
    assert (factories.OWN_PHONE.search(notice.text), "an@example.org" in notice.text) == (None, False)
    leak.refresh_from_db()
    assert (leak.state, story(leak)) == ("passed_on", [("passed_on", "")])
    assert leak.timeline.last().reasons[0]["en"] == "By e-mail, with a link."


def test_a_unit_without_an_address_is_not_passed_anything(leak, water):
    Contact.objects.all().delete()
    letters.write_letters(partners.arrival_event(leak).pk)
    leak.refresh_from_db()
    assert (leak.state, Notice.objects.count()) == ("assigned", 0)


def test_what_nobody_announced_is_found(leak, town):
    """As after a change of boundaries, where only what reporters hear of is announced."""
    make_incident(town, category=town.hole)
    event = partners.arrival_event(leak)
    soon = now() + timedelta(minutes=6)
    assert (list(letters.events_without_letter(now())), list(letters.events_without_letter(soon))) == ([], [event.pk])
    letters.write_letters(event.pk)
    assert list(letters.events_without_letter(soon)) == []


def test_the_page_is_read_without_an_account_and_changes_nothing(client, leak, url):
    before = Event.objects.count()
    response = client.get(url)
    text = read_page(response)
    for words in (
        "Water leak",
        "For Water Company, Repairs.",
        "Under the pavement",
        "Accept",
        "Not ours: hand it back",
    ):
        assert words in text
    assert [secret for secret in ("84901234567", "an@example.org") if secret in response.content.decode()] == []
    assert (response["X-Robots-Tag"], Event.objects.count()) == ("noindex, nofollow", before)
    assert "no-store" in response["Cache-Control"]


def test_every_step_is_taken_in_the_name_of_the_unit(client, leak, url, town):
    for name, more in (
        ("accept", {}),
        ("begin", {}),
        ("ask", {"note": "Which side?"}),
    ):
        assert step(client, url, name, leak, **more).status_code == 303
    workflow.move(Incident.objects.get(), "answer", note="Left")
    photo = factories.jpeg()
    upload = {"note": "New pipe.", "photos": [bytes_named(photo)]}
    page = step(client, url, "resolve", leak, **upload)  # the photo does not say where and when it was taken
    assert (page.status_code, "Why this place or this photo" in read_page(page)) == (400, True)
    upload = {"note": "New pipe.", "photos": [bytes_named(photo)], "place_reason": "From the fitter"}
    assert step(client, url, "resolve", leak, **upload).status_code == 303
    check = leak.timeline.get(kind="checked")
    assert (check.note, check.public, check.by, check.authority) == ("From the fitter", False, None, town.water)
    events = list(leak.timeline.filter(kind__in=["accepted", "begun", "asked", "resolved"]))
    assert [(line.kind, line.note, line.by, line.authority, line.reasons[0]["en"]) for line in events] == [
        (kind, note, None, town.water, "By the link in the e-mail.")
        for kind, note in (("accepted", ""), ("begun", ""), ("asked", "Which side?"), ("resolved", "New pipe."))
    ]
    assert events[-1].photos.count() == 1
    assert "Nothing to do now." in read_page(client.get(url))


def bytes_named(data, name="photo.jpg"):
    return SimpleUploadedFile(name, data, "image/jpeg")


def test_more_time_is_asked_for_and_decided_by_somebody_else(client, leak, url):
    step(client, url, "accept", leak)
    until = (localtime(leak.due_at) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    assert step(client, url, "more_time", leak, note="The part comes", until=until).status_code == 303
    extension = Extension.objects.get()
    assert (extension.asked_by, extension.reason, Incident.objects.get().state) == (None, "The part comes", "extension")


def test_who_hands_it_back_is_done_with_it(client, leak, url, town):
    response = step(client, url, "hand_back", leak, note="This pipe is the city's.")
    assert "this link no longer works" in read_page(client.get(response["Location"]))
    leak.refresh_from_db()
    assert (leak.authority, leak.state) == (town.desk, "received")
    page = client.get(url)
    assert page.status_code == 410
    assert "This incident has moved" in read_page(page)
    assert client.post(url, {"step": "accept", "seen": 1}).status_code == 410
    assert client.post(f"{url}contact/").status_code == 410


@pytest.mark.parametrize(("posted", "says"), [
    ({}, "What you can do"),
    ({"step": "grant", "seen": "1"}, "What you can do"),
    ({"step": "resolve", "seen": "1"}, "Write a few words for the reporter to read."),
    ({"step": "hand_back", "seen": "1", "note": " \u200b"}, "Write a few words for the reporter to read."),
    ({"step": "ask", "seen": "1", "note": "x" * 4001}, "Please shorten the text to 4000 characters"),
])  # fmt: skip
def test_what_is_missing_is_said(client, leak, url, posted, says):
    response = client.post(url, posted)
    assert response.status_code == 400
    assert says in read_page(response)
    assert Incident.objects.get().state == "passed_on"


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("until", ["", "tomorrow", "2001-01-01T00:00", "2099-01-01T00:00", "9999-12-31T23:59"])
def test_more_time_wants_a_date_that_can_be(client, leak, url, until):
    step(client, url, "accept", leak)
    response = step(client, url, "more_time", leak, note="Longer", until=until)
    assert response.status_code == 400
    assert re.search(r'id="until-fault" data-fault="until"> <p class="error">', one_line(response))
    assert Incident.objects.get().state == "accepted"


def test_of_two_at_once_one_wins(client, leak, url):
    seen = leak.steps_taken
    assert client.post(url, {"step": "accept", "seen": seen}).status_code == 303
    late = client.post(url, {"step": "hand_back", "seen": seen, "note": "Not ours"})
    assert late.status_code == 409
    assert "Somebody has already done this" in read_page(late)
    assert "Not ours" in late.content.decode() or Incident.objects.get().state == "accepted"


def test_the_phone_is_shown_for_a_code_and_that_is_recorded(client, leak, url, town):
    client.post(f"{url}contact/")
    code = Notice.objects.get(template="outside_code").values[-2]
    response = client.post(f"{url}contact/", {"code": code})
    html = one_line(response)
    assert "+84901234567" in html
    assert set(re.findall(r'method="post" action="(/w/[^"]*)"', html)) == {url}  # the steps stand at their own address
    seen = leak.timeline.get(kind="viewed")
    assert (seen.by, seen.authority, seen.public) == (None, town.water, False)


def test_photos_are_shown_by_the_link_only(client, water, town):
    picture = photos.read_photo(bytes_named(factories.jpeg()))
    incident = make_incident(town, category=town.leak, pictures=[picture], pictures_public=False)
    photo = incident.photos.get()
    at = f"{address(incident)}photo/{photo.pk}/"
    assert client.get(at)["Content-Type"] == "image/jpeg"
    assert client.get(f"/photo/{photo.pk}/large.jpg").status_code == 404
    other = make_incident(town)
    assert client.get(f"{address(other)}photo/{photo.pk}/").status_code == 404


def test_forged_links_are_no_pages(client, leak, url, water, town):
    token = url.removeprefix("/w/").strip("/")
    head, stamp, seal = token.split(".")
    other = Contact.objects.create(authority=town.desk, label="Desk", email="desk@city.example")
    event = partners.arrival_event(leak)
    forged = [
        "x", "1-1", f"{head}.{stamp}", f"{head}.{stamp}.{seal[:-1]}", f"{event.pk}-{other.pk}.{stamp}.{seal}",
        f"{event.pk + 1}-{water.pk}.{stamp}.{seal}", f"{head}.{stamp}x.{seal}", f"9{'9' * 30}-1.{stamp}.{seal}",
        "%07", "é", f"-{head}.{stamp}.{seal}",
    ]  # fmt: skip
    for link in forged:
        for more in ("", "contact/", "photo/1/"):
            method = client.post if more == "contact/" else client.get
            assert (link, method(f"/w/{link}/{more}").status_code) == (link, 404)
    water.email = "new@water.example"
    water.save()
    assert client.get(url).status_code == 404  # the old address no longer speaks for the desk


def test_after_thirty_days_a_fresh_link_goes_to_the_same_address(client, leak, water):
    client.cookies["django_language"] = "en"
    with mock.patch("time.time", return_value=(now() - timedelta(days=31)).timestamp()):
        old = address(leak)
    assert client.get(old).status_code == 410
    assert "worked for 30 days" in read_page(client.get(old))
    for _ in range(2):
        assert "A new e-mail is on its way" in read_page(client.post(f"{old}again/"))
    notice = Notice.objects.get()
    fresh = re.search(r"(/w/\S+?/)\s", notice.text)[1]
    assert (notice.address, client.get(fresh).status_code) == ("repairs@water.example", 200)
    assert client.post(f"{fresh}again/").status_code == 410  # it needs none


def test_an_expired_link_of_a_closed_incident_says_so(client, leak, water):
    client.cookies["django_language"] = "en"
    with mock.patch("time.time", return_value=(now() - timedelta(days=31)).timestamp()):
        old = address(leak)
    workflow.move(leak, "resolve", note="The pipe is whole")
    for answer in (client.get(old), client.post(f"{old}again/")):
        assert answer.status_code == 410
        assert "This incident is closed" in read_page(answer)
        assert "again/" not in read_page(answer)
    assert not Notice.objects.exists()


def test_a_letter_comes_again_when_something_happens(client, leak, url):
    step(client, url, "ask", leak, note="Which side?")
    answer = workflow.move(Incident.objects.get(), "answer", note="The left one")
    letters.write_letters(answer.pk)
    assert "The left one" in Notice.objects.filter(template="outside_work").last().text
    assert client.get(url).status_code == 200  # the first link still counts
    assert "The left one" in read_page(client.get(url))


def test_a_page_whose_cookie_is_gone_keeps_what_was_typed(client, leak, url):
    client.handler.enforce_csrf_checks = True
    response = client.post(url, {"step": "resolve", "seen": leak.steps_taken, "note": "New pipe."})
    assert response.status_code == 403
    assert "New pipe." in response.content.decode()


# ---- by its own system ----


def key_for(authority, secret=KEY, name="Water system"):
    return ApiKey.objects.create(name=name, sha256=hashlib.sha256(secret.encode()).hexdigest(), authority=authority)


@pytest.fixture
def theirs(town):
    """An incident of the water company, whose own system has a key here."""
    key_for(town.water)
    return make_incident(town)


def say(client, incident, status="IN_PROGRESS", update_id="u1", suffix="json", **more):
    fields = {
        "api_key": KEY, "service_request_id": incident.reference, "update_id": update_id, "status": status,
        "updated_datetime": "2026-11-24T08:00:00+07:00", "description": "The team is there.",
    } | more  # fmt: skip
    return client.post(
        f"/open311/v2/servicerequestupdates.{suffix}", {name: value for name, value in fields.items() if value}
    )


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize(("status", "becomes", "kinds"), [
    ("OPEN", "assigned", ["note"]), ("UNCHANGED", "assigned", ["note"]), ("INTERNAL_REFERRAL", "assigned", ["note"]),
    ("investigating", "accepted", ["accepted"]), ("IN_PROGRESS", "working", ["accepted", "begun"]),
    ("FIXED", "resolved", ["resolved"]), ("CLOSED", "resolved", ["resolved"]),
    ("DUPLICATE", "received", ["handed_back"]), ("NOT_COUNCILS_RESPONSIBILITY", "received", ["handed_back"]),
    ("REOPEN", "assigned", ["note"]),
])  # fmt: skip
def test_what_their_system_says_becomes_steps(client, theirs, town, status, becomes, kinds):
    answer = say(client, theirs, status).json()
    theirs.refresh_from_db()
    assert answer == [{"update_id": str(theirs.timeline.last().pk)}]
    events = list(theirs.timeline.all())[2:]
    assert (theirs.state, [line.kind for line in events]) == (becomes, kinds)
    assert {(line.by, line.authority, line.reasons[0]["en"]) for line in events} == {
        (None, town.water, "By the unit's own system.")
    }


def test_repeated_partner_update_changes_nothing(client, theirs):
    first = say(client, theirs, "CLOSED")
    again = say(client, theirs, "CLOSED", description="Again")
    assert (again.status_code, again.json()) == (200, first.json())
    assert story(theirs) == [("resolved", "The team is there.")]
    assert PartnerUpdate.objects.count() == 1


def test_both_formats_are_spoken(client, theirs):
    xml = say(client, theirs, suffix="xml").content.decode()
    (update_id,) = re.findall(
        "<service_request_updates><request_update><update_id>(.+)</update_id></request_update>", xml
    )
    updates = client.get("/open311/v2/servicerequestupdates.xml").content.decode()
    assert re.findall(r"<status>(\w+)</status>", updates) == ["action_scheduled", "in_progress"]
    assert re.findall(r"<update_id>(\w+)</update_id>", updates)[-1] == update_id
    (first, _second) = client.get("/open311/v2/servicerequestupdates.json").json()
    assert first.keys() == {
        "update_id", "service_request_id", "status", "updated_datetime", "description", "media_url",
    }  # fmt: skip
    assert first["service_request_id"] == theirs.reference


@pytest.mark.parametrize(("wrong", "status", "says"), [
    ({"api_key": None}, 403, "api_key"), ({"api_key": "guess"}, 403, "api_key"),
    ({"service_request_id": "2611-00000"}, 404, "service_request_id"), ({"update_id": None}, 400, "update_id"),
    ({"status": "gone"}, 400, "status"), ({"updated_datetime": "yesterday"}, 400, "updated_datetime"),
    ({"updated_datetime": None}, 400, "updated_datetime"), ({"description": "x" * 4001}, 400, "description"),
])  # fmt: skip
def test_bad_updates_are_refused_whole(client, theirs, wrong, status, says):
    response = say(client, theirs, **{"status": "CLOSED"} | wrong)
    assert response.status_code == status
    assert says in response.content.decode()
    assert (Incident.objects.get().state, PartnerUpdate.objects.count()) == ("assigned", 0)


def test_a_system_speaks_of_its_own_incidents_only(client, theirs, town):
    foreign = make_incident(town, category=town.hole)
    assert say(client, foreign).status_code == 404
    Incident.objects.filter(pk=theirs.pk).update(published=False)
    names = lambda query="": {row["service_request_id"] for row in fetch_updates(client, query)}  # noqa: E731
    workflow.move(theirs, "accept")
    workflow.move(foreign, "accept")
    assert (names(), names(f"?api_key={KEY}")) == ({foreign.reference}, {theirs.reference})


def fetch_updates(client, query=""):
    return client.get(f"/open311/v2/servicerequestupdates.json{query}").json()


def test_an_update_without_words_has_an_id_of_no_line(client, theirs):
    first, again = (say(client, theirs, "UNCHANGED", description="").json() for _ in range(2))
    assert first == again == [{"update_id": f"unchanged-{PartnerUpdate.objects.get().pk}"}]
    assert say(client, theirs, "CLOSED", suffix="json", update_id="u2").json()[0]["update_id"].isdigit()


@pytest.fixture
def many(theirs):
    """A month in which work began 1,005 times on a request, the last time just now."""
    at = now()
    moments = [at - timedelta(hours=0.7 * number) for number in range(1005, 0, -1)]
    Event.objects.bulk_create(
        Event(incident=theirs, kind="begun", state="working", at=moment, note=f"n{number}")
        for number, moment in enumerate(moments)
    )
    return theirs


def others(response):
    """The addresses of the other pages, by their relation."""
    links = httpx.Response(200, headers=response.headers).links
    return {relation: link["url"].removeprefix(settings.SITE_URL) for relation, link in links.items()}


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_updates_of_a_long_time_come_in_pages(client, many, suffix):
    def descriptions(response):
        if suffix == "json":
            return [row["description"] for row in response.json()]
        return re.findall("<description>(.+?)</description>", response.content.decode())

    parameters = {"start_date": (now() - timedelta(days=30)).isoformat()}
    first = client.get(f"/open311/v2/servicerequestupdates.{suffix}", parameters)
    assert (first["X-Total-Count"], others(first).keys()) == ("1005", {"first", "next", "last"})
    assert descriptions(first) == [f"n{number}" for number in range(5, 1005)]
    workflow.move(many, "accept")  # what happens meanwhile is of the next window
    second = client.get(others(first)["next"])
    assert (descriptions(second), second["X-Total-Count"]) == ([f"n{number}" for number in range(5)], "1005")
    assert others(second).keys() == {"first", "prev", "last"}


def test_so_many_updates_are_not_counted_but_all_read(client, many, monkeypatch):
    monkeypatch.setattr(open311, "COUNTED_AT_MOST", 1004)
    parameters = {"start_date": (now() - timedelta(days=30)).isoformat()}
    first = client.get("/open311/v2/servicerequestupdates.json", parameters)
    assert ("X-Total-Count" in first, others(first).keys()) == (False, {"first", "next"})
    second = client.get(others(first)["next"])
    assert [len(page.json()) for page in (first, second)] == [1000, 5]
    assert (second["X-Total-Count"], others(second).keys()) == ("1005", {"first", "prev", "last"})
    beyond = client.get("/open311/v2/servicerequestupdates.json", parameters | {"page": 3})
    assert (beyond.json(), others(beyond).keys()) == ([], {"first", "prev"})


def test_updates_of_named_requests_are_told_from_the_first(client, theirs, town):
    foreign = make_incident(town)
    for incident in (theirs, foreign):
        workflow.move(incident, "accept", at=now() - timedelta(days=100))
    Incident.objects.filter(pk=theirs.pk).update(outside_reference="W-7")
    request_ids = lambda **parameters: [  # noqa: E731
        row["service_request_id"] for row in client.get("/open311/v2/servicerequestupdates.json", parameters).json()
    ]
    assert request_ids() == []
    assert request_ids(service_request_id=theirs.reference) == [theirs.reference]
    assert request_ids(service_request_id=f"{theirs.reference},{foreign.reference}") == [
        theirs.reference,
        foreign.reference,
    ]
    assert request_ids(service_request_id="W-7") == []
    assert request_ids(service_request_id="W-7", api_key=KEY) == [theirs.reference]
    assert request_ids(service_request_id=theirs.reference, start_date=(now() - timedelta(days=1)).isoformat()) == []


def test_updates_behind_a_row_are_those_by_number(client, many, town):
    """Whether the last days hold a page or not; what is hidden or restricted stands between them, and is never told."""
    hidden, secret = make_incident(town), make_incident(town)
    Incident.objects.filter(pk=hidden.pk).update(published=False)
    Incident.objects.filter(pk=secret.pk).update(category=town.secret, published=False)
    for incident in (hidden, secret):
        Event.objects.bulk_create(
            Event(incident=incident, kind="begun", state="working", at=now() - timedelta(days=days), note="secret")
            for days in range(1, 29)
        )
    parameters = {
        "start_date": (now() - timedelta(days=30)).isoformat(),
        "end_date": now().isoformat(),
        "page_size": 100,
    }
    pages = [client.get("/open311/v2/servicerequestupdates.json", parameters)]
    while "next" in others(pages[-1]):
        pages.append(client.get(others(pages[-1])["next"]))
    numbered = [parameters | {"page": number + 1} for number in range(len(pages))]
    by_number = [client.get("/open311/v2/servicerequestupdates.json", page_parameters) for page_parameters in numbered]
    assert [page.json() for page in pages] == [page.json() for page in by_number]
    descriptions = [row["description"] for page in pages for row in reversed(page.json())]
    assert descriptions == [f"n{number}" for number in reversed(range(1005))]
    assert {page["X-Total-Count"] for page in pages} == {"1005"}


def test_pages_by_number_end_where_only_next_leads_on(client, many, monkeypatch):
    monkeypatch.setattr(open311, "NUMBERED_AT_MOST", 400)
    parameters = {
        "start_date": (now() - timedelta(days=30)).isoformat(),
        "end_date": now().isoformat(),
        "page_size": 200,
    }
    pages = [
        client.get("/open311/v2/servicerequestupdates.json", parameters | {"page": number}) for number in range(1, 5)
    ]
    assert [page.status_code for page in pages] == [200, 200, 200, 400]
    assert "“next”" in pages[3].json()[0]["description"]
    assert len(client.get(others(pages[2])["next"]).json()) == 200
    named = parameters | {"service_request_id": many.reference, "page": 4}
    assert len(client.get("/open311/v2/servicerequestupdates.json", named).json()) == 200


def test_public_lines_are_those_of_incidents_anybody_may_read(town):
    shown, hidden = make_incident(town), make_incident(town)
    Incident.objects.filter(pk=hidden.pk).update(published=False)
    readable = access.incidents_for(AnonymousUser())
    of_readable = Event.objects.filter(incident__in=readable)
    assert set(access.public_lines(Event.objects.all())) == set(of_readable)
    assert {line.incident_id for line in of_readable} == {shown.pk}


@pytest.mark.parametrize("parameters", [
    {"page": "0"}, {"page": "x"}, {"page_size": "1001"}, {"page_size": "-1"}, {"after": "x"}, {"after": "_7"},
    {"after": "2026-01-01T00:00:00+00:00_x"}, {"after": "2026-01-01_7"},
])  # fmt: skip
def test_a_page_of_updates_that_cannot_be_is_refused(client, town, parameters):
    assert client.get("/open311/v2/servicerequestupdates.json", parameters).status_code == 400


def test_every_state_has_a_word_and_every_word_steps_that_exist():
    assert set(updates.STATUS_OF_KIND.values()) <= set(updates.STEPS_OF_STATUS)
    assert {step for steps in updates.STEPS_OF_STATUS.values() for step in steps} <= set(workflow.TRANSITIONS)


# ---- the administration ----


def test_the_key_of_a_system_is_written_and_never_shown(admin_client, town):
    at = f"/admin/incidents/authority/{town.water.pk}/change/"
    form = {
        "code": "water",
        "kind": "WATER",
        "name": "Cấp nước",
        "name_en": "",
        "office_hours": "",
        "works": "georeport",
        "georeport_format": "xml",
    }
    form |= {f"{group}-{n}_FORMS": 0 for group in ("contacts", "memberships") for n in ("TOTAL", "INITIAL")}
    refused = admin_client.post(at, form | {"new_key": "sesame"})
    assert "…/open311/v2" in refused.content.decode()
    form |= {"georeport_url": "https://water.example/open311/v2"}
    for typed, stored in (("sesame", "sesame"), ("", "sesame"), ("-", "")):
        assert admin_client.post(at, form | {"new_key": typed}).status_code == 302
        locked = Authority.objects.get(pk=town.water.pk).georeport_key
        assert (vault.decrypt(locked), "sesame" in locked) == (stored, False)
        assert "sesame" not in admin_client.get(at).content.decode()
    for codes, status in (("WA.1 = leak", 302), ("WA.1", 200), ("MOON = x", 200)):
        assert admin_client.post(at, form | {"georeport_services": codes}).status_code == status
    assert Authority.objects.get(pk=town.water.pk).georeport_services == "WA.1 = leak"


def test_a_key_is_made_for_a_unit(town, capsys):
    call_command("api_key", "Water", unit="water")
    assert ApiKey.objects.opened_by(capsys.readouterr().out.strip()).get().authority == town.water
    with pytest.raises(CommandError, match="There is no unit"):
        call_command("api_key", "Other", unit="nobody")


# ---- their system is a second instance of this very server ----


@pytest.fixture
def partner(transactional_db, live_server, settings):
    """A system of the water company: this server once more, over HTTP. Its requests go to the lamp department."""
    settings.OUTBOUND_ALLOWED = {"partners": ["private"]}
    town = factories.town()
    Authority.objects.filter(pk=town.water.pk).update(
        works="georeport", georeport_url=f"{live_server.url}/open311/v2", georeport_key=vault.encrypt("sesame")
    )
    key_for(None, "sesame", "City")
    return town


def point(town, url):
    Authority.objects.filter(pk=town.water.pk).update(georeport_url=url)


def partner_request(incident):
    """The request in the other system."""
    return Incident.objects.get(reference=Incident.objects.get(pk=incident.pk).outside_reference)


def test_incident_passed_on_comes_back_resolved_as_the_same(partner, client):
    picture = photos.read_photo(bytes_named(factories.jpeg()))
    ours = make_incident(partner, pictures=[picture])
    event = partners.arrival_event(ours)
    partners.announce_to_partner(event.pk)
    assert jobs("incidents.call_outside") == [{"event_id": event.pk}]
    for _ in range(2):
        georeport.send_event(event.pk)
    ours.refresh_from_db()
    request = partner_request(ours)
    assert (ours.state, request.text.split("\n")[0], request.photos.count()) == ("passed_on", "Under the pavement", 1)
    workflow.move(request, "accept")
    workflow.move(request, "begin")
    georeport.read_updates(partner.water.pk)
    ours.refresh_from_db()
    assert ours.state == "working"
    workflow.move(request, "resolve", note="New pipe.")
    for _ in range(2):
        georeport.read_updates(partner.water.pk)
    ours.refresh_from_db()
    assert (ours.state, Incident.objects.count()) == ("resolved", 2)
    assert story(ours) == [("passed_on", ""), ("accepted", ""), ("begun", ""), ("resolved", "New pipe.")]


@contextmanager
def proxy(target, faults):
    """A server before the other one: for each request it takes a fault of the list, and passes on what has none.

    `before`: answers 500 at once. `after`: passes the request on, and answers 500 all the same. `nonsense`: no JSON.
    `gone`: 404.
    """

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            fault = faults.pop(0) if faults else ""
            status, content = 500, b"oops"
            if fault != "before":
                headers = {name: self.headers[name] for name in ("Content-Type",) if self.headers[name]}
                request = urllib.request.Request(target + self.path, body, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request, timeout=10) as passed:
                        status, content = passed.status, passed.read()
                except urllib.error.HTTPError as refused:
                    status, content = refused.code, refused.read()
                    refused.close()
            status, content = {"after": (500, b"oops"), "nonsense": (200, b"<html>"), "gone": (404, b"")}.get(
                fault, (status, content)
            )
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_system_that_is_down_or_answers_nonsense_gets_it_once(partner, live_server):
    ours = make_incident(partner)
    event = partners.arrival_event(ours)
    point(partner, "http://127.0.0.1:9/open311/v2")  # nobody listens
    with pytest.raises(georeport.RetryLater):
        georeport.send_event(event.pk)
    faults = ["before", "after", "nonsense"]
    with proxy(live_server.url, faults) as front:
        point(partner, f"{front}/open311/v2")
        for _ in range(3):
            with pytest.raises(georeport.RetryLater):
                georeport.send_event(event.pk)
        assert Incident.objects.count() == 2  # it took it, and did not say so
        georeport.send_event(event.pk)
        assert partner_request(ours).pk != ours.pk
        faults[:] = ["before"]
        with pytest.raises(georeport.RetryLater):
            georeport.read_updates(partner.water.pk)
        workflow.move(partner_request(ours), "resolve", note="New pipe.")
        georeport.read_updates(partner.water.pk)
    assert (Incident.objects.count(), Incident.objects.get(pk=ours.pk).state) == (2, "resolved")


def test_all_pages_of_their_updates_are_read(partner, live_server, monkeypatch):
    monkeypatch.setattr(open311, "MAX_PAGE_SIZE", 2)
    ours = [make_incident(partner, text=f"Leak {number}") for number in range(3)]
    for incident in ours:
        georeport.send_event(partners.arrival_event(incident).pk)
        workflow.move(partner_request(incident), "accept")
        workflow.move(partner_request(incident), "begin")
    georeport.read_updates(partner.water.pk)
    assert [story(incident)[1:] for incident in ours] == [[("accepted", ""), ("begun", "")]] * 3


def test_system_that_speaks_xml_by_other_codes_is_spoken_to(partner, client):
    spoken = {"georeport_format": "xml", "georeport_services": "ST.1 = ST.9\nWA = ST.2\n"}
    Authority.objects.filter(pk=partner.water.pk).update(**spoken)
    ours = make_incident(partner)
    georeport.send_event(partners.arrival_event(ours).pk)
    request = partner_request(ours)
    assert (request.category.code, Incident.objects.get(pk=ours.pk).state) == ("ST.2", "passed_on")
    pictures = [photos.read_photo(bytes_named(factories.jpeg())) for _one in range(2)]
    workflow.move(request, "resolve", note="New pipe & <valve>.", pictures=pictures)
    georeport.read_updates(partner.water.pk)
    assert story(ours) == [("passed_on", ""), ("resolved", "New pipe & <valve>.")]


def test_partner_without_updates_is_polled_for_request_states(partner, live_server):
    ours = make_incident(partner)
    georeport.send_event(partners.arrival_event(ours).pk)
    workflow.move(partner_request(ours), "resolve", note="New pipe.")

    with proxy(live_server.url, ["gone", "", "gone", ""]) as front:
        point(partner, f"{front}/open311/v2")
        for _ in range(2):
            georeport.read_updates(partner.water.pk)
    assert story(ours)[-1] == ("resolved", "Đã xử lý: New pipe.")


def test_what_lost_its_job_is_found_again(partner):
    ours = make_incident(partner)
    Incident.objects.update(changed_at=now() - timedelta(minutes=10))
    for _ in range(2):
        georeport.defer_exchange()
    assert jobs("incidents.send_outside") == [{"incident_id": ours.pk}]
    georeport.resend_incident(ours.pk)
    georeport.defer_exchange()
    assert jobs("incidents.read_outside") == [{"authority_id": partner.water.pk}]


def test_a_wrong_key_and_a_private_address_are_told_to_a_person(partner, settings):
    ours = make_incident(partner)
    event = partners.arrival_event(ours)
    Authority.objects.filter(pk=partner.water.pk).update(georeport_key=vault.encrypt("wrong"))
    for _ in range(2):
        georeport.send_event(event.pk)
    assert [kind for kind, _note in story(ours)] == ["note"]
    assert "HTTP 403" in story(ours)[0][1]
    for days, tries in ((0.5, []), (1.1, [{"incident_id": ours.pk}])):
        georeport.defer_exchange(now() + timedelta(days=days))
        assert jobs("incidents.send_outside") == tries
    settings.OUTBOUND_ALLOWED = {}
    with pytest.raises(georeport.RequestRefused, match="private"):
        georeport.request_rows(Authority.objects.get(pk=partner.water.pk), "GET", "services")


def test_what_goes_to_another_unit_loses_its_name_there(partner, officer_of_water):
    ours = make_incident(partner)
    georeport.send_event(partners.arrival_event(ours).pk)
    ours.refresh_from_db()
    workflow.move(ours, "hand_over", by=officer_of_water, to=partner.office, note="A gully")
    assert (ours.outside_reference, ours.authority) == ("", partner.office)


@pytest.fixture
def officer_of_water(partner):
    return factories.person("plumber", partner.water)


# ---- front ends of no unit ----


@pytest.fixture
def front_end(town):
    ApiKey.objects.create(name="Street Talk", sha256=hashlib.sha256(b"any").hexdigest())
    return make_incident(town, category=town.hole)


def test_comment_of_a_citizen_becomes_a_note_for_the_desk(client, front_end):
    sent = {"api_key": "any", "description": "Deeper now, call 0901 234 567", "status": "FIXED"}
    first, again = (say(client, front_end, **sent).json() for _ in range(2))
    line = front_end.timeline.last()
    front_end.refresh_from_db()
    assert first == again == [{"update_id": str(line.pk)}]
    assert (line.kind, line.public, front_end.state, front_end.timeline.count()) == ("note", False, "assigned", 3)
    assert (line.note[:11], "0901 234" in line.note) == ("Deeper now,", False)
    assert line.reasons[0]["en"] == "Written by a citizen in another system: Street Talk."


@pytest.mark.parametrize(("wrong", "status", "says"), [
    ({"description": None}, 400, "description"), ({"update_id": None}, 400, "update_id"),
    ({"service_request_id": "2611-00000"}, 404, "service_request_id"),
])  # fmt: skip
def test_bad_comment_is_refused(client, front_end, wrong, status, says):
    response = say(client, front_end, api_key="any", **wrong)
    assert (response.status_code, says in response.content.decode()) == (status, True)
    assert front_end.timeline.count() == 2


def test_comment_on_what_is_not_public_is_refused(client, front_end):
    Incident.objects.update(published=False)
    assert say(client, front_end, api_key="any").status_code == 404


def test_photos_of_a_result_come_with_its_update(client, theirs):
    pictures = [SimpleUploadedFile(f"{n}.jpg", factories.jpeg()) for n in range(2)]
    say(client, theirs, "CLOSED", media=pictures)
    (update,) = fetch_updates(client)
    assert [address.rpartition("/photo/")[2] for address in update["media_url"]] == [
        f"{photo.pk}/large.jpg" for photo in theirs.photos.order_by("pk")
    ]
    xml = client.get("/open311/v2/servicerequestupdates.xml").content.decode()
    assert re.findall(r"<media_url>(.+?)</media_url>", xml) == update["media_url"]
