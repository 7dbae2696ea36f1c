"""Additions of reporters on the private page, and withdrawals; only its link opens that page."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from geoapp.http.token_bucket import Limit
from incidents import workflow
from incidents.casework import additions, verdicts, withdrawing
from incidents.data_requests import requests as data_requests
from incidents.models import Event, Incident, Photo, Report
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(incident):
    return incident.reports.get()


@pytest.fixture
def reporter():
    client = Client(REMOTE_ADDR="203.0.113.7")
    client.cookies["django_language"] = "en"
    return client


def photo(content=None):
    return SimpleUploadedFile("photo.jpg", factories.jpeg() if content is None else content, "image/jpeg")


def add(client, report, **typed):
    return client.post(f"/f/{report.token}/add/", typed)


def test_words_and_photos_are_for_the_unit_only(reporter, report):
    answer = add(reporter, report, words="It is deeper now, call 0901234567", photos=[photo(), photo()])
    assert (answer.status_code, answer["Location"]) == (303, f"/f/{report.token}/?added=1#done")
    line = Event.objects.last()
    assert (line.kind, line.note, line.public, line.by, line.receipt) == (
        "note", "It is deeper now, call 0901234567", False, None, {"report": report.pk},
    )  # fmt: skip
    assert [(stored.report, stored.event, stored.public) for stored in Photo.objects.all()] == [
        (report, None, False)
    ] * 2
    assert "deeper" not in Client().get(f"/i/{report.incident.reference}/").text
    own = reporter.get(f"/photo/{Photo.objects.first().pk}/small.jpg?token={report.token}")
    assert (own.status_code, Client().get(f"/photo/{Photo.objects.first().pk}/small.jpg").status_code) == (200, 404)


def test_photo_alone_is_enough_and_the_line_says_so(reporter, report):
    add(reporter, report, photos=[photo()])
    assert Event.objects.last().reasons[0]["en"] == "Photos added by the reporter: 1."


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({}, "Write something, or choose a photo."),
        ({"words": "  "}, "Write something, or choose a photo."),
        ({"words": "x" * 1001}, "Please shorten the text to 1000 characters; it has 1001."),
        ({"words": "x", "photos": "broken"}, "cannot be opened"),
    ],
)
def test_what_cannot_be_added_is_said_and_nothing_kept(reporter, report, typed, fault):
    if "photos" in typed:
        typed = typed | {"photos": photo(b"broken")}
    answer = add(reporter, report, **typed)
    assert (answer.status_code, Event.objects.count(), Photo.objects.count()) == (400, 2, 0)
    assert fault in answer.text


@pytest.mark.parametrize(
    ("steps", "status"), [([], 303), (["accept"], 303), (["ask"], 303), (["resolve"], 409), (["reject"], 409)]
)
def test_things_are_added_while_it_is_open(reporter, report, officer, steps, status):
    for step in steps:
        workflow.move(report.incident, step, by=officer, note="Said")
    assert add(reporter, report, words="More").status_code == status


def test_withdrawn_report_takes_no_more(reporter, report):
    withdrawing.withdraw_report(report)
    assert add(reporter, report, words="More").status_code == 409


def test_report_has_only_so_many_photos(reporter, report, settings):
    settings.PHOTOS_MAX = 1
    answers = [add(reporter, report, photos=[photo()]).status_code for _time in range(4)]
    assert answers == [303, 303, 303, 400]


def test_additions_are_limited_for_a_report(reporter, report, settings, standing_clock):
    settings.LIMITS = settings.LIMITS | {"add:report": Limit(1, 3600)}
    assert [add(reporter, report, words="More").status_code for _time in range(2)] == [303, 429]
    assert Event.objects.filter(kind="note").count() == 1


def test_erasing_takes_what_was_added_along(reporter, report):
    add(reporter, report, words="My name is An", photos=[photo()])
    data_requests.erase_reports(Report.objects.filter(pk=report.pk))
    assert (Event.objects.get(kind="note").note, Photo.objects.count()) == ("", 0)


@pytest.mark.parametrize("path", ["add", "withdraw", "keep"])
def test_only_the_whole_link_does_something(reporter, report, path):
    altered = report.token[:20] + ("A" if report.token[20] != "A" else "B") + report.token[21:]
    for token in (altered, report.token[:14], "nothing"):
        assert reporter.post(f"/f/{token}/{path}/", {"words": "x"}).status_code == 404
    assert (Event.objects.count(), Report.objects.get().withdrawn_at) == (2, None)


def test_report_is_withdrawn_by_one_press(reporter, report):
    assert Report.objects.get().withdrawn_at is None
    answer = reporter.post(f"/f/{report.token}/withdraw/")
    assert (answer.status_code, answer["Location"]) == (303, f"/f/{report.token}/?withdrawn=1#done")
    assert Incident.objects.get().state == "rejected"
    page = reporter.get(f"/f/{report.token}/")
    assert "You withdrew your report." in page.text
    assert (page.context["may_add"], page.context["may_withdraw"]) == (False, False)


def test_ended_report_is_not_withdrawn(reporter, report, officer):
    workflow.move(report.incident, "resolve", by=officer, note="Done")
    assert reporter.post(f"/f/{report.token}/withdraw/").status_code == 409


def test_words_of_an_expired_form_are_kept(report):
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"/f/{report.token}/add/", {"words": "Long typed"})
    assert (answer.status_code, "Long typed" in answer.text) == (403, True)


def test_what_was_added_stands_in_the_talk(reporter, report):
    reporter.post(f"/f/{report.token}/keep/")
    add(reporter, report, words="Deeper now")
    add(reporter, report, photos=[photo()])
    talk = reporter.get(f"/mine/{report.incident.reference}/", follow=True).context["talk"]
    assert [(line.theirs, line.words) for line in talk] == [
        (False, "Knee deep"), (False, "Deeper now"), (False, "Photos added by the reporter: 1."),
    ]  # fmt: skip
    assert additions.may_add(report.incident, report)


def move(client, report, **typed):
    return client.post(f"/f/{report.token}/place/", typed)


def test_the_sender_corrects_the_place_in_words(reporter, report, town):
    assert b"Correct the location" in reporter.get(f"/f/{report.token}/").content
    answer = move(reporter, report, where="New Wharf")
    assert (answer.status_code, answer["Location"]) == (303, f"/f/{report.token}/?moved=1#done")
    report.incident.refresh_from_db()
    line = Event.objects.filter(kind=Event.Kind.RELOCATED).get()
    assert (report.incident.area, line.by, line.receipt["was"]["area"]) == (town.new, None, town.old.code)
    assert b"The location has been corrected." in reporter.get(f"/f/{report.token}/?moved=1#done").content


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({}, "Tell us where it is: move the pin, or enter the name of the ward."),
        ({"where": "Nowhere Lane"}, "We cannot find this place. Write the name of the ward."),
        ({"lon": "50", "lat": "10"}, "outside the city"),
        ({"spot": "no place"}, "Which of these places is it?"),
    ],
)
def test_a_place_that_is_none_moves_nothing(reporter, report, typed, fault):
    answer = move(reporter, report, **typed)
    assert (answer.status_code, fault in answer.text) == (400, True)
    assert not Event.objects.filter(kind=Event.Kind.RELOCATED).exists()


def test_a_place_stays_once_a_unit_or_others_rely_on_it(reporter, report, town):
    factories.change(report.incident, reports_count=2)
    assert move(reporter, report, where="New Wharf").status_code == 409
    alone = factories.incident(town.waste, text="Waste")
    workflow.move(alone, "accept")
    assert move(reporter, alone.reports.get(), where="New Wharf").status_code == 409
    assert Client().post("/f/no-such-token/place/", {"where": "New Wharf"}).status_code == 404
    assert not Event.objects.filter(kind=Event.Kind.RELOCATED).exists()


def test_an_answer_brings_photos_to_the_unit_only(reporter, report, officer):
    workflow.move(report.incident, "ask", by=officer, note="Which house?")
    answer = reporter.post(f"/f/{report.token}/answer/", {"note": "No. 12", "photos": [photo()]})
    assert answer.status_code == 303
    line = Event.objects.last()
    assert (line.kind, line.note, line.reasons[0]["en"]) == (
        "answered", "No. 12", "Photos added by the reporter: 1.",
    )  # fmt: skip
    assert [(stored.report, stored.event, stored.public) for stored in Photo.objects.all()] == [(report, None, False)]


def test_an_answer_with_a_bad_photo_is_not_half_taken(reporter, report, officer):
    workflow.move(report.incident, "ask", by=officer, note="Which house?")
    answer = reporter.post(f"/f/{report.token}/answer/", {"note": "No. 12", "photos": [photo(b"broken")]})
    assert (answer.status_code, "No. 12" in answer.text, "cannot be opened" in answer.text) == (400, True, True)
    report.incident.refresh_from_db()
    assert (report.incident.state, Photo.objects.count()) == (Incident.State.WAITING, 0)


def test_an_objection_brings_photos_to_who_judges(reporter, report, officer):
    result = workflow.move(report.incident, "resolve", by=officer, note="Done")
    address = verdicts.short_link(report, result).partition("/t/")[2]
    typed = {"verdict": "dispute", "words": "Still open"}
    assert reporter.post(f"/t/{address}", typed | {"photos": [photo(b"broken")]}).status_code == 400
    report.incident.refresh_from_db()
    assert (report.incident.state, Photo.objects.count()) == (Incident.State.RESOLVED, 0)
    assert reporter.post(f"/t/{address}", typed | {"photos": [photo()]}).status_code == 303
    line = Event.objects.last()
    assert (line.kind, line.note, len(line.reasons)) == ("disputed", "Still open", 1)
    assert [(stored.report, stored.public) for stored in Photo.objects.all()] == [(report, False)]


def test_photos_of_an_answer_and_an_objection_are_counted(reporter, report, officer, settings):
    settings.PHOTOS_MAX = 1
    report.photos.bulk_create(Photo(incident=report.incident, report=report, width=1, height=1) for _n in range(3))
    workflow.move(report.incident, "ask", by=officer, note="Which house?")
    answer = reporter.post(f"/f/{report.token}/answer/", {"note": "No. 12", "photos": [photo()]})
    assert (answer.status_code, "the maximum number of photos" in answer.text) == (400, True)
    result = workflow.move(Incident.objects.get(), "resolve", by=officer, note="Done")
    address = verdicts.short_link(report, result).partition("/t/")[2]
    answer = reporter.post(f"/t/{address}", {"verdict": "dispute", "words": "No", "photos": [photo()]})
    assert (answer.status_code, "the maximum number of photos" in answer.text) == (400, True)
    assert Incident.objects.get().state == Incident.State.RESOLVED


def test_what_is_gone_already_is_said_by_one_press(reporter, report):
    assert add(reporter, report, gone="1", words="Since noon", photos=[photo()]).status_code == 303
    assert Event.objects.last().note == "Hiện không còn nữa. Since noon"  # in the language of the unit
    assert Photo.objects.get().report == report
