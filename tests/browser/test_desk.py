"""Test the desk in a real browser, with real streams and a second person."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.contrib.gis.geos import Point
from django.utils.timezone import localtime, now
from django.utils.translation import override
from playwright.sync_api import expect

from incidents import workflow
from incidents.casework import between_units, extensions, notes, subtasks
from incidents.models import (
    AnswerTemplate,
    Category,
    Event,
    Extension,
    Incident,
    Membership,
    Mention,
    SavedFilter,
    Subtask,
    WorkOrderText,
)
from incidents.photos import read_photo
from tests import factories
from tests.browser.conftest import axe_findings, on_screen, shoot, too_narrow, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def three(town):
    incidents = [
        factories.incident(town.hole, text=text) for text in ("Knee deep", "By the crane", "Before the school")
    ]
    Incident.objects.filter(pk=incidents[0].pk).update(due_at=now() - timedelta(hours=2))
    return incidents


def line(page, incident):
    return page.locator(f'#rows .line[data-reference="{incident.reference}"]')


def focused_row(page):
    return page.evaluate("document.activeElement.dataset.reference ?? document.activeElement.id")


def state_of(incident):
    return Incident.objects.get(pk=incident.pk).state


@pytest.mark.deep
def test_the_list_is_worked_with_keys(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto("/desk/")
    first, second, third = three
    page.get_by_role("button", name="Understood").click()
    expect(page.locator("#hints")).to_be_hidden()
    page.locator("#all-keys").click()
    page.get_by_label("go on to the next incident").check()
    page.get_by_role("button", name="Close").click()
    line(page, first).focus()
    page.keyboard.press("ArrowDown")
    assert focused_row(page) == second.reference
    expect(page.locator("#detail")).to_have_attribute("data-reference", second.reference)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/desk/{second.reference}/")
    wait_until(lambda: focused_row(page) == "detail-title")
    page.keyboard.press("Escape")
    assert focused_row(page) == second.reference
    page.keyboard.press("n")
    page.get_by_text("Accepted: Pothole, Harbour Road").wait_for()
    wait_until(lambda: focused_row(page) == third.reference)
    assert [state_of(incident) for incident in three] == ["assigned", "accepted", "assigned"]
    expect(line(page, second)).to_have_attribute("data-state", "accepted")
    expect(page.locator("#detail")).to_have_attribute("data-reference", third.reference)

    page.keyboard.press("h")
    page.locator("#note").fill("Which side?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("Asked the reporter: Pothole").wait_for()
    assert state_of(third) == "waiting"

    page.keyboard.press("?")
    page.get_by_label("Use single-letter shortcuts").uncheck()
    page.get_by_role("button", name="Close").click()
    line(page, first).focus()
    page.keyboard.press("n")
    page.reload()
    line(page, first).focus()
    page.keyboard.press("n")
    page.keyboard.press("ArrowDown")
    assert (state_of(first), focused_row(page)) == ("assigned", second.reference)


@pytest.mark.deep
def test_keys_act_on_the_incident_that_is_shown(visitor, three, officer):
    page = visitor(user=officer, language="en")
    first, second, _third = three
    page.goto(f"/desk/{first.reference}/")
    line(page, first).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("h")  # at once, before the detail has come
    expect(page.locator("#step form")).to_have_attribute("action", re.compile(f"/desk/{second.reference}/ask/"))
    expect(page.locator("#detail")).to_have_attribute("data-reference", second.reference)
    page.keyboard.press("Escape")
    expect(page.locator("#step")).to_be_hidden()
    page.locator('#detail [data-step="accept"]').click()
    page.get_by_text("Accepted: Pothole, Harbour Road").wait_for()
    wait_until(lambda: focused_row(page) == second.reference)  # who uses the mouse stays with the incident
    expect(page.locator("#detail")).to_have_attribute("data-state", "accepted")
    assert [state_of(incident) for incident in three] == ["assigned", "accepted", "assigned"]


@pytest.mark.deep
def test_an_act_by_key_is_taken_back_by_key(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto("/desk/")
    line(page, three[1]).focus()
    expect(page.locator("#detail")).to_have_attribute("data-reference", three[1].reference)
    page.keyboard.press("n")
    page.locator(".toast", has_text="Accepted: Pothole").get_by_role("button", name="Undo").wait_for()
    assert (state_of(three[1]), axe_findings(page)) == ("accepted", [])
    shoot(page, "desk-undo")
    page.keyboard.press("z")
    page.get_by_text("Undone: Pothole, Harbour Road").wait_for()
    expect(page.locator("#detail")).to_have_attribute("data-state", "assigned")
    assert (state_of(three[1]), focused_row(page)) == ("assigned", three[1].reference)


@pytest.mark.deep
def test_the_hints_on_keys_stand_apart_in_a_narrow_window(visitor, three, officer):
    page = visitor(1440, user=officer)
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/desk/")
    hints = page.locator("#queue .keys > *")
    boxes = hints.evaluate_all("all => all.map(one => one.getBoundingClientRect().toJSON())")
    assert len(boxes) == 4
    for hint, following in pairwise(boxes):
        assert hint["right"] <= following["left"] or hint["bottom"] <= following["top"]
    cut = hints.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length")
    assert (cut, max(box["right"] for box in boxes) <= 390) == (0, True)
    shoot(page, "desk-keys")


@pytest.mark.deep
def test_keys_work_after_a_mouse_click(visitor, three, officer):
    page = visitor(user=officer, language="en")
    _first, _second, third = three
    page.goto("/desk/")
    line(page, third).click()
    expect(page.locator("#detail")).to_have_attribute("data-reference", third.reference)
    page.locator("#own-note").click()
    page.keyboard.type("n?h")
    expect(page.locator("#own-note")).to_have_value("n?h")
    page.locator("#detail-title").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#map").click(position={"x": 5, "y": 5})
    page.keyboard.press("n")
    page.get_by_text("Accepted: Pothole, Harbour Road").wait_for()
    wait_until(lambda: focused_row(page) == third.reference)  # it stays, unless the next one is asked for
    assert [state_of(incident) for incident in three] == ["assigned", "assigned", "accepted"]


def test_news_appear_without_a_reload_and_take_nothing_away(visitor, town, three, officer):
    page = visitor(user=officer, language="en")
    first, second, _third = three
    page.goto(f"/desk/{first.reference}/")
    page.get_by_text("Live").wait_for()
    page.locator('#detail [data-step="ask"]').click()
    page.locator("#note").fill("Which side")

    new = factories.incident(town.hole, text="Just now")
    theirs = factories.incident(town.hole, factories.IN_NEW)
    line(page, new).wait_for()
    expect(line(page, new)).to_have_class(re.compile(r"\bnew\b"))
    expect(line(page, theirs)).to_have_count(0)
    expect(page.locator("#tally b").first).to_have_text("4")

    workflow.move(first, "accept", by=officer)
    page.get_by_text("Somebody has just changed this incident.").wait_for()
    expect(page.locator("#detail .state").first).to_have_text("Accepted")
    assert page.locator("#note").input_value() == "Which side"
    page.keyboard.press("Escape")

    workflow.move(second, "hand_over", by=officer, note="Yours", to=town.other)
    expect(line(page, second)).to_have_attribute("data-watched", "")


# A stream that says what it is told to say, and how often the list is asked for.
STREAM = """
(() => {
  const real = window.fetch.bind(window)
  window.lists = 0
  window.fetch = (address, options) => {
    window.lists += String(address).includes("part=queue") ? 1 : 0
    return real(address, options)
  }
  window.EventSource = class extends EventTarget {
    constructor() {
      super()
      window.tell = (item) => this.onmessage({ data: JSON.stringify(item), lastEventId: "1" })
    }
    close() {}
  }
})()
"""


def hold_answers(page, address):
    """Intercepts the page's requests until each is continued."""
    held_routes = []
    page.route(address, lambda route: held_routes.append(route))
    return held_routes


def test_news_take_no_click_away(visitor, three, officer):
    page = visitor(user=officer, language="en")
    first, _second, third = three
    workflow.move(first, "accept", by=officer)
    page.goto(f"/desk/{first.reference}/")
    page.get_by_text("Live").wait_for()
    page.locator("#pick").click()
    for part, target, done in (
        ("detail", page.locator('#detail .acts [data-step="begin"]'), '#detail[data-state="working"]'),
        ("queue", page.locator(f'.pick[value^="{third.reference}"]'), "#picked:has-text('1 selected')"),
    ):
        target.hover()
        held_routes = hold_answers(page, part_url := re.compile(f"/desk/.*part={part}"))
        with page.expect_request(part_url):
            notes.write_note(first, by=officer, text="Seen")
        page.mouse.down()
        with page.expect_event("requestfinished"):
            for route in held_routes:
                route.continue_()
        page.evaluate("new Promise((done) => setTimeout(done, 300))")  # in which it would be drawn
        page.mouse.up()
        page.unroute_all()
        page.locator(done).wait_for()
        page.locator("#detail").get_by_text("Seen").nth(0 if part == "detail" else 1).wait_for()
    assert [state_of(incident) for incident in three] == ["working", "assigned", "assigned"]


@pytest.mark.deep
def test_a_storm_of_news_asks_for_the_list_once_a_second(visitor, town, three, officer):
    page, began = visitor(user=officer, language="en"), now()
    page.clock.install(time=began)
    page.clock.pause_at(began + timedelta(seconds=1))
    page.add_init_script(STREAM)
    page.goto("/desk/")
    line(page, three[1]).wait_for()
    news = {"reference": three[1].reference, "authority": town.office.pk, "kind": "accepted", "maybe": []}
    list_requests = []
    for _tenth in range(20):
        page.evaluate("(item) => tell(item)", news)
        page.clock.run_for(100)
        list_requests.append(page.evaluate("lists"))
    assert list_requests == [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]


def test_what_was_typed_outlives_the_session(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{three[0].reference}/")
    page.locator('[data-step="ask"]').click()
    page.locator("#note").fill("Cần biết số nhà")
    cookies = [cookie for cookie in page.context.cookies() if cookie["name"] != "sessionid"]
    page.context.clear_cookies()
    page.context.add_cookies(cookies)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("You were signed out. What you typed is saved.").wait_for()
    page.locator("#step").get_by_role("link", name="Sign in").click()
    page.get_by_text("Your draft is saved on this device.").wait_for()
    page.get_by_label("User name").fill("officer")
    page.get_by_label("Password", exact=True).fill("secret-harbour")
    page.get_by_label("Show the password").check()
    assert page.locator("#password").get_attribute("type") == "text"
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/desk/{three[0].reference}/ask/")
    expect(page.locator("#note")).to_have_value("Cần biết số nhà")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("Asked the reporter").wait_for()
    assert Event.objects.get(kind="asked").note == "Cần biết số nhà"
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.deep
def test_a_result_with_a_bad_photo_is_corrected(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{three[0].reference}/")
    page.locator("#detail .rare summary").click()
    page.locator('[data-step="resolve"]').click()
    page.locator("#note").fill("Filled")
    page.locator("#photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    page.get_by_role("button", name="Send the result").click()
    page.get_by_text("“a.jpg” cannot be opened. Take it again or choose another.").wait_for()
    assert focused_row(page) == "photos"
    assert page.locator("#note").input_value() == "Filled"
    assert axe_findings(page) == []
    page.locator("#photos").set_input_files(
        {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": factories.photo_of_now(three[0])}
    )
    page.locator("#note").fill("")
    page.get_by_role("button", name="Send the result").click()
    page.get_by_text("Write a few words for the reporter to read.").wait_for()
    assert focused_row(page) == "note"
    page.locator("#note").fill("Filled and rolled")
    page.get_by_role("button", name="Send the result").click()
    page.get_by_text("Resolved: Pothole, Harbour Road").wait_for()
    incident = Incident.objects.get(pk=three[0].pk)
    assert (incident.state, incident.timeline.last().note, incident.photos.count()) == (
        "resolved",
        "Filled and rolled",
        1,
    )
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "status of 400" not in complaint]


def test_of_two_officers_at_once_one_is_told(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{three[0].reference}/")
    page.get_by_text("Live").wait_for()
    page.context.set_offline(True)  # no news reaches this one
    workflow.move(three[0], "reject", by=officer, note="Private ground")
    page.locator("#detail").get_by_role("button", name="Accept").wait_for()
    page.context.set_offline(False)
    page.evaluate("document.querySelector('#detail form[data-now]').requestSubmit()")
    page.get_by_text("Somebody has already done this: the incident is now “Not accepted”.").wait_for()
    expect(page.locator("#detail .state").first).to_have_text("Not accepted")
    # News of the same incident leave the message where it is; the next step takes it away.
    workflow.move(three[0], "reopen", by=officer, note="It is ours after all")
    page.locator("#detail .state", has_text="In progress").first.wait_for()
    assert page.locator("#detail .notice[role=alert]").count() == 1
    page.locator('#detail [data-step="ask"]').first.click()
    page.locator("#note").fill("Which side?")
    page.locator("#step").get_by_role("button", name="Ask", exact=True).click()
    page.locator("#detail .state", has_text="Waiting").first.wait_for()
    expect(page.locator("#detail .notice[role=alert]")).to_have_count(0)
    visitor.complaints[:] = [
        complaint
        for complaint in visitor.complaints
        if "409" not in complaint and "INTERNET_DISCONNECTED" not in complaint
    ]


@pytest.mark.deep
def test_phone_shows_the_list_again_after_a_handover(visitor, town, three, officer):
    Category.objects.filter(pk=town.hole.pk).update(name_en="Pothole or hole in the road beside a school or a market")
    page = visitor(390, officer, "en")
    page.goto("/desk/")
    line(page, three[0]).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    line(page, three[0]).tap()
    page.wait_for_url(f"**/desk/{three[0].reference}/")
    expect(page.locator("#queue")).to_be_hidden()
    page.locator('[data-step="hand_over"]').tap()
    page.locator("#to").select_option(label="Water Company")
    page.locator("#note").fill("It is the pipe")
    page.get_by_role("button", name="Transfer").tap()
    page.wait_for_url("**/desk/")
    page.get_by_text(re.compile("Transferred to Water Company: Pothole .* market, Harbour Road")).wait_for()
    expect(page.locator("#queue")).to_be_visible()
    expect(line(page, three[0])).to_have_attribute("data-watched", "")


@pytest.mark.deep
def test_a_unit_is_found_by_a_few_letters(visitor, town, three, officer):
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{three[0].reference}/")
    page.locator('[data-step="hand_over"]').click()
    page.get_by_label("Find a unit").fill("water")
    expect(page.locator("#to option")).to_have_text(["Water Company"])
    page.locator("#note").fill("It is the pipe")
    page.get_by_role("button", name="Transfer").click()
    page.get_by_text("Transferred to Water Company: Pothole, Harbour Road").wait_for()
    assert Incident.objects.get(pk=three[0].pk).authority == town.water
    expect(line(page, three[0])).to_have_attribute("data-watched", "")
    expect(page.locator("#detail")).to_have_attribute("data-reference", three[1].reference)


@pytest.mark.deep
def test_contact_view_is_recorded_and_stays_open_during_news(visitor, town, officer):
    incident = factories.incident(town.hole, phone="+84937123216")
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{incident.reference}/")
    page.get_by_text("0937 ••• 216").wait_for()
    page.get_by_role("button", name="Show the contact").click()
    page.get_by_role("link", name="0937 123 216").wait_for()
    page.get_by_text("Contact details viewed").wait_for()
    assert page.get_by_role("link", name="0937 123 216").is_visible()
    assert incident.timeline.filter(kind="viewed", by=officer).count() == 1


def test_the_desk_works_without_scripts(visitor, three, officer):
    page = visitor(user=officer, language="en", java_script_enabled=False)
    page.goto("/desk/")
    line(page, three[1]).click()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Accepted: Pothole, Harbour Road").wait_for()
    page.get_by_role("button", name="Start work").click()
    page.get_by_text("Work started: Pothole, Harbour Road").wait_for()
    page.get_by_role("link", name="Resolved, send the result…").click()
    page.get_by_role("button", name="Send the result").click()
    page.get_by_text("Write a few words for the reporter to read.").wait_for()
    page.locator("#note").fill("Filled")
    page.locator("#photos").set_input_files({"name": "b.jpg", "mimeType": "image/jpeg", "buffer": factories.jpeg()})
    page.get_by_role("button", name="Send the result").click()
    page.locator("#place_reason").fill("The crew's own photo")  # it does not say where and when it was taken
    page.get_by_role("button", name="Send the result").click()
    page.get_by_text("Resolved: Pothole, Harbour Road").wait_for()
    assert state_of(three[1]) == "resolved"
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "status of 400" not in complaint]


def press(page, step):
    button = page.locator(f'#detail [data-step="{step}"]').first
    if not button.is_visible():
        page.locator("#detail .rare summary").click()
    button.click()


def fill(page, **values):
    for name, value in values.items():
        field = page.locator(f"#step [name={name}]").first
        if name == "to":
            field.select_option(label=value)
        else:
            field.fill(value)
    page.locator("#step [data-go]").click()
    page.locator("#step").wait_for(state="hidden")


def local(moment):
    return f"{localtime(moment):%Y-%m-%dT%H:%M}"


@on_screen(1440, "en")
def test_a_handlers_day(visitor, town, officer, width, language):
    incident = factories.incident(town.hole)
    leader = factories.person("leader", town.office, Membership.Role.LEADER)
    plumber = factories.person("plumber", town.water)
    water = {"vi": "Cấp nước", "en": "Water Company"}[language]
    page = visitor(width, officer, language)
    page.goto(f"/desk/{incident.reference}/")
    for step, state in (("accept", "accepted"), ("begin", "working")):
        page.locator(f'#detail .acts [data-step="{step}"]').click()
        page.locator(f'#detail[data-state="{state}"]').wait_for()
    assert page.locator("[data-there]").get_attribute("href").count("50.005")

    press(page, "part")
    assert axe_findings(page) == []
    fill(page, to=water, note="Close the valve", until=local(now() + timedelta(hours=4)))
    page.locator("#parts li").wait_for()
    press(page, "resolve")
    page.locator("#step #note").fill("Filled")
    page.locator("#step [data-go]").click()
    page.locator("#step [role=alert]").get_by_text(water).wait_for()
    page.keyboard.press("Escape")
    part = Subtask.objects.get()
    if width == 390:
        subtasks.answer_subtask(part, by=plumber, done=True, text="It is closed")
    else:
        other = visitor(width, plumber, language)
        other.goto("/desk/?show=parts")
        line(other, incident).click()
        press(other, "part_answer")
        other.locator('#step [name=outcome][value="done"]').check()
        fill(other, note="It is closed")
        other.close()
    page.locator("#parts").get_by_text("It is closed").wait_for()
    shoot(page, "desk-day")

    press(page, "more_time")
    fill(page, note="No asphalt today", until=local(incident.due_at + timedelta(days=2)))
    page.locator('#detail[data-state="extension"]').wait_for()
    if width == 390:
        extensions.decide_extension(Extension.objects.get(), by=leader, granted=True)
    else:
        chief = visitor(width, leader, language)
        chief.goto("/desk/?show=decide")
        line(chief, incident).click()
        chief.wait_for_url(f"**/desk/{incident.reference}/**")
        press(chief, "grant")
        fill(chief, note="Go on")
        chief.close()
    page.locator('#detail[data-state="working"]').wait_for()

    press(page, "resolve")
    photo = {"name": "b.jpg", "mimeType": "image/jpeg", "buffer": factories.photo_of_now(incident)}
    page.locator("#photos").set_input_files(photo)
    fill(page, note="Filled and rolled")
    page.locator('#detail[data-state="resolved"]').wait_for()
    assert incident.photos.count() == 1
    page.close()
    visitor.complaints[:] = [complaint for complaint in visitor.complaints if "status of 409" not in complaint]


@pytest.mark.deep
def test_a_ward_watches_asks_and_takes_over_by_keys(visitor, town, three, officer):
    plumber = factories.person("plumber", town.water)
    apart = Point(factories.IN_OLD.x + 0.002, factories.IN_OLD.y + 0.002, srid=4326)  # from the cluster of the others
    leak = factories.incident(town.leak, place=apart)
    page = visitor(user=officer, language="en")
    page.goto("/desk/")
    page.get_by_text("Live").wait_for()
    expect(page.locator("#rows .line")).to_have_count(4)
    arrived = factories.incident(town.leak, text="Just now")
    expect(line(page, arrived)).to_have_class(re.compile(r"\bnew\b"))
    expect(page.locator(f'.pin.pale[aria-label^="{town.leak.name_en}"]').first).to_be_attached()
    line(page, leak).click()
    page.get_by_text("We only follow this one").wait_for()
    expect(page.locator("#rows .watch-acts a")).to_have_text(
        [re.compile("Ask the unit in charge"), re.compile("Remind"), re.compile("This belongs to us")]
    )
    assert axe_findings(page) == []
    page.keyboard.press("n")  # a key of own work does nothing here
    page.keyboard.press("h")
    page.locator("#step #note").fill("Until when?")
    shoot(page, "desk-watch-ask")
    fill(page)
    page.locator("#detail .talk").get_by_text("Until when?").wait_for()
    between_units.reply_to_units(leak, by=plumber, words="Tonight at ten")
    page.locator("#detail .talk").get_by_text("Tonight at ten").wait_for()
    shoot(page, "desk-watch")
    line(page, leak).focus()
    page.keyboard.press("p")
    fill(page, note="The pipe is the market's")
    page.get_by_text("that is not decided yet").wait_for()
    between_units.accept_offer(leak, by=plumber)
    expect(page.locator("#detail:not([data-watched])")).to_have_attribute("data-reference", leak.reference)
    assert [Incident.objects.get(pk=leak.pk).authority, state_of(leak)] == [town.office, "assigned"]


@pytest.mark.deep
def test_several_are_ticked_and_accepted_by_keys(visitor, three, officer):
    page = visitor(user=officer, language="en")
    page.goto("/desk/")
    workflow.move(three[2], "reject", by=officer, note="Private ground")
    line(page, three[2]).wait_for(state="detached")
    workflow.move(three[1], "ask", by=officer, note="Which side?")
    page.locator('#rows .line[data-state="waiting"]').wait_for()
    line(page, three[0]).focus()
    page.keyboard.press("v")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("v")
    page.get_by_text("2 selected").wait_for()
    shoot(page, "desk-several")
    assert axe_findings(page) == []
    page.locator("[data-several=accept]").click()
    page.get_by_role("heading", name="Done for 1 incident, not possible for 1").wait_for()
    page.get_by_text("the incident is now “Waiting for reporter”").wait_for()
    assert axe_findings(page) == []
    expect(page.locator("#detail")).to_have_attribute("data-reference", three[0].reference)
    workflow.move(three[0], "begin", by=officer)  # news of it comes while the outcomes are being read
    expect(page.locator("#detail")).to_have_attribute("data-state", "working")
    page.get_by_role("link", name="To the list", exact=True).click()
    page.locator("#step").wait_for(state="hidden")
    assert [state_of(incident) for incident in three] == ["working", "waiting", "rejected"]
    expect(page.locator("#several")).to_be_hidden()


@pytest.mark.deep
def test_a_filter_ready_words_and_a_name_in_a_note_by_keys(visitor, town, three, officer):
    factories.person("minh", town.office)
    AnswerTemplate.objects.create(step="ask", title="Where", text="Where is it?")
    for question in ("How deep?", "Which side?", "Is it wet?"):
        ended = factories.incident(town.hole)
        for step, words in (("ask", question), ("resolve", "Filled")):
            workflow.move(ended, step, by=officer, note=words)
    page = visitor(user=officer, language="en")
    page.goto("/desk/")
    line(page, three[0]).focus()
    page.keyboard.press("f")
    page.locator("#severity").select_option("dangerous")
    page.keyboard.press("Enter")
    page.locator("#filter").get_by_role("button", name="Filter").click()
    page.get_by_text("No incident matches").wait_for()
    page.locator("#filter summary").click()
    page.get_by_label("Save this list as").fill("Dangerous")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("navigation", name="Saved filters").get_by_role("link", name="Dangerous").wait_for()
    assert SavedFilter.objects.get().query == "severity=dangerous"

    page.goto(f"/desk/{three[0].reference}/")
    press(page, "ask")
    page.locator("#note").fill("Hello.")
    page.get_by_role("button", name="Insert").press("Enter")
    expect(page.locator("#note")).to_have_value("Hello. Where is it?")
    earlier = page.locator("#step [data-earlier]").evaluate_all("all => all.map((one) => one.dataset.earlier)")
    assert sorted(earlier) == ["How deep?", "Is it wet?", "Which side?"]  # the words that the unit used before
    for number in (3, 1, 2):
        page.keyboard.press(f"Alt+{number}")
    expect(page.locator("#note")).to_have_value(" ".join(["Hello. Where is it?", *(earlier[n] for n in (2, 0, 1))]))
    page.keyboard.press("Escape")
    note = page.locator("#own-note")
    note.fill("Look, ")
    note.press_sequentially("@mi")
    page.get_by_role("option", name="@minh").wait_for()
    assert axe_findings(page) == []
    page.keyboard.press("Enter")
    expect(note).to_have_value("Look, @minh ")
    page.get_by_role("button", name="Save the note").click()
    page.locator("#detail .timeline").get_by_text("Look, @minh").wait_for()
    assert Mention.objects.get().user.username == "minh"


@on_screen(1440, "en")
@pytest.mark.parametrize("pages", [3, pytest.param(6, marks=pytest.mark.deep)])
def test_the_desk_is_accessible_and_fits(visitor, town, three, officer, width, language, pages):
    workflow.move(three[1], "ask", by=officer, note="Which side?")
    leak = factories.incident(town.leak)
    between_units.say_to_unit(leak, "inquire", by=officer, words="Until when?")
    page = visitor(width, officer, language)
    for name, address in (
        ("desk-watched", f"/desk/{leak.reference}/"),
        ("desk-incident", f"/desk/{three[0].reference}/"),
        ("desk-step", f"/desk/{three[0].reference}/hand_over/"),
        ("desk", "/desk/"),
        ("desk-empty", "/desk/?show=working"),
        ("desk-pick", "/desk/?pick=1"),
    )[:pages]:
        page.goto(address)
        page.locator("#live span").wait_for()
        shoot(page, name)
        assert (address, axe_findings(page)) == (address, [])
        assert (address, too_narrow(page)) == (address, [])


# Of a sheet of A4, and of the screen.
@pytest.mark.parametrize("width", [718, 1440])
@pytest.mark.deep
def test_the_desk_is_printed_as_one_whole_column(visitor, town, officer, width):
    incidents = [factories.incident(town.hole, text="Knee deep " * 20) for _ in range(25)]
    page = visitor(width, officer)
    page.goto(f"/desk/{incidents[0].reference}/")
    expect(page.locator("#live time")).not_to_be_empty()
    page.emulate_media(media="print")
    expect(page.locator("#rows .line").last).to_be_visible()
    expect(page.locator("#detail .timeline li").last).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    expect(page.locator("#several, #detail .acts, #tally").and_(page.locator(":visible"))).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = {name: page.locator(name).bounding_box() for name in ("#queue", "#rows", "#detail", "#detail .scroll")}
    last = page.locator("#rows .line").last.bounding_box()
    end = page.locator("#detail .timeline li").last.bounding_box()
    assert (
        (boxes["#queue"]["x"], boxes["#queue"]["width"])
        == (boxes["#detail"]["x"], boxes["#detail"]["width"])
        == (0, width)
    )
    assert last["y"] + last["height"] <= boxes["#rows"]["y"] + boxes["#rows"]["height"] <= boxes["#detail"]["y"]
    assert end["y"] + end["height"] <= boxes["#detail .scroll"]["y"] + boxes["#detail .scroll"]["height"]


@on_screen(390, "vi")
@pytest.mark.deep
def test_signing_in_is_accessible_and_fits(visitor, officer, width, language):
    page = visitor(width, language=language)
    page.goto("/sign-in/")
    assert axe_findings(page) == []
    page.locator("#username").fill("officer")
    page.locator("#password").fill("wrong")
    page.locator("main button.primary").click()
    page.locator("[role=alert]").wait_for()
    assert focused_row(page) == "password"
    shoot(page, "sign-in")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.deep
def test_the_administration_runs_under_the_strict_policy(visitor, town, incident):
    page = visitor(user=factories.superuser("admin"))
    for address in (
        "/admin/",
        "/admin/incidents/routingrule/add/",
        "/admin/incidents/user/",
        "/admin/cameras/camera/add/",
    ):
        page.goto(address)
    page.locator("#id_code").fill("C1")
    page.locator("#id_name").fill("Harbour")
    page.locator(".admin-map").click(position={"x": 200, "y": 100})
    wait_until(lambda: page.locator("[name=place_lat]").input_value())
    page.locator("[name=_save]").click()
    page.locator(".success").wait_for()
    page.goto(f"/admin/incidents/incident/{incident.pk}/change/")
    page.locator(".admin-map path").wait_for()
    page.goto("/admin/incidents/routingrule/add/")
    page.get_by_role("combobox", name="Khu vực:").click()
    page.keyboard.type("old")
    page.get_by_text("Phường Old Wharf").click()


@pytest.mark.deep
def test_the_administration_sorts_its_cards_from_above(visitor, town):
    page = visitor(390, user=factories.superuser("admin"))
    page.goto("/admin/incidents/category/")
    offer = page.locator(".sort-by")
    expect(offer.locator("summary")).to_have_text("Sắp theo: Mã")
    offer.locator("summary").click()
    expect(page.locator("#result_list thead th:visible")).to_have_count(1)
    assert axe_findings(page) == []
    offer.get_by_role("link", name="Mã: Đảo thứ tự").click()
    page.wait_for_url("**/?o=-*")


@pytest.mark.deep
def test_work_orders_are_one_page_of_paper_each(visitor, town, officer):
    todo = "\n".join(f"{n}. Xử lý đúng nội dung phản ánh; xem xung quanh có chỗ tương tự" for n in range(6))
    WorkOrderText.objects.create(category=town.hole, todo=todo, bring="Cọc tiêu, " * 12, safety="Cọc tiêu, " * 12)
    for kind in (town.hole, town.waste):
        factories.incident(
            kind, text="Hố sâu giữa đường. " * 40, pictures=[read_photo(factories.picture()) for _n in range(2)]
        )
    page = visitor(1440, user=officer)
    page.goto("/desk/?rows=60")
    page.locator("#pick").click()
    page.locator(".more-steps summary").click()
    page.locator("#pick-all").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="In phiếu giao việc").click()
    paper = opened.value
    expect(paper.locator("article.order-sheet")).to_have_count(2)
    assert paper.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    too_long = "sheets => sheets.filter(one => one.scrollHeight > one.clientHeight + 1).length"
    shoot(paper, "work-orders")
    assert paper.locator("article.order-sheet, .said-and-todo").evaluate_all(too_long) == 0


def test_fast_keys_are_taken_one_after_the_other(visitor, three, officer):
    page = visitor(user=officer, language="en")
    first, second, _third = three
    page.goto("/desk/")
    line(page, first).focus()
    page.keyboard.press("n")
    page.keyboard.press("b")  # at once: the answer to the first is not there yet
    page.get_by_text("Work started: Pothole, Harbour Road").wait_for()
    assert (state_of(first), page.locator("[role=alert]:visible").count()) == ("working", 0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("n")
    page.keyboard.press("b")
    page.keyboard.press("z")  # takes back the last of them
    page.get_by_text("Undone: Pothole, Harbour Road").wait_for()
    assert (state_of(first), state_of(second)) == ("working", "accepted")


def test_enter_in_a_search_of_units_writes_no_words(visitor, town, three, officer):
    AnswerTemplate.objects.create(step="hand_over", title="Not ours", text="Lies in another ward.")
    page = visitor(user=officer, language="en")
    page.goto(f"/desk/{three[0].reference}/")
    page.locator('#detail [data-step="hand_over"]').click()
    box, note = page.locator("#step [data-pick] input"), page.locator("#note")
    with override("en"):
        title = town.water.title
    for keys in (("Enter",), ("ArrowDown", "Enter")):
        box.fill(title[:5].lower())
        for key in keys:
            page.keyboard.press(key)
        expect(note).to_be_focused()
        expect(page.locator("#to option:checked")).to_have_text(re.compile(title))
        expect(note).to_have_value("")
    box.fill("zzz")
    box.press("Enter")
    expect(box).to_be_focused()
    assert state_of(three[0]) == "assigned"


def test_arrows_walk_after_loading_and_clicking(visitor, three, officer):
    page = visitor(user=officer, language="en")
    first, second, third = three
    page.goto("/desk/")
    expect(page.locator("#detail")).to_have_attribute("data-reference", first.reference)
    page.keyboard.press("ArrowDown")
    wait_until(lambda: focused_row(page) == second.reference)
    line(page, first).click()
    expect(page.locator("#detail")).to_have_attribute("data-reference", first.reference)
    assert focused_row(page) == first.reference
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert focused_row(page) == third.reference
    expect(page.locator("#detail")).to_have_attribute("data-reference", third.reference)


def test_pins_of_one_place_unfold(visitor, three, officer, town):
    factories.incident(town.hole, factories.Point(10.004, 50.004, srid=4326))
    page = visitor(1440, user=officer, language="en")
    page.goto("/desk/")
    page.locator("#map .cluster").first.wait_for()
    for _press in range(4):  # those of other places come apart by zooming
        if page.locator("#map .leg").count():
            break
        page.locator("#map .cluster").first.click()
        page.wait_for_timeout(400)
    expect(page.locator("#map .leg")).to_have_count(2)  # the third is the chosen one, which stands alone
    boxes = [pin.bounding_box() for pin in page.locator("#map .pin").all()]
    assert all(abs(a["x"] - b["x"]) + abs(a["y"] - b["y"]) > 20 for a, b in pairwise(boxes))
    assert axe_findings(page) == []
    shoot(page, "desk-unfolded")
    other = page.locator("#map .pin:not(.chosen)").first
    other.click()
    expect(page.locator("#detail")).not_to_have_attribute("data-reference", three[0].reference)


def test_words_come_first_at_the_counter(visitor, town, officer):
    page = visitor(user=officer, language="en")
    page.goto("/desk/new/")
    expect(page.locator("#text")).to_be_focused()
    names = page.locator("form[data-step-form] :is(textarea, select, input:not([type=hidden]))").evaluate_all(
        "fields => fields.filter(field => field.name).map(field => field.name)"
    )
    assert names[:2] == ["text", "category"]
    page.locator("#text").fill("ổ gà sâu trước chợ")
    page.locator("#proposed").get_by_role("button", name="Pothole").click()
    expect(page.locator("#category option:checked")).to_have_text(re.compile("Pothole"))
    assert axe_findings(page) == []


def test_bar_for_several_is_one_row(visitor, town, three, officer):
    page = visitor(1440, user=officer)
    page.goto("/desk/")
    line(page, three[0]).focus()
    page.keyboard.press("v")
    bar = page.locator("#several")
    assert bar.bounding_box()["height"] < 64
    tops = bar.locator(":scope > :visible").evaluate_all(
        "parts => parts.map(part => part.offsetTop + part.offsetHeight / 2)"
    )
    assert max(tops) - min(tops) < 12
    page.locator(".more-steps summary").click()
    expect(page.locator(".more-steps .menu-list button:visible")).to_have_count(6)
    shoot(page, "desk-several-menu")
    assert axe_findings(page) == []
    page.locator("[data-several=resolve]").click()
    expect(page.locator("#step form")).to_be_visible()
    expect(page.locator(".more-steps .menu-list")).to_be_hidden()
    page.locator("#note").fill("Đã xong")
    expect(page.locator("#step [data-go]")).to_be_in_viewport()
