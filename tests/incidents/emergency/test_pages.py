"""Test `/emergency/` and `/emergencies/`: the banner, the light pages, the report in two steps, the switch."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.utils.timezone import localtime, now

from incidents.emergency import switching
from incidents.models import Category, Emergency, HeldReport, Incident, Membership, Report, Shelter, WaterDepth
from tests import factories

LIGHT = 60_000  # bytes of a page with all that it loads
TITLE = "Mưa rất to, triều cường"


def as_field(moment):
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


def new_order(**more):
    until = as_field(now() + timedelta(hours=6))
    return {"kind": "flood", "reaches": "city", "title": TITLE, "until": until, "sure": "on"} | more


def report_fields(**more):
    place = {"lon": "10.005", "lat": "50.005", "accuracy": "10"}
    return place | {"category": "WA.1", "text": "Nước vào nhà", "q-depth": "knee"} | more


def loaded_bytes(page):
    files = re.findall(
        r'(?:rel="(?:stylesheet|icon)" href|<script[^>]* src|href)="/static/([^"#]+\.(?:css|js|svg))', page
    )
    return len(page.encode()) + sum(Path(finders.find(name)).stat().st_size for name in set(files))


def test_banner_stands_on_public_pages_until_it_is_over(client, emergency, controller):
    pages = ("/", "/report/", "/news/", "/wards/", "/answers/", "/stats/")
    assert [TITLE in client.get(page).text for page in pages] == [True] * len(pages)
    switching.switch_off(emergency, by=controller, seen=emergency.lines.get().pk)
    news = client.get("/status/").text
    assert (TITLE in news, 'class="alarm"' in news) == (False, False)


def test_banner_calls_the_number_for_this_danger_first(client, emergency, town):
    town.city.emergency = [
        {"number": "113", "what": "Công an", "dangers": ["crime"]},
        {"number": "114", "what": "Cứu nạn", "dangers": ["water"]},
    ]
    town.city.save()
    page = client.get("/emergency/").text
    assert re.findall(r'href="tel:(11\d)"', page)[:2] == ["114", "113"]
    assert 'href="tel:114"' in client.get("/").text


def test_practice_is_seen_by_who_is_signed_in(client, controller, town):
    order = switching.Order(kind="fire", title="Diễn tập cháy lớn", until=now() + timedelta(hours=1), practice=True)
    switching.switch_on(order, by=controller)
    anonymous = client.get("/").text, client.get("/emergency/").text
    client.force_login(controller)
    signed_in = client.get("/").text, client.get("/emergency/").text
    assert ["Diễn tập cháy lớn" in page for page in (*anonymous, *signed_in)] == [False, False, True, True]


def test_page_of_an_emergency_tells_streets_and_shelters(client, emergency, controller):
    Shelter.objects.create(
        name="Trường Bến Cảng", address="Harbour Road", place=factories.IN_OLD, capacity=300, open=True,
        changed_by=controller,
    )  # fmt: skip
    for street, minutes in (("Harbour Road", 10), ("Quay Street", 70)):
        WaterDepth.objects.create(
            street=street, depth_cm=45, measured_at=now() - timedelta(minutes=minutes), place=factories.IN_OLD,
            source="gauge", by=controller,
        )  # fmt: skip
    page = client.get("/emergency/").text
    assert [words in page for words in ("Trường Bến Cảng", "đủ chỗ cho 300 người", "Lên chỗ cao.")] == [True] * 3
    assert (page.count("có thể đã rút"), page.count('class="old"'), page.count('class="deep"')) == (1, 2, 2)
    places = client.get("/emergency/places.geojson").json()["features"]
    assert [(place["properties"]["kind"], place["properties"].get("old")) for place in places] == [
        ("flooded_street", False), ("flooded_street", True), ("shelter", None),
    ]  # fmt: skip


def test_pages_are_light(client, emergency, flood):
    pages = ("/emergency/", "/emergency/report/", f"/emergency/report/?category={flood.code}")
    sizes = {page: loaded_bytes(client.get(page).text) for page in pages}
    assert {page: size for page, size in sizes.items() if not 10_000 < size < LIGHT} == {}


def test_without_an_emergency_the_usual_form_serves(client, town):
    assert "Hiện không có tình huống khẩn cấp" in client.get("/emergency/").text
    answer = client.get("/emergency/report/?category=WA.1")
    assert (answer.status_code, answer["Location"]) == (302, "/report/?category=WA.1")
    assert client.get("/emergency/places.geojson").json()["features"] == []


def test_report_takes_two_steps_with_own_kinds_and_questions(client, emergency, flood):
    first = client.get("/emergency/report/").text
    assert re.findall(r"\?category=([\w.]+)", first) == ["WA.1"]
    second = client.get("/emergency/report/?category=WA.1").text
    assert [name in second for name in ('name="q-depth"', 'name="photos"', 'name="where"')] == [True] * 3
    answer = client.post("/emergency/report/", report_fields())
    report = Report.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/f/{report.token}/?sent=1")
    assert [(answer["code"], answer["value"]) for answer in report.answers] == [("depth", ["knee"])]


def test_kinds_of_the_group_with_most_of_them_come_first(client, emergency, flood, town):
    Category.objects.filter(pk=town.hole.pk).update(emergencies="flood")
    factories.leaf("WA.9", flood.parent, "Nghẹt cống", "Blocked drain", "c-flood", emergencies="flood")
    codes = re.findall(r"\?category=([\w.]+)", client.get("/emergency/report/").text)
    assert codes == ["WA.1", "WA.9", "ST.1"]


def test_faults_of_the_report_are_told_beside_their_fields(client, emergency):
    answer = client.post("/emergency/report/", report_fields(lon="", lat="", where="", phone="12"))
    faulty = re.findall(r'<div id="(\w+)-fault">\s*<p class="fault">', answer.text)
    assert (answer.status_code, faulty, Report.objects.count()) == (400, ["where", "phone"], 0)


def test_a_practised_report_is_checked_and_not_stored(client, controller, flood):
    order = switching.Order(kind="flood", title="Diễn tập", until=now() + timedelta(hours=1), practice=True)
    switching.switch_on(order, by=controller)
    client.force_login(controller)
    answer = client.post("/emergency/report/", report_fields())
    assert (answer.status_code, "Cấp nước" in answer.text, Report.objects.count()) == (200, True, 0)
    assert client.post("/emergency/report/", report_fields(category="")).status_code == 400


def test_switching_on_wants_a_clear_yes(client, controller, town):
    client.force_login(controller)
    checked = client.post("/emergencies/new/", new_order(do="check", sure=""))
    assert (checked.status_code, "Những gì sẽ diễn ra" in checked.text) == (200, True)
    refused = client.post("/emergencies/new/", new_order(sure=""))
    assert (refused.status_code, Emergency.objects.count()) == (400, 0)
    assert client.post("/emergencies/new/", new_order())["Location"] == "/emergencies/"
    second = client.post("/emergencies/new/", new_order())
    assert (second.status_code, "Đã bật từ trước" in second.text, Emergency.objects.count()) == (409, True, 1)


def test_all_faults_of_an_order_stand_beside_their_fields(client, controller, town):
    client.force_login(controller)
    past = as_field(now() - timedelta(hours=1))
    page = client.post("/emergencies/new/", new_order(kind="", title="", until=past, reaches="wards", sure=""))
    faulty = re.findall(r'data-fault="(\w+)"\s*>\s*<p', page.text)
    assert (page.status_code, sorted(faulty)) == (400, ["kind", "reaches", "sure", "title", "until"])


def test_wards_of_another_area_are_not_switched(client, town):
    person = factories.person("of-old")
    factories.post(person, town.desk, Membership.Role.DISPATCHER, area=town.old)
    client.force_login(person)
    form = client.get("/emergencies/new/").text
    assert ('value="001"' in form, 'value="002"' in form, 'value="city"' in form) == (True, False, False)
    answer = client.post("/emergencies/new/", new_order(reaches="wards", wards=["001", "002"]))
    assert (answer.status_code, "Phường New Wharf" in answer.text, Emergency.objects.count()) == (400, True, 0)


def test_changed_and_switched_off_with_a_second_told(client, controller, emergency):
    client.force_login(controller)
    address, seen = f"/emergencies/{emergency.pk}/", emergency.lines.get().pk
    later = as_field(now() + timedelta(hours=9))
    changed = client.post(address, {"seen": seen, "title": "Nước đang rút", "until": later})
    assert (changed.status_code, Emergency.objects.get().title) == (302, "Nước đang rút")
    stale = client.post(address, {"seen": seen, "do": "off", "sure": "on"})
    unsure = client.post(address, {"seen": emergency.lines.latest("pk").pk, "do": "off"})
    off = client.post(address, {"seen": emergency.lines.latest("pk").pk, "do": "off", "sure": "on"})
    twice = client.post(address, {"seen": emergency.lines.latest("pk").pk, "do": "off", "sure": "on"})
    assert [answer.status_code for answer in (stale, unsure, off, twice)] == [409, 400, 302, 409]
    assert Emergency.objects.get().ended_at is not None


def test_places_are_entered_by_staff(client, controller, emergency):
    client.force_login(controller)
    own = f"/emergencies/{emergency.pk}/"
    place = {"lon": "10.005", "lat": "50.005"}
    client.post(own + "shelters/", place | {"name": "School", "where": "12 Harbour Road", "capacity": "200"})
    shelter = Shelter.objects.get()
    assert (shelter.open, shelter.capacity, shelter.changed_by) == (True, 200, controller)
    client.post(f"{own}shelters/{shelter.pk}/", {"open": "no"})
    shelter.refresh_from_db()
    assert shelter.open is False
    client.post(own + "depths/", place | {"where": "Harbour Road", "depth_cm": "35", "source": "gauge"})
    assert WaterDepth.objects.get().depth_cm == 35
    ahead = as_field(now() + timedelta(hours=2))
    faulty = client.post(own + "depths/", place | {"where": "", "depth_cm": "x", "measured_at": ahead, "source": "me"})
    names = re.findall(r'data-fault="([\w-]+)"\s*>\s*<p', faulty.text)
    assert (faulty.status_code, names) == (400, ["depth-where", "depth-depth_cm", "depth-at", "depth-source"])


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.deep)])
def test_emergency_on_many_reports_off(client, controller, flood, count):
    client.force_login(controller)
    client.post("/emergencies/new/", new_order(reaches="wards", wards=["001"]))
    emergency = Emergency.objects.get()
    client.logout()
    statuses = set()
    for number in range(count):
        lon, lat = 10.0005 + number % 40 * 0.0002, 50.0005 + number // 40 * 0.0003
        answer = client.post("/emergency/report/", report_fields(lon=f"{lon:.6f}", lat=f"{lat:.6f}"))
        statuses.add(answer.status_code)
    assert (statuses, Report.objects.count() + HeldReport.objects.count()) == ({303}, count)
    client.force_login(controller)
    seen = emergency.lines.get().pk
    client.post(f"/emergencies/{emergency.pk}/", {"seen": seen, "do": "off", "sure": "on"})
    assert Incident.objects.count() > 0
    assert TITLE not in client.get("/").text
