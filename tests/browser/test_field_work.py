"""Test an officer in the field: nearest first, resolved with one photo, also without a signal."""

import re
from datetime import time

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from incidents import workflow
from incidents.models import AnswerTemplate, Crew, Event, Report
from incidents.photos import read_photo
from tests import factories
from tests.browser.conftest import axe_findings, shoot, too_narrow, wait_until

pytestmark = pytest.mark.browser
# The worker is at work on this page, and its own script has kept it.
OWN_KEPT = """async () => Boolean(navigator.serviceWorker.controller) &&
  Boolean(await (await caches.open("own-pages")).match("/desk/street/"))"""


def take_photo(page, tmp_path):
    photo = tmp_path / "after.jpg"
    photo.write_bytes(factories.jpeg(2400, 1800))
    with page.expect_file_chooser() as chosen:
        page.locator("#rows details[open]").get_by_text("Đã xong").click()
    chosen.value.set_files(photo)
    expect(page.get_by_role("button", name="Gửi, báo xong")).to_be_visible()


def test_done_without_a_signal_is_sent_once(visitor, town, officer, tmp_path):
    AnswerTemplate.objects.create(step="resolve", title="Đã dọn sạch", text="Đã dọn sạch.")
    shot = read_photo(factories.picture())
    far, near = (
        factories.incident(kind, factories.Point(lon, 50.005, srid=4326), pictures=[shot])
        for kind, lon in ((town.hole, 10.001), (town.waste, 10.005))
    )
    page = visitor(390, user=officer)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 10.0052, "latitude": 50.005, "accuracy": 9})
    page.goto("/desk/street/")
    expect(page.locator("#order")).to_have_text("Gần tôi nhất")
    expect(page.locator("#rows details[open]")).to_have_count(1)
    expect(page.locator("#rows details").first).to_have_attribute("data-reference", near.reference)
    shoot(page, "street-1-near")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.context.set_offline(True)
    take_photo(page, tmp_path)
    shoot(page, "street-2-pair")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Gửi, báo xong").click()
    page.locator(".toast").get_by_role("button", name="Hoàn tác").click()  # nothing has left: it is dropped
    expect(page.locator("#waiting")).to_be_hidden()
    take_photo(page, tmp_path)
    page.get_by_role("button", name="Gửi, báo xong").click()
    expect(page.locator("#waiting li")).to_contain_text("Tự gửi khi có mạng.")
    expect(page.locator("#no-signal")).to_be_visible()
    page.locator("#rows details").nth(1).locator("summary").click()
    take_photo(page, tmp_path)
    expect(page.locator("#why")).to_contain_text("Cách nơi xảy ra 300 m.")  # known without a connection, too
    shoot(page, "street-2-far")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Gửi, báo xong").click()
    expect(page.locator("#place-reason")).to_be_focused()
    page.get_by_role("button", name="Gửi sau khi rời nơi xử lý.").click()
    page.get_by_role("button", name="Gửi, báo xong").click()
    expect(page.locator("#waiting li")).to_have_count(2)
    workflow.move(far, "resolve", by=factories.person("faster", town.office), note="Xong trước")
    page.context.set_offline(False)
    expect(page.locator("#waiting li")).to_have_count(1)
    expect(page.get_by_role("button", name="Thêm ảnh vào đó")).to_be_visible()
    shoot(page, "street-3-conflict")
    assert axe_findings(page) == []
    page.get_by_role("button", name="Thêm ảnh vào đó").click()
    expect(page.locator("#waiting")).to_be_hidden()
    expect(page.locator("#rows li:visible")).to_have_count(0)
    kinds = (Event.Kind.RESOLVED, Event.Kind.NOTE)
    lines = Event.objects.filter(kind__in=kinds, by=officer).order_by("pk").values_list("incident", "kind", "note")
    assert list(lines) == [(near.pk, "resolved", "Đã dọn sạch."), (far.pk, "note", "Đã dọn sạch.")]
    assert [incident.photos.filter(event__by=officer).count() for incident in (near, far)] == [1, 1]
    visitor.complaints.clear()  # the browser reports the missing connection and the conflict


@pytest.mark.deep
def test_what_is_done_is_taken_back_by_a_key(visitor, incident, officer, tmp_path):
    page = visitor(390, user=officer)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": incident.place.x, "latitude": incident.place.y, "accuracy": 9})
    page.goto("/desk/street/")
    for _again in range(2):  # the second time it has taken more steps
        take_photo(page, tmp_path)
        page.locator("#note").fill("Đã dọn")
        page.get_by_role("button", name="Gửi, báo xong").click()
        page.locator(".toast", has_text="Đã xử lý: Ổ gà").get_by_role("button", name="Hoàn tác").wait_for()
        expect(page.locator("#rows li:visible")).to_have_count(0)
        page.keyboard.press("z")
        expect(page.locator("#rows li:visible")).to_have_count(1)
    assert incident.timeline.filter(kind="undone").count() == 2


def test_what_is_seen_takes_three_taps(visitor, town, officer, tmp_path):
    for _n in range(2):
        factories.incident(town.waste, factories.Point(10.009, 50.005, srid=4326))
    page = visitor(390, user=officer)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 10.0052, "latitude": 50.005, "accuracy": 9})
    page.goto("/desk/street/")
    expect(page.locator("#order")).to_have_text("Gần tôi nhất")
    photo = tmp_path / "seen.jpg"
    photo.write_bytes(factories.jpeg(2400, 1800))
    with page.expect_file_chooser() as chosen:
        page.get_by_role("link", name="Ghi nhận việc tôi thấy").click()
    chosen.value.set_files(photo)
    expect(page.locator("#seen-place")).to_have_text("Tự định vị, sai số khoảng 9 m")
    shoot(page, "street-4-seen")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    page.context.set_offline(True)
    page.locator("#seen .kinds").get_by_text("Ổ gà").click()
    page.get_by_role("button", name="Gửi", exact=True).click()
    expect(page.locator("#waiting li")).to_contain_text("Tôi thấy: Ổ gà")
    page.context.set_offline(False)
    expect(page.locator("#waiting")).to_be_hidden()
    report = Report.objects.get(channel="officer")
    assert (report.incident.category, report.photos.count()) == (town.hole, 1)


# What lies on the device of the own page and of what waits, as text, and whether there is a key.
LEFT = """async () => {
  const opened = (name) => new Promise((done) => (indexedDB.open(name).onsuccess = ({ target }) => done(target.result)))
  const rows = async (name, store) => {
    const database = await opened(name)
    if (!database.objectStoreNames.contains(store)) return []
    const asked = database.transaction(store).objectStore(store).getAll()
    return new Promise((done) => (asked.onsuccess = () => (database.close(), done(asked.result))))
  }
  const own = (await caches.has("own-pages")) ? await caches.open("own-pages") : null
  const page = await own?.match("/desk/street/")
  const photos = ((await own?.keys()) ?? []).filter(({ url }) => url.endsWith("/small.jpg"))
  const waiting = await rows("desk-street", "done")
  const texts = waiting.map((row) => JSON.stringify(row) + new TextDecoder().decode(row.sealed ?? new ArrayBuffer()))
  const keys = (await rows("own-key", "keys")).length
  return { page: page ? await page.text() : "", photos: photos.length, waiting: texts.join(), keys }
}"""


def test_what_lies_on_a_device_ends_with_the_session(visitor, town, officer, tmp_path):
    AnswerTemplate.objects.create(step="resolve", title="Đã dọn sạch", text="Đã dọn sạch.")
    incident = factories.incident(town.hole, pictures=[read_photo(factories.picture())])
    page = visitor(390, user=officer, service_workers="allow")
    page.goto("/desk/street/")
    wait_until(lambda: page.evaluate(OWN_KEPT), seconds=30, why="the page was not kept")
    wait_until(lambda: page.evaluate(LEFT)["photos"] == 1, seconds=30, why="the small photo was not kept")
    page.context.set_offline(True)
    take_photo(page, tmp_path)
    page.locator("#place-reason").fill("Máy không bắt được vị trí")  # the place is not known
    page.get_by_role("button", name="Gửi, báo xong").click()
    expect(page.locator("#waiting li")).to_contain_text("Tự gửi khi có mạng.")
    page.reload()
    expect(page.locator("#waiting li")).to_contain_text("Ổ gà")
    waiting = page.locator("#waiting li img")
    wait_until(lambda: waiting.evaluate("image => image.complete && image.naturalWidth > 0"), why="no photo that waits")
    left = page.evaluate(LEFT)
    assert (left["keys"], incident.reference in left["page"], "Ổ gà" in left["waiting"]) == (1, False, False)
    assert "Đã dọn sạch" not in left["waiting"]
    assert "bắt được vị trí" not in left["waiting"]
    Session.objects.all().delete()
    page.context.set_offline(False)
    page.wait_for_url("**/sign-in/**")
    wait_until(lambda: page.evaluate(LEFT)["keys"] == 0)
    left = page.evaluate(LEFT)
    assert (left["page"], left["photos"]) == ("", 0)
    visitor.complaints.clear()  # the browser reports the missing connection


@pytest.mark.deep
def test_it_opens_anew_without_a_signal_until_signed_out(visitor, town, officer):
    incident = factories.incident(town.hole, pictures=[read_photo(factories.picture())])
    page = visitor(390, user=officer, service_workers="allow")
    page.goto("/desk/street/")
    wait_until(lambda: page.evaluate(OWN_KEPT), seconds=30, why="the page was not kept")
    page.context.set_offline(True)
    page.reload()
    expect(page.locator(f'#rows details[data-reference="{incident.reference}"]')).to_be_visible()
    expect(page.locator("#no-signal")).to_be_visible()
    thumb = page.locator("#rows summary img")
    wait_until(lambda: thumb.evaluate("image => image.complete && image.naturalWidth > 0"), why="no small photo")
    page.context.set_offline(False)
    page.goto("/people/me/")
    page.locator('form[action="/sign-out/"]').first.evaluate("form => form.requestSubmit()")
    page.wait_for_url(lambda address: "/people/me/" not in address)
    wait_until(lambda: not page.evaluate("caches.has('own-pages')"))
    visitor.complaints.clear()  # the browser reports the missing connection


def test_sent_from_afar_it_says_why_and_own_crews_are_named(visitor, town, officer, tmp_path):
    crew = Crew.objects.create(authority=town.office, name="Tổ cây", starts=time(0), ends=time(23, 59))
    crew.members.add(officer)
    far, near = (factories.incident(town.hole, factories.Point(lon, 50.005, srid=4326)) for lon in (10.001, 10.005))
    factories.change(far, crew=crew)
    page = visitor(390, user=officer)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 10.0052, "latitude": 50.005, "accuracy": 9})
    page.goto("/desk/street/")
    expect(page.locator("#order")).to_have_text("Gần tôi nhất")
    order = page.locator("#rows details").evaluate_all("rows => rows.map(row => row.dataset.reference)")
    assert order == [near.reference, far.reference]  # the nearest first, whoever has it
    expect(page.locator(f'details[data-reference="{far.reference}"] .of-crew')).to_have_text(re.compile("Tổ cây"))
    page.locator("#rows details").nth(1).locator("summary").click()
    take_photo(page, tmp_path)
    page.locator("#note").fill("Đã lấp")
    page.locator("#place-reason").fill("Gửi trên đường về")
    page.get_by_role("button", name="Gửi, báo xong").click()
    page.locator(".toast", has_text="Đã xử lý: Ổ gà").wait_for()
    check = far.timeline.get(kind=Event.Kind.CHECKED)
    assert (check.note, check.receipt["remarks"], check.public) == ("Gửi trên đường về", ["far"], False)


def test_service_asks_for_a_reason_the_phone_did_not_know_of(visitor, town, officer, tmp_path):
    incident = factories.incident(town.hole, factories.Point(10.005, 50.005, srid=4326))
    page = visitor(390, user=officer)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 10.0052, "latitude": 50.005, "accuracy": 9})
    page.goto("/desk/street/")
    expect(page.locator("#order")).to_have_text("Gần tôi nhất")
    factories.change(incident, place=factories.Point(10.001, 50.005, srid=4326))
    take_photo(page, tmp_path)
    expect(page.locator("#why")).to_be_hidden()
    page.locator("#note").fill("Đã lấp")
    page.get_by_role("button", name="Gửi, báo xong").click()
    line = page.locator("#waiting li")
    expect(line.locator(".why")).to_be_visible()
    expect(line.locator(".said")).to_contain_text("300 m")
    assert (line.count(), incident.timeline.filter(kind=Event.Kind.RESOLVED).count()) == (1, 0)
    shoot(page, "street-5-asks")
    assert (axe_findings(page), too_narrow(page)) == ([], [])
    line.locator(".why input").fill("Điểm cũ ở đầu hẻm")
    line.get_by_role("button", name="Vẫn gửi").click()
    expect(page.locator("#waiting")).to_be_hidden()
    assert incident.timeline.filter(kind=Event.Kind.RESOLVED).count() == 1
    check = incident.timeline.get(kind=Event.Kind.CHECKED)
    assert (check.note, check.receipt["remarks"]) == ("Điểm cũ ở đầu hẻm", ["far"])
    visitor.complaints.clear()  # the browser reports the answer that asked
