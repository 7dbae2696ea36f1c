"""Planned works: who may announce them where, the second person, their period, and who is told and reminded."""

from datetime import date, time, timedelta

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.utils import InternalError, ProgrammingError
from django.test import Client
from django.utils import translation
from django.utils.timezone import localtime, now

from incidents.announcements import acts as announcement_acts
from incidents.announcements import following, periods, works
from incidents.announcements import notices as announcement_notices
from incidents.models import Announcement, AnnouncementLine, AnnouncementPicture, Follow, Membership, Notice
from incidents.wards import figures
from tests import factories

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LineKind, ROLE = AnnouncementLine.Kind, Membership.Role
NIGHT = (time(22), time(5))


@pytest.fixture
def officer(town):
    return factories.person("works-officer", town.office, ROLE.OFFICER)


@pytest.fixture
def dispatcher(town):
    return factories.person("works-dispatcher", town.desk, ROLE.DISPATCHER)


@pytest.fixture
def plumber(town):
    return factories.person("works-plumber", town.water, ROLE.OFFICER)


def announce(by, *wards, kind="works", **wording):
    return works.announce_works(kind, works.reach_of_wards(wards), factories.works_wording(**wording), by=by)


def shown_titles():
    return [line.title for line in AnnouncementLine.objects.shown()]


def test_works_in_one_ward_last_months_and_are_public_at_once(officer, town):
    line = announce(officer, town.old, days=(3, 200), text="x" * 2000)
    assert (line.kind, line.urgent, line.announcement.unit, line.announcement.area_codes, shown_titles()) == (
        "issued", False, town.office, ["001"], [line.title],
    )  # fmt: skip
    listed = {ward.code: [line.pk for line in figures.announcements_in(ward)] for ward in (town.old, town.new)}
    assert listed == {"001": [line.pk], "002": []}


@pytest.mark.parametrize(
    ("who", "may", "agrees"),
    [
        (("office", "officer", None), {"old"}, set()),
        (("office", "leader", None), {"old"}, {"old"}),
        (("water", "officer", None), {"old", "new", "both"}, set()),
        (("water", "officer", "new"), {"new"}, set()),
        (("water", "leader", None), {"old", "new", "both"}, {"old", "new", "both"}),
        (("desk", "dispatcher", None), {"old", "new", "both"}, {"old", "new", "both"}),
        (("desk", "dispatcher", "old"), {"old"}, {"old"}),
        (("desk", "control", None), {"old", "new", "both"}, {"old", "new", "both"}),
        (("desk", "operator", None), set(), set()),
        (("desk", "supervisor", None), set(), set()),
    ],
)
def test_a_post_announces_and_agrees_to_works_in_its_area(town, who, may, agrees):
    unit, role, area = who
    person = factories.person("somebody", getattr(town, unit), role)
    factories.change_posts(Membership.objects.filter(user=person), area=area and getattr(town, area))
    wards = {"old": [town.old], "new": [town.new], "both": [town.old, town.new]}
    refused = {}
    for name, some in wards.items():
        try:
            announce(person, *some)
        except announcement_acts.NotAnnounced as error:
            refused[name] = list(error.faults)
    assert refused == {name: ["where"] for name in wards if name not in may}
    codes = {name: [ward.code for ward in some] for name, some in wards.items()}
    assert {name for name in wards if works.access.works_posts(person, codes[name], "approve")} == agrees
    assert Announcement.objects.count() == len(may)


def test_wider_works_are_public_when_a_second_person_agrees(plumber, dispatcher, town):
    line = announce(plumber, town.old, town.new)
    assert (line.kind, shown_titles(), works.waiting_for(dispatcher)) == ("proposed", [], [line])
    for act in (works.agree,):
        with pytest.raises(announcement_acts.TooLate):
            act(line, by=plumber)
    public = works.agree(line, by=dispatcher)
    assert (public.kind, public.by, public.text, shown_titles()) == ("issued", dispatcher, line.text, [line.title])
    with pytest.raises(announcement_acts.TooLate):
        works.agree(line, by=dispatcher)
    change = works.correct_works(
        line.announcement, factories.works_wording(title="Thay ống nước, lâu hơn"), by=plumber, seen=public.pk
    )
    assert (change.kind, shown_titles()) == ("proposed", [line.title])
    works.agree(change, by=dispatcher)
    assert shown_titles() == ["Thay ống nước, lâu hơn"]


def test_a_proposal_is_returned_with_a_reason_or_taken_back(plumber, dispatcher, town):
    line = announce(plumber, town.old, town.new)
    with pytest.raises(announcement_acts.NotAnnounced):
        works.send_back(line, by=dispatcher, note="")
    refusal = works.send_back(line, by=dispatcher, note="Which side of the road?")
    own = announce(plumber, town.old, town.new)
    works.send_back(own, by=plumber, note="")
    assert (refusal.note, works.waiting_for(dispatcher), shown_titles()) == ("Which side of the road?", [], [])
    with pytest.raises(announcement_acts.TooLate):
        works.agree(line, by=dispatcher)


def test_the_database_wants_the_second_person(plumber, dispatcher, town):
    line = announce(plumber, town.old, town.new)
    same = announcement_acts.wording_of(line) | {"announcement": line.announcement, "kind": "issued"}
    for forged in (
        {"by": dispatcher},
        {"by": plumber, "decides": line},
        {"by": dispatcher, "decides": line, "text": "x"},
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            AnnouncementLine.objects.create(**same | forged)
    quick = announcement_acts.issue(
        "flood", announcement_acts.Reach(area=town.old), announcement_acts.Wording("x", now() + HOUR), by=dispatcher
    )
    plain = announcement_acts.wording_of(quick) | {"announcement": quick.announcement, "kind": "corrected"}
    for forged in (
        {"text": "x" * 301},
        {"title": "Works"},
        {"until": now() + 8 * DAY},
        {"planned": True, "title": "x"},
    ):
        with pytest.raises((IntegrityError, InternalError, ProgrammingError)), transaction.atomic():
            AnnouncementLine.objects.create(by=dispatcher, **plain | forged)


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 121}, "title"),
        ({"text": ""}, "text"),
        ({"text_en": "x" * 2001}, "text_en"),
        ({"days": (-9, -2)}, "last_day"),
        ({"days": (1, 368)}, "last_day"),
        ({"days": (367, 369)}, "first_day"),
    ],
)
def test_faulty_works_are_refused_by_the_field(officer, town, wording, field):
    with pytest.raises(announcement_acts.NotAnnounced) as refused:
        announce(officer, town.old, **wording)
    assert (list(refused.value.faults), Announcement.objects.count()) == ([field], 0)


# ---- where


def square(west, east):
    return MultiPolygon(Polygon.from_bbox((west, 50.001, east, 50.002)), srid=4326)


def test_an_area_or_a_street_reaches_the_wards_it_meets(town):
    street = works.draw_streets(["harbour road"])
    reached = {
        "drawn": works.reach_of_shape(works.read_drawn("10.001,50.001 10.002,50.001 10.002,50.002")).codes,
        "across": works.reach_of_shape(square(10.009, 10.011)).codes,
        "cut": works.reach_of_shape(square(10.009, 10.011), [town.old]).codes,
        "street": works.reach_of_shape(street).codes,
        "street cut": works.reach_of_shape(street, [town.new]).codes,
        "wards": works.reach_of_wards([town.old, town.new]).codes,
    }
    assert reached == {
        "drawn": ["001"], "across": ["001", "002"], "cut": ["001"], "street": ["001", "002"], "street cut": ["002"],
        "wards": ["001", "002"],
    }  # fmt: skip


@pytest.mark.parametrize(
    "drawn",
    [
        "", "10.001,50.001 10.002,50.001", "10.001 50.001 10.002", "nan,50 10,50 10,51", "1e9,50 10,50 10,51",
        "10.001,50.001 10.003,50.003 10.003,50.001 10.001,50.003", "1,1 1,2 2,2", "<script>,1 2,3 4,5",
        " ".join(f"10.00{n},50.00{n * n % 7}" for n in range(301)),
    ],
)  # fmt: skip
def test_an_area_that_cannot_be_drawn_is_refused(town, drawn):
    with pytest.raises(works.InvalidArea):
        works.reach_of_shape(works.read_drawn(drawn))


# ---- when


FIRST, LAST = date(2199, 3, 4), date(2199, 4, 5)


@pytest.mark.parametrize(
    ("last", "hours", "weekdays", "words"),
    [
        (FIRST, (time(8), time(12)), "1234567", "T2 04/03/2199, 08:00–12:00 | Mon 04/03/2199, 08:00–12:00"),
        (
            LAST,
            NIGHT,
            "12345",
            "04/03/2199–05/04/2199, 22:00–05:00 (T2–T6) | 04/03/2199–05/04/2199, 22:00–05:00 (Mon–Fri)",
        ),
        (
            LAST,
            NIGHT,
            "67",
            "04/03/2199–05/04/2199, 22:00–05:00 (T7, CN) | 04/03/2199–05/04/2199, 22:00–05:00 (Sat, Sun)",
        ),
        (LAST, None, "1234567", "04/03/2199–05/04/2199 | 04/03/2199–05/04/2199"),
    ],
)
def test_a_period_is_told_in_words(last, hours, weekdays, words):
    words_by_language = []
    for language in ("vi", "en"):
        with translation.override(language):
            words_by_language.append(periods.period_words(FIRST, last, hours=hours, weekdays=weekdays))
    assert " | ".join(words_by_language) == words


def test_hours_of_a_night_belong_to_the_day_it_begins(officer, town):
    monday = 7 - localtime().weekday()  # days until the next one
    line = announce(officer, town.old, days=(monday, monday + 13), weekdays="67")
    spells = list(periods.spells_of(line))
    clocks = {(f"{localtime(begins):%u %H}", f"{localtime(ends):%H}") for begins, ends in spells}
    assert clocks == {("6 22", "05"), ("7 22", "05")}
    assert (len(spells), spells[0][0], spells[-1][1]) == (4, line.starts_at, line.until)
    bar = periods.days_ahead(line, now())
    assert (len(bar), bar[0].words, bar[1].words) == (7, "22:00–05:00", "22:00–05:00")


# ---- who is told


def follow(address, area):
    return Follow.objects.create(
        medium="email", address=address, area=area, until=now() + 400 * DAY, confirmed_at=now()
    )


def news():
    return sorted(Notice.objects.filter(template="follow_news").values_list("address", flat=True))


def test_followers_of_the_ward_are_told_and_reminded_once(officer, town, policies):
    policies.quiet_hours = ""
    follow("here-follower@example.org", town.old)
    follow("next-follower@example.org", town.new)
    line = announce(officer, town.old)
    assert announcement_notices.tell_line(line.pk) == 1
    following.tell_followers()
    assert (news(), "Thay ống nước" in Notice.objects.get().text) == (["here-follower@example.org"], True)
    reminder = works.moment_to_remind(line.starts_at)
    assert (reminder, announcement_notices.remind_line(line.pk, reminder)) == (line.starts_at - HOUR, 1)
    assert (announcement_notices.remind_line(line.pk, reminder), news()) == (0, ["here-follower@example.org"] * 2)
    ended = announcement_acts.end(line.announcement, by=officer, seen=line.pk)
    assert [announcement_notices.remind_line(key) for key in (line.pk, ended.pk)] == [0, 0]


@pytest.mark.parametrize(
    ("clock", "reminded"), [("09:00", "08:00 0"), ("05:00", "20:30 1"), ("22:00", "21:00 0"), ("22:50", "20:30 0")]
)
def test_a_reminder_comes_before_the_quiet_hours(town, policies, clock, reminded):
    policies.quiet_hours = "21:30-07:00"
    begins = periods.at_clock(localtime().date() + DAY, time.fromisoformat(clock))
    at = localtime(works.moment_to_remind(begins))
    assert f"{at:%H:%M} {(begins.date() - at.date()).days}" == reminded


# ---- pages


def fields(**more):
    days = {name: f"{localtime() + n * DAY:%Y-%m-%d}" for name, n in (("first_day", 2), ("last_day", 90))}
    sent = {"kind": "works", "reaches": "wards", "wards": ["001"], "title": "Đào đường Harbour", "text": "Đi lối khác"}
    return sent | days | {"hours_from": "22:00", "hours_to": "05:00", "weekdays": list("12345")} | more


def test_an_officer_announces_corrects_and_ends_on_pages(officer, town):
    client = Client()
    client.force_login(officer)
    follow("here-follower@example.org", town.old)
    seen = client.post("/announcing/works/", fields(do="preview")).content.decode()
    assert ("Có dưới 5 người theo dõi" in seen, Announcement.objects.count()) == (True, 0)
    for fault, name in (
        ({"wards": ["999"]}, "wards"), ({"wards": []}, "reaches"), ({"hours_to": ""}, "hours_to"),
        ({"weekdays": []}, "weekdays"), ({"kind": "flood"}, "kind"), ({"title": "x" * 121}, "title"),
        ({"wards": ["001", "002"]}, "reaches"), ({"reaches": "streets", "streets": "Nowhere"}, "reaches"),
        ({"reaches": "drawn", "drawn": "<script>"}, "reaches"), ({"last_day": "2020-01-01"}, "last_day"),
    ):  # fmt: skip
        answer = client.post("/announcing/works/", fields(**fault))
        assert (answer.status_code, list(answer.context["shown_faults"])) == (400, [name]), fault
    assert Announcement.objects.count() == 0
    assert client.post("/announcing/works/", fields()).status_code == 302
    (line,) = AnnouncementLine.objects.shown()
    page = f"/announcing/works/{line.announcement_id}/"
    assert client.get(f"/announcing/{line.announcement_id}/")["Location"] == page
    assert "Đào đường Harbour" in client.get("/announcing/").content.decode()
    assert client.post(page, fields(seen=line.pk, title="Đào đường lâu hơn")).status_code == 302
    assert shown_titles() == ["Đào đường lâu hơn"]
    (line,) = AnnouncementLine.objects.shown()
    assert client.post(page, {"seen": 1, "do": "end"}).status_code == 409
    assert client.post(page, {"seen": line.pk, "do": "end"}).status_code == 302
    assert shown_titles() == []


def test_a_second_person_agrees_on_the_page(plumber, dispatcher, officer, town):
    writer, second, other = Client(), Client(), Client()
    for client, person in ((writer, plumber), (second, dispatcher), (other, officer)):
        client.force_login(person)
    assert writer.post("/announcing/works/", fields(wards=["001", "002"])).status_code == 302
    line = AnnouncementLine.objects.get()
    page = f"/announcing/works/{line.announcement_id}/"
    assert [client.get(page).status_code for client in (writer, second, other)] == [200, 200, 404]
    assert (
        writer.post(page, {"do": "agree", "seen": line.pk}).status_code,
        Client().get(f"/news/{line.announcement_id}/").status_code,
    ) == (409, 404)
    assert second.post(page, {"do": "return", "seen": line.pk}).status_code == 400
    assert second.post(page, {"do": "agree", "seen": line.pk + 1}).status_code == 409
    assert second.post(page, {"do": "agree", "seen": line.pk}).status_code == 302
    assert shown_titles() == ["Đào đường Harbour"]


def test_the_public_reads_works_with_their_period(officer, town):
    script = "<script>alert('sentinel-works')</script>"
    line = announce(officer, town.old, title_en="New water pipes", text=script)
    visitor = Client()
    visitor.cookies["django_language"] = "en"
    pages = {
        address: visitor.get(address).content.decode()
        for address in ("/news/", f"/news/{line.announcement_id}/", "/wards/001/", "/", "/news/?kind=works")
    }
    assert {
        address: ("New water pipes" in page, "22:00–05:00" in page) for address, page in pages.items()
    } == dict.fromkeys(pages, (True, True))
    assert [script in page for page in pages.values()] == [False] * len(pages)
    assert "New water pipes" not in visitor.get("/wards/002/").content.decode()
    (feature,) = visitor.get("/feeds/announcements.geojson").json()["features"]
    with translation.override("en"):
        period = periods.period_in_words(line)
    assert (feature["properties"]["title"]["en"], feature["properties"]["period"]["en"]) == ("New water pipes", period)


def test_pictures_of_wider_works_are_seen_by_the_second_person(plumber, officer, dispatcher, town):
    writer, second, other = Client(), Client(), Client()
    for client, person in ((writer, plumber), (second, dispatcher), (other, officer)):
        client.force_login(person)
    line = announce(plumber, town.old, town.new)
    page = f"/announcing/works/{line.announcement_id}/"

    def add(client, upload, caption="The plan"):
        return client.post(page, {"do": "picture", "photo": upload, "caption": caption}).status_code

    html = SimpleUploadedFile("plan.jpg", b"<script>alert(1)</script>", "image/jpeg")
    assert [add(writer, html), add(writer, factories.picture(), ""), add(other, factories.picture())] == [400, 400, 404]
    assert (add(writer, factories.picture()), AnnouncementPicture.objects.count()) == (302, 1)
    picture = AnnouncementPicture.objects.get()
    address = f"/news/{line.announcement_id}/photos/{picture.pk}/small.jpg"
    assert [client.get(address).status_code for client in (writer, second, other, Client())] == [200, 200, 404, 404]
    works.agree(line, by=dispatcher)
    assert (add(writer, factories.picture()), Client().get(address)["Content-Type"]) == (400, "image/jpeg")
    assert address in Client().get(f"/news/{line.announcement_id}/").content.decode()


def test_a_month_shows_works_on_their_days(officer, town):
    line = announce(officer, town.old, days=(0, 60), weekdays="1234567")
    visitor = Client()
    page = visitor.get("/news/calendar/")
    today = localtime().date()
    days = [day.day for week in page.context["weeks"] for day in week if line in day.lines]
    assert (days[0], {day.month for day in days}) == (today, {today.month})
    assert line.title in page.content.decode()
    following = page.context["following"]
    shown_then = visitor.get(f"/news/calendar/?month={following:%Y-%m}").context["weeks"]
    assert next(day.day for week in shown_then for day in week if line in day.lines) == following
    for query, count in (("ward=001", True), ("ward=002", False), ("month=9999-99", True), ("month=<script>", True)):
        assert (line.title in visitor.get(f"/news/calendar/?{query}").content.decode()) is count, query
