from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import now

from geoapp.crypto.fields import Shown
from incidents import photos, reporting, workflow
from incidents.models import Event, Incident, Membership, Photo, UndoableStep
from incidents.views.desk import clock, detail, listing
from tests import factories
from tests.pages import one_line


def listed_groups(answer):
    """What stands in the list of a desk: the names of its groups with the references in each."""
    return [(str(name), [row.reference for row in rows]) for name, rows in answer.context["groups"]]


def numbers(answer):
    return {tab["name"]: tab["number"] for tab in answer.context["tabs"]}


def age_incident(incident, **change):
    Incident.objects.filter(pk=incident.pk).update(**change)
    return incident


def step(client, incident, name, **values):
    return client.post(f"/desk/{incident.reference}/{name}/", values)


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"


def test_a_desk_shows_its_own_incidents_late_ones_first(client, town, officer):
    later, late, later_still = (factories.incident(town.hole) for _ in range(3))
    waiting, closed = factories.incident(town.hole), factories.incident(town.hole)
    factories.incident(town.hole, factories.IN_NEW)
    factories.incident(town.leak)
    age_incident(late, due_at=now() - timedelta(hours=1))
    age_incident(later_still, due_at=now() + timedelta(days=9))
    workflow.move(waiting, "ask", note="Which side?")
    workflow.move(closed, "resolve", note="Filled")
    client.force_login(officer)
    answer = client.get("/desk/")
    assert [rows for _name, rows in listed_groups(answer)] == [
        [late.reference],
        [later.reference, later_still.reference],
        [waiting.reference],
    ]
    assert numbers(answer) == {
        "open": 4, "late": 1, "today": 0, "new": 3, "working": 0, "waiting": 1, "watched": 1, "resolved": 1,
    }  # fmt: skip
    assert answer.context["incident"] == late


def test_what_is_due_today_stands_before_tomorrow(incident):
    at = now().replace(hour=3, minute=0)  # ten in the morning in the city
    for due, group in (
        (at - timedelta(minutes=1), "late"),
        (at + timedelta(hours=2), "today"),
        (at + timedelta(days=1), "later"),
    ):
        incident.due_at = due
        assert listing.group_name(incident, at) == group


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("show", "seen"), [
    ("open", {"new", "working"}),
    ("late", {"working"}),
    ("new", {"new"}),
    ("working", {"working"}),
    ("waiting", set()),
    ("resolved", {"resolved"}),
    ("all", {"new", "working", "resolved"}),
    ("nonsense", {"new", "working"}),
])  # fmt: skip
def test_each_tab_shows_what_it_counts(client, town, officer, show, seen):
    new, working, resolved = (factories.incident(town.hole) for _ in range(3))
    workflow.move(working, "accept")
    age_incident(working, due_at=now() - timedelta(hours=1))
    workflow.move(resolved, "resolve", note="Filled")
    names = {new.reference: "new", working.reference: "working", resolved.reference: "resolved"}
    client.force_login(officer)
    answer = client.get("/desk/", {"show": show})
    assert {names[reference] for _name, rows in listed_groups(answer) for reference in rows} == seen


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("words", "is_listed"), [
    ("o ga", True),
    ("Ổ GÀ", True),
    ("harbour", True),
    ("Duong ngap", True),
    ("rất sâu", True),
    ("sau duong", True),
    ("elsewhere", False),
    ("100% _ ' \\", False),
])  # fmt: skip
def test_a_search_needs_no_diacritics(client, town, officer, words, is_listed):
    incident = factories.incident(town.hole, text="Đường ngập, rất sâu")
    client.force_login(officer)
    assert listed_groups(client.get("/desk/", {"q": words, "sort": "newest"})) == (
        [("", [incident.reference])] if is_listed else []
    )


def test_a_search_reads_every_report_and_finds_the_closed_ones(client, town, officer, incident):
    reporting.receive(
        reporting.IncomingReport(
            "phone", town.hole, factories.IN_OLD, text="Call 0901 234 567, by the crane", join=incident
        )
    )
    workflow.move(incident, "resolve", note="Filled")
    client.force_login(officer)
    listed = [incident.reference]
    for words, rows in (("crane", listed), (incident.reference, listed), ("0901", [])):  # numbers lie in no index
        groups = listed_groups(client.get("/desk/", {"q": words}))
        assert [row for _name, some in groups for row in some] == rows


@pytest.mark.usual_rows(2)
@pytest.mark.parametrize(("words", "is_listed"), [("cầu mới", True), ("crane", True), ("knee", False), ("ring", False)])
def test_a_search_finds_what_is_written_now(client, town, officer, words, is_listed):
    incident = factories.incident(town.hole, text="Knee deep, ring me")
    Incident.objects.update(text=Shown("Gần cầu mới"))
    incident.reports.update(public_text=Shown("By the crane"))
    client.force_login(officer)
    assert listed_groups(client.get("/desk/", {"q": words, "sort": "newest"})) == (
        [("", [incident.reference])] if is_listed else []
    )


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize("show", ["all", *listing.TABS])
def test_words_are_searched_for_on_every_tab(client, town, officer, show):
    factories.incident(town.hole)
    client.force_login(officer)
    on_it = listed_groups(client.get("/desk/", {"show": show}))
    assert listed_groups(client.get("/desk/", {"q": "knee", "show": show})) == on_it
    assert listed_groups(client.get("/desk/", {"q": "khong co", "show": show})) == []


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize("sort", ["due", "newest", "changed", "reports", "nonsense"])
def test_the_list_can_be_ordered(client, town, officer, sort):
    first, second = factories.incident(town.hole), factories.incident(town.hole)
    reporting.receive(reporting.IncomingReport("web", town.hole, factories.IN_OLD, join=first))
    client.force_login(officer)
    rows = [row for _name, rows in listed_groups(client.get("/desk/", {"sort": sort})) for row in rows]
    wanted = [first, second] if sort in ("due", "changed", "reports", "nonsense") else [second, first]
    assert rows == [incident.reference for incident in wanted]


def test_more_rows_are_shown_when_asked_for(client, town, officer, monkeypatch):
    monkeypatch.setattr(listing, "ROWS", 2)
    for _ in range(3):
        factories.incident(town.hole)
    client.force_login(officer)
    answer = client.get("/desk/")
    assert sum(len(rows) for _name, rows in listed_groups(answer)) == 2
    answer = client.get("/desk/" + answer.context["more_query"])
    assert (sum(len(rows) for _name, rows in listed_groups(answer)), answer.context["more_query"]) == (3, "")


def test_who_works_for_two_units_sees_both_or_one(client, town, officer):
    factories.post(officer, town.water, Membership.Role.LEADER)
    hole, leak = factories.incident(town.hole), factories.incident(town.leak)
    client.force_login(officer)
    for unit, seen in (("", {hole, leak}), ("water", {leak}), ("old", {hole}), ("new", {hole, leak})):
        rows = client.get("/desk/", {"unit": unit}).context["groups"]
        assert {row for _name, members in rows for row in members} == seen


def test_an_administrator_sees_every_desk(client, town, admin_user):
    seen = {factories.incident(town.hole, place) for place in (factories.IN_OLD, factories.IN_NEW)}
    client.force_login(admin_user)
    assert {row for _name, rows in client.get("/desk/").context["groups"] for row in rows} == seen
    assert client.get(f"/desk/{seen.pop().reference}/").status_code == 200


def test_posts_are_read_once_for_each_request(client, incident, officer):
    client.force_login(officer)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/desk/{incident.reference}/").status_code == 200
    posts = 'SELECT "incidents_membership"."id"'
    assert len([query for query in queries.captured_queries if query["sql"].startswith(posts)]) == 1

    Membership.objects.all().delete()

    assert client.get(f"/desk/{incident.reference}/").status_code == 404


STEPS = ("accept", "ask", "hand_over", "hand_back", "resolve", "reject", "grade")
DESK = ["{0}/", "{0}/contact/", *(f"{{0}}/{name}/" for name in STEPS)]


@pytest.mark.usual_rows(4)
@pytest.mark.parametrize(("who", "wanted"), [
    ("officer", {"/desk/": 200, "GET": 200, "POST": 200}),
    ("supervisor", {"/desk/": 200, "GET": 200, "POST": 200}),
    ("outsider", {"/desk/": 200, "GET": 404, "POST": 404}),
    ("operator", {"/desk/": 404, "page": 200, "GET": 404, "POST": 404}),  # who may correct its place and kind
    ("controller", {"/desk/": 404, "GET": 404, "POST": 404}),
    ("citizen", {"/desk/": 404, "GET": 404, "POST": 404}),
    ("nobody", {"/desk/": 302, "GET": 302, "POST": 302}),
])  # fmt: skip
@pytest.mark.parametrize("part", ["", pytest.param("?part=form", marks=pytest.mark.deep)])
def test_who_may_open_what_at_a_desk(client, request, town, incident, who, wanted, part):
    if who == "supervisor":
        client.force_login(factories.person("head", town.office, Membership.Role.LEADER))
    elif who == "citizen":
        client.force_login(factories.person("citizen"))
    elif who != "nobody":
        client.force_login(request.getfixturevalue(who))
    assert client.get("/desk/").status_code == wanted["/desk/"]
    for address in DESK:
        address = "/desk/" + address.format(incident.reference) + part
        if "contact" not in address.split("?")[0]:
            page = wanted.get("page", wanted["GET"]) if address.count("/") == 3 else wanted["GET"]
            assert (address, client.get(address).status_code) == (address, page)
        if wanted["POST"] != 200 and address.count("/") > 3:
            assert (address, client.post(address, {"note": "Mine"}).status_code) == (address, wanted["POST"])
    incident.refresh_from_db()
    assert (incident.state, incident.timeline.filter(kind="viewed").count()) == ("assigned", 0)


@pytest.mark.parametrize("address", [
    "/desk/9999-00000/", "/desk/9999-00000/accept/", "/desk/{0}/answer/", "/desk/{0}/nonsense/",
])  # fmt: skip
def test_what_is_not_there_is_not_found(client, officer, incident, address):
    client.force_login(officer)
    assert client.post(address.format(incident.reference)).status_code in (404, 405)
    assert client.get(address.format(incident.reference)).status_code == 404


def test_pane_shows_the_newest_of_many_reports_or_all(client, town, officer, monkeypatch):
    monkeypatch.setattr(detail, "SHOWN_AT_ONCE", 3)
    incident = factories.incident(town.hole, text="Said first", phone="+84937123200")
    for number in range(1, 5):
        another = reporting.IncomingReport(
            "phone", town.hole, factories.IN_OLD, text=f"Said {number}", phone=f"+8493712320{number}", join=incident
        )
        reporting.receive(another)
    texts = ["Said first", *(f"Said {number}" for number in range(1, 5))]
    client.force_login(officer)

    def read(address):
        page = client.get(f"/desk/{incident.reference}/{address}").content.decode()
        pane = page[page.index('id="detail"') :]
        reported, history = pane[pane.index('class="said"') :].split('class="timeline"')
        return [text for text in texts if text in reported], reported.count("0937"), history.count("<li>")

    assert read("?show=all") == ([texts[0], texts[3], texts[4]], 3, 3)
    assert read("?show=all&all=1") == (texts, 5, incident.timeline.count())
    # A look at the contacts is one at all of them.
    shown = client.post(f"/desk/{incident.reference}/contact/?part=contact").content.decode()
    assert [f"0937 123 20{number}" in shown for number in range(5)] == [True] * 5


def test_reporter_contact_is_masked_and_each_view_recorded(client, town, officer):
    incident = factories.incident(town.hole, text="Deep", phone="+84937123216", email="an.nguyen@example.org")
    client.force_login(officer)
    page = client.get(f"/desk/{incident.reference}/").content.decode()
    assert ("0937 ••• 216" in page, "a•••@example.org" in page) == (True, True)
    assert ("937123216" in page, "0937 123 216" in page, "an.nguyen" in page) == (False, False, False)

    page = client.post(f"/desk/{incident.reference}/contact/?part=contact").content.decode()
    assert ("0937 123 216" in page, "an.nguyen@example.org" in page) == (True, True)
    look = incident.timeline.get(kind="viewed")
    assert (look.by, look.public, look.state) == (officer, False, "assigned")
    assert client.get(f"/desk/{incident.reference}/contact/").status_code == 405


def test_an_officer_reads_all_that_was_reported(client, town, officer):
    incident = factories.incident(town.hole, text="Call 0901 234 567")
    reporting.receive(reporting.IncomingReport("phone", town.hole, factories.IN_OLD, text="Me too", join=incident))
    client.force_login(officer)
    page = client.get(f"/desk/{incident.reference}/").content.decode()
    assert ("Call 0901 234 567" in page, "Me too" in page) == (True, True)


def test_an_incident_is_worked_to_its_end(client, english, incident, officer):
    client.force_login(officer)
    for name, values, state in (
        ("accept", {}, "accepted"),
        ("begin", {}, "working"),
        ("ask", {"note": "Which side?"}, "waiting"),
        ("resolve", {"note": "Filled"}, "resolved"),
        ("reopen", {"note": "It sank again"}, "working"),
        ("reject", {"note": "Private ground"}, "rejected"),
    ):
        answer = step(client, incident, name, **values)
        assert (answer.status_code, answer.url) == (302, f"/desk/{incident.reference}/")
        incident.refresh_from_db()
        assert incident.state == state
    events = list(incident.timeline.all())[2:]
    assert [event.kind for event in events] == ["accepted", "begun", "asked", "resolved", "reopened", "rejected"]
    assert {event.by for event in events} == {officer}
    assert "Not accepted: Pothole, Harbour Road" in client.get(f"/desk/{incident.reference}/").content.decode()


def test_handing_over_gives_it_away(client, town, incident, officer, outsider):
    client.force_login(officer)
    page = client.get(f"/desk/{incident.reference}/hand_over/").context["form"]
    assert [(str(kind), [unit.code for unit in units]) for kind, units in page.units_by_nearness()] == [
        ("Phường, xã giáp ranh", ["new"]),
        ("Tổ trực", ["desk"]),
        ("Sở, ngành, đơn vị dịch vụ", ["water"]),
    ]
    answer = step(client, incident, "hand_over", note="Lies beyond the bridge", to=town.other.pk)
    assert (answer.status_code, answer.url) == (302, "/desk/")
    left = client.get(f"/desk/{incident.reference}/").context  # it lies in the own ward still
    assert (left["watched"], left["offered"].main) == (True, "inquire")
    client.force_login(outsider)
    assert client.get(f"/desk/{incident.reference}/").status_code == 200


@pytest.mark.usual_rows(3)
@pytest.mark.parametrize(("name", "values", "wrong"), [
    ("ask", {}, ["note"]),
    ("ask", {"note": " \u200b \n "}, ["note"]),
    ("ask", {"note": "x" * 4001}, ["note"]),
    ("reject", {"note": ""}, ["note"]),
    ("reopen", {"note": ""}, ["note"]),
    ("hand_over", {"note": "No", "to": ""}, ["to"]),
    ("hand_over", {"note": "No", "to": "999999"}, ["to"]),
    ("hand_over", {"note": "No", "to": "x"}, ["to"]),
    ("hand_over", {"note": "", "to": ""}, ["note", "to"]),
    ("resolve", {"note": ""}, ["note"]),
    ("resolve", {"note": "Done", "photos": SimpleUploadedFile("a.jpg", b"no picture")}, ["__all__"]),
    ("resolve", {"note": "", "photos": SimpleUploadedFile("a.jpg", b"no picture")}, ["__all__", "note"]),
    ("resolve", {"note": "Done", "photos": [SimpleUploadedFile("a.jpg", b"x")] * 4}, ["__all__"]),
])  # fmt: skip
def test_a_step_that_lacks_something_says_so_at_the_field(client, incident, officer, name, values, wrong):
    if name == "reopen":
        workflow.move(incident, "resolve", note="Filled")
    before = (Incident.objects.get().state, Event.objects.count())
    client.force_login(officer)
    answer = step(client, incident, name, **values)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (400, wrong)
    page = one_line(answer)
    assert page.count('aria-invalid="true"') == len(wrong)
    if values.get("note") == "Done":
        assert ">Done</textarea>" in page
    assert ((Incident.objects.get().state, Event.objects.count()), Photo.objects.count()) == (before, 0)


def test_what_is_typed_is_kept_in_one_form(client, incident, officer):
    client.force_login(officer)
    step(client, incident, "ask", note="Bên nào\u200b?\r\nTra\u0301i")
    assert incident.timeline.last().note == "Bên nào?\nTrái"


def test_handing_over_to_oneself_is_no_choice(client, town, incident, officer):
    client.force_login(officer)
    answer = step(client, incident, "hand_over", note="To me", to=town.office.pk)
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["to"])


def test_a_result_comes_with_photos(client, incident, officer):
    client.force_login(officer)
    photos = [SimpleUploadedFile(f"{n}.jpg", factories.jpeg()) for n in range(3)]
    assert step(client, incident, "resolve", note="Filled", photos=photos, place_reason="Ours").status_code == 302
    assert [photo.event.kind for photo in incident.photos.all()] == ["resolved"] * 3
    page = client.get(f"/desk/{incident.reference}/").content.decode()
    assert all(reverse("photo", args=[photo.pk, "small"]) in page for photo in incident.photos.all())


def test_of_two_officers_at_once_the_second_is_told(client, english, incident, officer, town):
    client.force_login(officer)
    workflow.move(incident, "accept", by=factories.person("colleague", town.office))
    answer = step(client, incident, "accept")
    assert answer.status_code == 409
    assert "Somebody has already done this: the incident is now “Accepted”." in answer.content.decode()
    assert answer.context["incident"].state == "accepted"
    answer = client.post(f"/desk/{incident.reference}/accept/?part=form")
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "Somebody has already done this: the incident is now “Accepted”."},
    )


def test_what_was_handed_over_meanwhile_is_not_worked_any_more(incident, officer, town):
    same = Incident.objects.get(pk=incident.pk)
    workflow.move(incident, "hand_over", by=officer, note="Yours", to=town.other)
    with pytest.raises(workflow.NotAllowed):
        workflow.move(same, "resolve", by=officer, note="Done")


def test_the_script_is_told_what_was_done(client, english, town, incident, officer):
    client.force_login(officer)
    accepted = client.post(f"/desk/{incident.reference}/accept/?part=form").json()
    values = {"note": "Yours", "to": town.other.pk}
    handed = client.post(f"/desk/{incident.reference}/hand_over/?part=form", values).json()
    undone = [f"/desk/undo/{step.pk}/" for step in UndoableStep.objects.order_by("pk")]
    assert [accepted, handed] == [
        {"said": "Accepted: Pothole, Harbour Road", "ours": True, "undo": undone[0]},
        {"said": "Transferred to New Wharf Office: Pothole, Harbour Road", "ours": False, "undo": undone[1]},
    ]


@pytest.mark.usual_rows(1)
@pytest.mark.parametrize(("address", "at_most"), [
    ("/desk/", 49), ("/desk/{0}/?part=detail", 27), ("/desk/?part=queue", 22), ("/desk/?part=queue&q=knee+deep", 26),
])  # fmt: skip
def test_a_desk_asks_the_database_as_often_for_many_as_for_one(client, town, officer, address, at_most):
    client.force_login(officer)
    query_counts = []
    for rows in (1, 3, 10):
        pictures = [photos.read_photo(SimpleUploadedFile("a.jpg", factories.jpeg()))] * rows
        incident = factories.incident(town.hole, phone="+84937123216", pictures=pictures)
        for _ in range(rows - 1):
            reporting.receive(
                reporting.IncomingReport("web", town.hole, factories.IN_OLD, join=incident, pictures=pictures)
            )
            factories.incident(town.hole, text="Knee deep, " * 20)
        Incident.objects.update(handler=officer, severity="dangerous")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address.format(incident.reference)).status_code == 200
        query_counts.append(len(queries))
    assert (set(query_counts), query_counts[0] <= at_most) == ({query_counts[0]}, True)


def test_clock_line_shows_elapsed_stopped_and_late_time(incident, officer):
    start = incident.received_at
    workflow.move(incident, "ask", by=officer, note="Which side?", at=start + timedelta(hours=12))
    workflow.move(incident, "answer", note="Left", at=start + timedelta(hours=24))
    events = list(incident.timeline.all())
    seen = clock.clock_line(incident, events, start + timedelta(hours=30))
    assert (seen.due, seen.now, seen.stops) == (430, 215, [(86, 86)])
    assert (seen.past, seen.over) == (215, 0)
    seen = clock.clock_line(incident, events, start + timedelta(hours=120))
    assert (seen.due, seen.now, seen.past, seen.over) == (215, 430, 215, 215)


def test_a_clock_that_stands_still_now_is_not_late(incident, officer):
    start = incident.received_at
    workflow.move(incident, "ask", by=officer, note="Which side?", at=start + timedelta(hours=24))
    seen = clock.clock_line(incident, list(incident.timeline.all()), start + timedelta(hours=96))
    assert (seen.now, seen.due, seen.over) == (344, 430, 0)
    assert seen.stops == [(86, 258)]


@pytest.mark.parametrize(("number", "masked"), [
    ("+84937123216", "0937 ••• 216"), ("+842838290000", "0283 ••• 000"), ("12345", "•••"), ("", ""),
    ("not a number at all 12", "•••"),
])  # fmt: skip
def test_a_number_is_masked(number, masked):
    assert detail.masked_phone(number) == masked


@pytest.mark.parametrize(("address", "masked"), [("an@example.org", "a•••@example.org"), ("", ""), ("@x", "")])
def test_an_address_is_masked(address, masked):
    assert detail.masked_email(address) == masked
