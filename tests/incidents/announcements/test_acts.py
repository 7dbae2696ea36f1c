"""Announcements to people near by: who may issue them, their history, and what the public sees."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError, ProgrammingError
from django.test import Client
from django.utils.timezone import localtime, now

from cameras.models import RoomLine
from cameras.room import announcements as room
from incidents.announcements import acts as announcement_acts
from incidents.announcements.acts import Reach, Wording
from incidents.models import Announcement, AnnouncementLine, Membership
from tests import factories, owner

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LineKind = AnnouncementLine.Kind


@pytest.fixture
def leader(town):
    return factories.person("leader", town.office, Membership.Role.LEADER)


def issue(by, *, kind="flood", text="Water to the knee", hours=3, **more):
    reach = more.pop("reach", None) or Reach(middle=factories.IN_OLD, radius_m=500, name="12 Harbour Road")
    wording = Wording(text, now() + hours * HOUR, **more.pop("wording", {}))
    return announcement_acts.issue(kind, reach, wording, by=by, **more)


def shown_texts(at=None):
    return [line.text for line in AnnouncementLine.objects.shown(at)]


def test_it_is_shown_until_its_end_by_itself(controller):
    line = issue(controller)
    assert (line.announcement.unit, line.urgent, line.announcement.radius_m) == (
        controller.memberships.get().authority, True, 500,
    )  # fmt: skip
    assert (shown_texts(), shown_texts(now() + 2 * HOUR), shown_texts(now() + 4 * HOUR)) == (
        ["Water to the knee"],
        shown_texts(),
        [],
    )
    to_come = issue(controller, text="Works", hours=30, wording={"starts_at": now() + DAY})
    assert [line.pk for line in AnnouncementLine.objects.in_force()] == [line.pk]
    assert to_come.text in shown_texts()


def test_what_was_said_is_corrected_and_ended_by_further_lines(controller, town, incident):
    first = issue(controller, incident=incident)
    about = first.announcement
    correction = announcement_acts.correct(about, Wording("To the ankle", first.until), by=controller, seen=first.pk)
    assert (correction.starts_at, shown_texts()) == (first.starts_at, ["To the ankle"])
    with pytest.raises(announcement_acts.TooLate):
        announcement_acts.end(about, by=controller, seen=first.pk)
    announcement_acts.end(about, by=controller, seen=correction.pk)
    assert (shown_texts(), [line.kind for line in about.lines.order_by("pk")]) == ([], ["issued", "corrected", "ended"])
    with pytest.raises(announcement_acts.TooLate):
        announcement_acts.correct(about, Wording("Again", now() + HOUR), by=controller, seen=about.lines.last().pk)
    history = [event.note for event in incident.timeline.filter(kind="announced").order_by("pk")]
    assert [note.partition(":")[0] for note in history] == ["Ngập nước, 12 Harbour Road", "Đính chính", "Kết thúc sớm"]


def test_it_is_taken_back_within_seconds_and_by_its_writer_alone(controller, leader, incident):
    first = issue(controller, incident=incident)
    with pytest.raises(announcement_acts.TooLate):
        announcement_acts.take_back(first, by=leader)
    with pytest.raises(announcement_acts.TooLate):
        announcement_acts.take_back(first, by=controller, at=first.at + announcement_acts.WITHIN + timedelta(seconds=1))
    announcement_acts.take_back(first, by=controller)
    assert (shown_texts(), incident.timeline.last().kind, incident.timeline.last().receipt) == (
        [], "undone", {"undoes": first.event},
    )  # fmt: skip
    second = issue(controller)
    announcement_acts.take_back(
        announcement_acts.end(second.announcement, by=controller, seen=second.pk), by=controller
    )
    assert shown_texts() == [second.text]
    with pytest.raises(announcement_acts.TooLate):
        announcement_acts.take_back(first, by=controller)


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 301}, "text"),
        ({"hours": -1}, "until"),
        ({"hours": 8 * 24}, "until"),
        ({"wording": {"starts_at": now() + 9 * DAY}, "hours": 10 * 24}, "starts_at"),
        ({"wording": {"text_en": "x" * 301}}, "text_en"),
        ({"kind": "party"}, "kind"),
        ({"reach": Reach(middle=factories.IN_OLD, radius_m=9999, name="x")}, "radius"),
        ({"reach": Reach()}, "where"),
    ],
)
def test_a_faulty_announcement_is_refused_by_the_field(controller, wording, field):
    with pytest.raises(announcement_acts.NotAnnounced) as refused:
        issue(controller, **wording)
    assert (list(refused.value.faults), Announcement.objects.count()) == ([field], 0)


def test_nobody_changes_what_was_announced(controller):
    line = issue(controller)
    for rows, change in ((AnnouncementLine, {"text": "x"}), (Announcement, {"kind": "fire"})):
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows.objects.update(**change)
        with owner.as_owner(), pytest.raises((InternalError, IntegrityError)), transaction.atomic():
            rows.objects.filter(pk__gt=0).update(**change)
    same = {
        "announcement": line.announcement,
        "kind": LineKind.CORRECTED,
        "by": controller,
        "urgent": True,
        "text": "x",
    }
    for start, end in ((now(), now() - HOUR), (now(), now() + 8 * DAY), (now() + 8 * DAY, now() + 9 * DAY)):
        with pytest.raises(IntegrityError), transaction.atomic():
            AnnouncementLine.objects.create(starts_at=start, until=end, **same)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (("desk", "control", None), {"old", "new"}),
        (("desk", "dispatcher", None), {"old", "new"}),
        (("desk", "dispatcher", "old"), {"old"}),
        (("office", "leader", None), {"old"}),
        (("water", "leader", None), {"old", "new"}),
        (("office", "officer", None), set()),
        (("desk", "operator", None), set()),
    ],
)
def test_a_post_announces_in_its_area(town, who, may):
    unit, role, area = who
    person = factories.person("somebody", getattr(town, unit), role)
    factories.change_posts(Membership.objects, area=area and getattr(town, area))
    refused = {}
    for ward in ("old", "new"):
        try:
            issue(person, reach=Reach(area=getattr(town, ward)))
        except announcement_acts.NotAnnounced as error:
            refused[ward] = list(error.faults)
    assert refused == {ward: ["where"] for ward in ("old", "new") if ward not in may}


def test_the_rooms_log_has_each_line_once(controller, leader, incident):
    first = issue(leader, incident=incident)
    announcement_acts.take_back(first, by=leader)
    for line in AnnouncementLine.objects.order_by("pk"):
        room.log_announcement(line.pk)
        room.log_announcement(line.pk)
    lines = list(RoomLine.objects.order_by("pk").values_list("kind", "by", "incident", "at"))
    assert lines == [
        ("announced", leader.pk, incident.pk, first.at),
        ("recalled", leader.pk, incident.pk, AnnouncementLine.objects.last().at),
    ]


# ---- pages


@pytest.fixture
def visitor():
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def test_everybody_sees_it_on_the_map_and_its_page(visitor, controller, incident):
    line = issue(controller, incident=incident, wording={"text_en": "Wade through"})
    about = line.announcement
    for address in ("/", "/list/", "/news/", f"/news/{about.pk}/"):
        page = visitor.get(address).content.decode()
        assert ("Flooding · 12 Harbour Road" in page, "Wade through" in page) == (True, True), address
    box = "0,0,1,1"
    assert "Wade through" not in visitor.get(f"/list/?bbox={box}").content.decode()
    (feature,) = visitor.get("/feeds/announcements.geojson").json()["features"]
    assert (feature["id"], feature["properties"]["text"], feature["geometry"]["type"]) == (
        about.pk, {"vi": "Water to the knee", "en": "Wade through"}, "MultiPolygon",
    )  # fmt: skip
    page = " ".join(visitor.get(f"/news/{about.pk}/").content.decode().split())
    assert f'<noscript><img src="/news/{about.pk}/map.png"' in page
    assert 'role="img"' not in page  # the map holds the link of its copyright, which screen readers then would not find
    assert visitor.get(f"/news/{about.pk}/map.png")["Content-Type"] == "image/png"
    announcement_acts.end(about, by=controller, seen=line.pk)
    assert "Wade through" not in visitor.get("/").content.decode()
    page = visitor.get(f"/news/{about.pk}/").content.decode()
    assert ("Ended early" in page, incident.reference in page) == (True, True)
    assert visitor.get("/news/999999/").status_code == 404


@pytest.mark.parametrize(
    ("place", "begins", "known"), [("10.005", 0, True), ("10.018", 0, False), ("10.005", 5, False)]
)
def test_form_of_a_report_says_what_the_unit_knows(visitor, controller, town, place, begins, known):
    issue(controller, text="Knee deep", hours=9, wording={"starts_at": now() + begins * HOUR})
    part = visitor.get(f"/report/near/?lon={place}&lat=50.005&category=ST.1").content.decode()
    assert ("The unit already knows about this" in part, "Knee deep" in part) == (known, known)


CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def test_other_sites_read_it_as_an_alert_an_update_and_its_end(visitor, controller, town):
    first = issue(controller, wording={"text_en": "Knee deep"})
    about = first.announcement
    feed = visitor.get("/feeds/announcements.atom?lang=en").content.decode()
    address = f"/feeds/announcements/{about.pk}.cap"
    assert (feed.count("<entry>"), f'{address}" rel="related"' in feed, "Flooding" in feed) == (1, True, True)

    def read():
        return ElementTree.fromstring(visitor.get(address).content)

    alert = read()
    assert [child.tag.removeprefix(CAP) for child in alert] == [
        "identifier", "sender", "sent", "status", "msgType", "scope", "info", "info",
    ]  # fmt: skip
    assert [child.tag.removeprefix(CAP) for child in alert.find(f"{CAP}info")] == [
        "language", "category", "event", "urgency", "severity", "certainty", "effective", "onset", "expires",
        "senderName", "headline", "description", "web", "area",
    ]  # fmt: skip
    descriptions = {
        info.findtext(f"{CAP}language"): info.findtext(f"{CAP}description") for info in alert.iter(f"{CAP}info")
    }
    assert (descriptions, alert.findtext(f".//{CAP}circle")) == (
        {"vi": "Water to the knee", "en": "Knee deep"}, "50.00500,10.00500 0.500",
    )  # fmt: skip
    second = announcement_acts.correct(about, Wording("To the ankle", first.until), by=controller, seen=first.pk)
    announcement_acts.end(about, by=controller, seen=second.pk)
    ended = read()
    references = ended.findtext(f"{CAP}references").split()
    assert (ended.findtext(f"{CAP}msgType"), [reference.split(",")[1] for reference in references]) == (
        "Cancel", [f"localhost.{about.pk}.{line.pk}" for line in (first, second)],
    )  # fmt: skip
    assert visitor.get("/feeds/announcements.atom").content.decode().count("<entry>") == 0
    ward = issue(controller, reach=Reach(area=town.old)).announcement
    corners = ElementTree.fromstring(visitor.get(f"/feeds/announcements/{ward.pk}.cap").content).findtext(
        f".//{CAP}polygon"
    )
    assert (corners.split()[0] == corners.split()[-1], len(corners.split())) == (True, 5)


def test_page_of_an_incident_that_is_not_public_is_not_named(visitor, controller, incident):
    line = issue(controller, incident=incident)
    type(incident).objects.filter(pk=incident.pk).update(published=False)
    assert incident.reference not in visitor.get(f"/news/{line.announcement_id}/").content.decode()


def test_circle_is_named_in_both_languages(leader, town):
    """By a street near by, else by the ward, whatever the language of the announcement."""
    client = Client()
    client.force_login(leader)
    until = localtime(now() + 3 * HOUR).strftime("%Y-%m-%dT%H:%M")
    for lat in (50.0055, 50.009):
        sent = {"kind": "works", "reaches": "circle", "lon": 10.001, "lat": lat, "text": "Works", "until": until}
        assert client.post("/announcing/new/", sent).status_code == 302
    assert list(Announcement.objects.order_by("pk").values_list("place_name", "place_name_en")) == [
        ("gần Harbour Road", "near Harbour Road"),
        (town.old.full_name, town.old.full_name_en),
    ]


def test_form_says_where_the_asked_place_lies(leader, incident, town):
    """The map shows the place; an invalid one is named while the form is filled in, and words count before the pin."""
    client = Client()
    client.force_login(leader)
    page = "/announcing/new/?reaches="
    assert "data-at" not in client.get("/announcing/new/").content.decode()
    assert 'data-at="10.001,50.009"' in client.get(f"{page}circle&lon=10.001&lat=50.009").content.decode()
    assert f'data-at="{incident.place.x},' in client.get(f"{page}circle&incident={incident.reference}").content.decode()
    for place_query, fault in (
        ("circle", None),
        ("ward", None),
        ("circle&lon=1&lat=1", "where"),
        (f"circle&where=Nowhere&incident={incident.reference}", "where"),
        ("ward&area=999", "area"),
    ):
        assert set(client.get(page + place_query).context["shown_faults"]) == ({fault} if fault else set()), place_query


def test_leader_announces_corrects_and_ends_on_pages(leader, town):
    client = Client()
    client.force_login(leader)
    until = localtime(now() + 3 * HOUR).strftime("%Y-%m-%dT%H:%M")
    sent = {"kind": "works", "reaches": "ward", "area": "001", "text": "Đào đường", "until": until}
    seen = client.post("/announcing/new/", sent | {"do": "preview"}).content.decode()
    assert ("Đào đường" in seen, Announcement.objects.count()) == (True, 0)
    assert client.post("/announcing/new/", sent | {"text": "", "until": "x"}).status_code == 400
    assert client.post("/announcing/new/", sent | {"area": "999"}).status_code == 400
    assert client.post("/announcing/new/", sent).status_code == 302
    (line,) = AnnouncementLine.objects.shown()
    assert (line.announcement.area_code, line.announcement.place_title) == ("001", town.old.full_name)
    assert "Đào đường" in client.get("/announcing/").content.decode()
    page = f"/announcing/{line.announcement_id}/"
    assert client.post(page, {"seen": "0", "do": "end"}).status_code == 409
    sent = {"seen": line.pk, "text": "Đào đường, đi lối khác", "until": until}
    assert client.post(page, sent).status_code == 302
    assert shown_texts() == ["Đào đường, đi lối khác"]
    (line,) = AnnouncementLine.objects.shown()
    assert client.post(page, {"seen": line.pk, "do": "end"}).status_code == 302
    assert client.post(f"/announcing/{AnnouncementLine.objects.last().pk}/undo/").status_code == 302
    assert shown_texts() == ["Đào đường, đi lối khác"]


def test_the_room_announces_of_an_incident_and_takes_it_back(controller, incident):
    client = Client(HTTP_ACCEPT="application/json")
    client.force_login(controller)
    form = client.get(f"/control/announce/?incident={incident.reference}").content.decode()
    assert (incident.reference in form, 'name="lon"' in form) == (True, True)
    until = localtime(now() + 3 * HOUR).strftime("%Y-%m-%dT%H:%M")
    sent = {"kind": "fire", "incident": incident.reference, "radius": "300", "text": "Tránh xa", "until": until}
    sent |= {"lon": incident.place.x, "lat": incident.place.y}
    refused = client.post("/control/announce/", sent | {"text": " ", "until": "", "kind": "x"})
    assert (refused.status_code, sorted(refused.json()["faults"])) == (400, ["kind", "text", "until"])
    answer = client.post("/control/announce/", sent).json()
    assert shown_texts() == ["Tránh xa"]
    again = client.get(f"/control/announce/?incident={incident.reference}").content.decode()
    assert f"/news/{Announcement.objects.get().pk}/" in again
    assert client.post(answer["undo"]).status_code == 200
    assert shown_texts() == []
