"""A result is compared with the place and the moment of its incident; what does not fit asks why, and staff sees it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils.timezone import localtime, now

from incidents import result_checks, timeline, workflow
from incidents.models import Event, Incident, Membership, UndoableStep
from incidents.partners import updates
from incidents.photos import read_photo
from incidents.result_checks import Sending, remarks_on
from tests import factories

HOUR = timedelta(hours=1)
DONE = "/desk/street/done/"
AT = factories.IN_OLD
AFAR = factories.Point(AT.x, AT.y + 0.018, srid=4326)  # 2 km to the north
NEAR = factories.Point(AT.x, AT.y + 0.0009, srid=4326)  # 100 m


def photo(place=None, at=None, live=False):
    """A photo as it was read from its file."""
    return replace(read_photo(factories.picture()), taken_place=place, taken_at=at, live=live)


def device(place=NEAR, accuracy_m=9, **more):
    return Sending(place=place, accuracy_m=accuracy_m, from_device=True, **more)


@pytest.fixture
def old(town):
    """An incident that was reported two days ago."""
    return factories.change(factories.incident(town.hole), received_at=now() - 48 * HOUR)


# Who sends: a device in the street, a desk (which was not asked where it is), a machine of a partner (None).
CASES = {
    "taken on the spot": (device(), {"live": True}, []),
    "a phone 2 km away": (device(AFAR), {"live": True}, ["far"]),
    "a phone 530 m away": (device(factories.Point(AT.x, AT.y + 0.00477, srid=4326)), {"live": True}, ["far"]),
    "a device that does not know": (device(None), {"live": True}, ["unplaced"]),
    "a device that knows to 3 km": (device(AFAR, 3000), {"live": True}, ["unplaced"]),
    "a gallery at the spot": (device(), {}, ["gallery"]),
    "a gallery from afar": (device(AFAR), {}, ["far", "gallery"]),
    "a photo from the spot, sent later": (device(AFAR), {"place": NEAR, "at": -1}, []),
    "a photo from elsewhere": (device(), {"place": AFAR, "at": -1}, ["far"]),
    "a photo before the report": (device(), {"place": NEAR, "at": -49}, ["old"]),
    "a photo of the day before yesterday": (device(), {"place": NEAR, "at": -30}, ["old"]),
    "a clock of tomorrow": (device(), {"place": NEAR, "at": 20}, ["old"]),
    "a fresh file at the spot": (device(), {"at": -1}, []),
    "a desk with all facts": (Sending(), {"place": NEAR, "at": -3}, []),
    "a desk without facts": (Sending(), {}, ["gallery"]),
    "a desk with a time only": (Sending(), {"at": -1}, ["gallery"]),
    "a desk with a photo of elsewhere": (Sending(), {"place": AFAR, "at": -1}, ["far"]),
    "a machine without facts": (None, {}, []),
    "a machine, old and far": (None, {"place": AFAR, "at": -60}, ["far", "old"]),
    "the end of the world": (Sending(), {"place": factories.Point(-179.9, -89.9, srid=4326), "at": -1}, ["far"]),
}  # fmt: skip


def test_what_speaks_against_a_result(old):
    for name, (sending, facts, expected) in CASES.items():
        photo_facts = dict(facts)
        if "at" in photo_facts:
            photo_facts["at"] = now() + photo_facts["at"] * HOUR
        assert [remark.code for remark in remarks_on(old, [photo(**photo_facts)], sending)] == expected, name


def test_words_alone_from_a_desk_ask_nothing(old):
    assert remarks_on(old, [], Sending()) == []
    assert [remark.code for remark in remarks_on(old, [], device(AFAR))] == ["far"]


def test_vague_report_leaves_room_and_the_press_counts(old):
    vague = factories.change(old, accuracy_m=1900)
    assert remarks_on(vague, [photo(live=True)], device(AFAR)) == []
    pressed = device(at=now() - 20 * HOUR)  # it waited for a signal since
    assert remarks_on(old, [photo(NEAR, now() - 21 * HOUR)], pressed) == []
    assert [remark.code for remark in remarks_on(old, [photo(NEAR, now() - 26 * HOUR)], device())] == ["old"]


def test_the_worst_of_several_photos_counts(old):
    fresh = now() - HOUR
    farther = factories.Point(AT.x, AT.y + 0.05, srid=4326)
    remarks = remarks_on(old, [photo(NEAR, fresh), photo(AFAR, fresh), photo(farther, fresh)], Sending())
    assert [(remark.code, remark.metres) for remark in remarks] == [("far", 5600)]


@pytest.mark.parametrize("moment", ["2026:13:45 99:00:00", "", "today"])
def test_files_that_say_nonsense_say_nothing(moment):
    exif = factories.exif_of_place(10.005, 50.005, taken_at=moment)
    photo = read_photo(factories.picture(exif=exif))
    assert (photo.taken_at, round(photo.taken_place.x, 3), b"Phone" in photo.large) == (None, 10.005, False)


def test_file_says_where_and_when_before_it_is_stripped():
    photo = read_photo(factories.picture(exif=factories.exif_of_place(106.7, -10.77, taken_at="2026:11:25 14:30:00")))
    assert f"{localtime(photo.taken_at):%Y-%m-%d %H:%M}" == "2026-11-25 14:30"
    assert (round(photo.taken_place.x, 4), round(photo.taken_place.y, 4)) == (106.7, -10.77)
    assert (b"2026:11" in photo.large, b"2026:11" in photo.small) == (False, False)
    assert read_photo(factories.picture()).taken_place is None


# ---- the ways in


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def street(client, officer, incident):
    client.force_login(officer)
    client.cookies["django_language"] = "en"
    fields = {"reference": incident.reference, "moves": incident.steps_taken, "note": "Filled", "live": 1}
    return lambda **more: client.post(DONE, fields | {"photos": factories.picture()} | more)


def at(place, accuracy=9):
    return {"own_lon": place.x, "own_lat": place.y, "own_accuracy": accuracy}


def state_of(incident):
    return Incident.objects.get(pk=incident.pk).state


def check_of(incident):
    """(the remarks, the reason, whether it is public) of the line for staff; None for none."""
    line = incident.timeline.filter(kind=Event.Kind.CHECKED).first()
    return line and (line.receipt["remarks"], line.note, line.public)


def test_street_far_away_is_asked_why_and_sent_then(street, incident, officer):
    refused = street(**at(AFAR))
    assert (refused.status_code, refused.json()["remarks"], state_of(incident)) == (400, ["far"], "assigned")
    assert refused.json()["faults"]["place_reason"] == [
        "2000 m from the location. Give the reason in a few words: only staff can read it."
    ]
    assert street(**at(AFAR), place_reason="On the way back").status_code == 200
    assert check_of(incident) == (["far"], "On the way back", False)
    line = incident.timeline.get(kind=Event.Kind.CHECKED)
    assert (line.by, line.reasons[0]["vi"], line.receipt["metres"]) == (officer, "Cách nơi xảy ra 2000 m.", 2000)


def test_street_on_the_spot_leaves_no_line(street, incident):
    assert (street(**at(NEAR)).status_code, check_of(incident)) == (200, None)


@pytest.mark.parametrize(
    ("changes", "remarks"),
    [({}, ["unplaced"]), (at(NEAR) | {"live": 0}, ["gallery"]), (at(AFAR) | {"live": 0}, ["far", "gallery"])],
)
def test_street_without_a_place_or_from_a_gallery_asks(street, incident, changes, remarks):
    assert (street(**changes).json()["remarks"], state_of(incident)) == (remarks, "assigned")


@pytest.mark.parametrize(
    "wrong", [{"own_lon": "181"}, {"own_lat": "x"}, {"photo_at": "-1"}, {"place_reason": "x" * 501}]
)
def test_street_says_which_field_is_wrong(street, incident, wrong):
    answer = street(**at(NEAR) | wrong)
    assert (answer.status_code, list(answer.json()["faults"])) == (400, list(wrong))


def test_sent_from_afar_it_can_still_be_taken_back(street, incident):
    assert street(**at(AFAR), place_reason="On the way back", fresh="on").status_code == 200
    assert UndoableStep.objects.count() == 1
    assert street(undo="on", photos=[]).status_code == 200
    assert state_of(incident) == "assigned"


def test_desk_asks_why_a_photo_comes_from_a_gallery(english, officer, incident):
    english.force_login(officer)
    address = f"/desk/{incident.reference}/resolve/?part=form"
    fields = {"moves": incident.steps_taken, "note": "Filled"}
    answer = english.post(address, fields | {"photos": factories.picture()})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["place_reason"])
    assert 'name="place_reason"' in answer.content.decode()
    sent = english.post(address, fields | {"photos": factories.picture(), "place_reason": "The crew's own photo"})
    assert (sent.status_code, bool(sent.json()["undo"])) == (200, True)
    assert check_of(incident) == (["gallery"], "The crew's own photo", False)
    page = english.get(f"/desk/{incident.reference}/").content.decode()
    assert "The crew&#x27;s own photo" in page


def test_desk_takes_a_photo_that_says_where_and_when(client, officer, incident):
    client.force_login(officer)
    moment = f"{localtime():%Y:%m:%d %H:%M:%S}"
    photos = factories.picture(exif=factories.exif_of_place(NEAR.x, NEAR.y, taken_at=moment))
    client.post(f"/desk/{incident.reference}/resolve/", {"moves": 0, "note": "Filled", "photos": photos})
    assert (state_of(incident), check_of(incident)) == ("resolved", None)


def test_bulk_asks_once_and_marks_those_it_is_true_of(english, town, officer, incident):
    english.force_login(officer)
    far = factories.incident(town.hole, factories.Point(AT.x + 0.004, AT.y, srid=4326))
    exif = factories.exif_of_place(NEAR.x, NEAR.y, taken_at=f"{localtime():%Y:%m:%d %H:%M:%S}")
    of = [f"{row.reference}:{row.steps_taken}" for row in (incident, far)]
    fields = {"of": of, "filled": "1", "note": "Both filled"}
    page = english.post("/desk/several/resolve/", fields | {"photos": factories.picture(exif=exif)})
    assert (page.status_code, list(page.context["form"].errors)) == (400, ["place_reason"])
    assert [state_of(row) for row in (incident, far)] == ["assigned", "assigned"]
    more = {"photos": factories.picture(exif=exif), "place_reason": "One photo of both"}
    english.post("/desk/several/resolve/", fields | more)
    assert [state_of(row) for row in (incident, far)] == ["resolved", "resolved"]
    assert [check_of(row) for row in (incident, far)] == [None, (["far"], "One photo of both", False)]


def test_partner_system_is_marked_and_not_asked(town, incident):
    updates.apply_update(town.office, incident, "1", "fixed", "Done", [photo(AFAR, now())])
    assert (state_of(incident), check_of(incident)) == ("resolved", (["far"], "", False))


# ---- who reads it


def test_only_staff_reads_it_and_the_supervisor_has_a_list(english, town, officer, incident):
    other = factories.incident(town.hole)
    for row in (incident, other):
        sending = Sending(place=AFAR, from_device=True, reason="My 0901234567 was elsewhere")
        workflow.move(row, "resolve", by=officer, note="Filled", sending=sending)
    public = english.get(f"/i/{incident.reference}/").content.decode()
    assert ("was elsewhere" in public, "from the location" in public) == (False, False)
    english.force_login(factories.person("watcher", town.desk, Membership.Role.SUPERVISOR))
    page = english.get("/watch/results/").content.decode()
    assert [page.count(text) for text in (incident.reference, "2000 m from", "was elsewhere", "0901234567")] == [
        2, 2, 2, 0,
    ]  # fmt: skip
    assert b"was elsewhere" in english.get("/watch/results.csv").getvalue()
    assert "2000 m from the location." in english.get(f"/watch/incidents/{incident.reference}/").content.decode()
    english.force_login(officer)
    assert english.get("/watch/results/").status_code == 404


def test_result_that_was_taken_back_is_not_listed(client, street, town, incident):
    street(**at(AFAR), place_reason="On the way back", fresh="on")
    street(undo="on", photos=[])
    client.force_login(factories.person("watcher", town.desk, Membership.Role.SUPERVISOR))
    assert incident.reference not in client.get("/watch/results/").content.decode()


@pytest.fixture
def watcher(english, town):
    english.force_login(factories.person("watcher", town.desk, Membership.Role.SUPERVISOR))
    return english


def list_without_photo(watcher):
    """The references on the supervisor's list of results without a photo, in its order."""
    return [event.incident.reference for event in watcher.get("/watch/results/?photo=none").context["page"]]


def test_supervisor_sees_results_of_words_alone(watcher, town, officer, incident):
    shown = factories.incident(town.hole)
    workflow.move(shown, "resolve", by=officer, note="Filled", pictures=[photo(NEAR, now())])
    workflow.move(incident, "resolve", by=officer, note="Filled, call 0901234567")
    assert list_without_photo(watcher) == [incident.reference]
    page = watcher.get("/watch/results/?photo=none").text
    assert [page.count(text) for text in ("Text only", "Filled, call", "0901234567")] == [1, 1, 0]
    assert incident.reference not in watcher.get("/watch/results/").text
    rows = watcher.get("/watch/results.csv?photo=none").getvalue().decode()
    assert (rows.count(incident.reference), rows.count(shown.reference)) == (1, 0)


def test_words_alone_that_were_taken_back_are_not_listed(watcher, officer, incident):
    event = workflow.move(incident, "resolve", by=officer, note="Filled")
    assert list_without_photo(watcher) == [incident.reference]
    timeline.record(incident, "undone", by=officer, public=False, receipt={"undoes": event.pk})
    assert list_without_photo(watcher) == []


def test_choice_of_results_stays_in_form_and_file(watcher):
    page = watcher.get("/watch/results/?photo=none").text
    assert page.count('<input type="hidden" name="photo" value="none">') == 1
    assert "photo=none" in page.partition('href="/watch/results.csv?')[2].partition('"')[0]
    assert watcher.get("/watch/results/?photo=some").status_code == 400


def test_a_person_may_not_leave_the_reason_out(incident, officer):
    with pytest.raises(result_checks.ReasonMissing):
        workflow.move(incident, "resolve", by=officer, note="Filled", sending=device(AFAR, reason="  "))
    assert state_of(incident) == "assigned"
