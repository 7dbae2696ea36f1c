"""A month of demo incidents, made once and looked at by all tests here."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import translation

from cameras.models import Camera
from demo.cameras import server
from demo.incidents import month as demo_month
from demo.incidents import scenes
from gis_data.models import GroundShape
from incidents import access, workflow
from incidents.casework import verdicts
from incidents.enquiries import steps as enquiry_steps
from incidents.models import ApiKey, Category, Enquiry, Event, Incident, Membership, Notice, Photo, Rating, Report, User
from tests import factories
from tests.town import load_town

PACK = Path(__file__).parents[3] / "gis_data" / "packs" / "hcmc"
STEP_OF = {step.kind: name for name, step in workflow.TRANSITIONS.items()}

BESIDE = [Event.Kind.RATED, Event.Kind.CREWED, *Event.BETWEEN_UNITS]  # lines that change nothing of the state


@pytest.fixture(scope="module")
def demo_var(django_db_setup, django_db_blocker, tmp_path_factory):
    """The town with its month, rolled back at this file's end; the folder in which its password is."""
    var = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock(), transaction.atomic():
        load_town()
        with (
            override_settings(VAR=var, MEDIA_ROOT=var / "media"),
            translation.override("vi"),
            pytest.MonkeyPatch.context() as patch,
        ):
            # What the dice give depends on the hour; here it is always the same.
            patch.setattr(demo_month, "now", lambda: datetime(2026, 11, 20, 8, 30, tzinfo=UTC))
            call_command("load_demo", count=120, city=PACK)
        connection.check_constraints()  # else what was left to the commit is checked at the end of each test
        yield var
        transaction.set_rollback(True)


@pytest.fixture
def month(demo_var, db, settings, tmp_path):
    settings.VAR = tmp_path
    shutil.copy2(demo_var / "demo_password", tmp_path)
    return Incident.objects.select_related("category", "authority").prefetch_related("timeline", "reports")


def test_every_history_is_one_that_could_have_happened(month):
    assert month.count() == 120
    for incident in month:
        first, second, *later = incident.timeline.all()
        assert (first.kind, second.kind) == ("received", "assigned")
        assert second.reasons[0]["en"].startswith("The location is in ")
        state = second.state
        for event in later:
            if event.kind == Event.Kind.CREWED:
                assert (event.state, event.note) == (state, incident.crew.name)
                assert state in Incident.OPEN
            elif event.kind in Event.BETWEEN_UNITS:
                assert (event.state, event.public) == (state, False)
            elif event.kind == Event.Kind.JOINED:
                assert state in Incident.OPEN
            elif event.kind == Event.Kind.RATED:
                assert event.state == state
                assert state in (*Incident.ENDED, Incident.State.DISPUTED)
            else:
                assert state in workflow.TRANSITIONS[STEP_OF[event.kind]].origins
                assert event.note or not workflow.TRANSITIONS[STEP_OF[event.kind]].needs_note
            state = event.state
        assert state == incident.state
        assert incident.changed_at == incident.timeline.exclude(kind__in=BESIDE).last().at
        joins = [event for event in later if event.kind == Event.Kind.JOINED]
        assert incident.reports_count == len(incident.reports.all()) == 1 + len(joins)


def test_ended_incidents_carry_ratings_of_every_number_of_stars(month):
    ratings = Rating.objects.select_related("report", "result")
    assert 10 < len(ratings) < month.filter(state__in=Incident.ENDED).count() / 2
    assert {rating.stars for rating in ratings} == set(verdicts.STARS)
    assert any(rating.reason for rating in ratings)
    lines = Event.objects.filter(kind=Event.Kind.RATED)
    noted = {(line.incident_id, line.note, line.at, line.public) for line in lines}
    assert len(lines) == len(ratings)
    assert noted == {
        (row.report.incident_id, verdicts.rating_note(row.stars, row.reason), row.at, False) for row in ratings
    }
    for rating in ratings:
        assert rating.result.kind in verdicts.RESULTS
        assert (rating.result.incident_id, rating.result.at < rating.at) == (rating.report.incident_id, True)


def test_the_numbers_of_events_follow_their_time(month):
    moments = list(Event.objects.order_by("pk").values_list("at", flat=True))
    assert moments == sorted(moments)


def test_a_month_has_closed_open_and_late_ones(month):
    states = set(month.values_list("state", flat=True))
    assert {"resolved", "closed", "rejected", "working"} <= states
    assert month.filter(state__in=Incident.DONE).count() > 60
    assert any(incident.is_late for incident in month)
    assert Photo.objects.filter(event__kind="resolved").exists()
    assert Photo.objects.filter(report__isnull=False).exists()


@pytest.mark.deep
def test_a_photo_of_after_shows_what_was_mended(month):
    """None stands with a matter that no photo shows: before and after would be the same picture."""
    results = Photo.objects.filter(event__kind="resolved").select_related("incident__category")
    assert {photo.incident.category.icon for photo in results} <= set(scenes.MATTERS)
    for icon in scenes.MATTERS:
        before, after = (
            cv2.imdecode(np.frombuffer(scenes.draw_scene(3, icon, mended=mended).small, np.uint8), cv2.IMREAD_GRAYSCALE)
            for mended in (False, True)
        )
        assert (cv2.absdiff(before, after) > 40).mean() > 0.002, icon


def test_the_newest_open_incidents_have_cameras_that_work(month):
    """The control room opens with the newest: it shows something."""
    for incident in month.filter(state__in=Incident.OPEN).order_by("-received_at")[:20]:
        near = Camera.objects.filter(place__dwithin=(incident.place, 0.0018))
        assert "well" in {server.behaviour_of(camera.code) for camera in near}


def test_what_is_restricted_stays_hidden(month):
    secret = list(month.filter(category=Category.objects.get(code="ST.3")))
    assert secret
    assert not any(incident.published for incident in secret)
    assert not Photo.objects.filter(incident__in=secret, public=True).exists()
    assert not Event.objects.filter(incident__in=secret, kind="received", public=True).exists()


def test_nobody_is_told_of_invented_incidents(month):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert (cursor.fetchone()[0], Notice.objects.count()) == (0, 0)


def test_units_ask_and_remind_each_other_about_open_incidents(month):
    """As long as there are open ones: the ward those that it watches, the control room those of the ward."""
    ward = User.objects.get(username="ward")
    own = ward.memberships.get().authority
    rows = {"ward": ["inquired", "inquired", "urged", "remarked"], "control": ["inquired", "urged"]}
    for speaker, among in (
        ("ward", access.incidents_for(ward, "watch").open().exclude(authority=own)),
        ("control", Incident.objects.open().filter(authority=own)),
    ):
        lines = Event.objects.filter(kind__in=Event.BETWEEN_UNITS, by__username=speaker).exclude(kind="replied")
        assert len(among) > 1
        assert [line.kind for line in lines.order_by("pk")] == rows[speaker][: len(among)]
        assert {line.incident_id for line in lines} <= {incident.pk for incident in among}
        assert all(line.note for line in lines if line.kind != "urged")
    reply = Event.objects.get(kind="replied")
    question = reply.incident.timeline.get(kind="inquired")
    assert (reply.authority, question.authority, question.pk < reply.pk) == (reply.incident.authority, own, True)


def test_citizens_ask_thank_and_complain_and_units_answer(month):
    """In both languages, and each step is one of the table by somebody whose right it is."""
    rows = Enquiry.objects.order_by("pk")
    kinds_and_states = {(enquiry.kind, enquiry.state) for enquiry in rows}
    assert {kind for kind, _state in kinds_and_states} == set(Enquiry.Kind.values)
    assert {state for _kind, state in kinds_and_states} == {"received", "passed_on", "answered", "closed"}
    assert {enquiry.language for enquiry in rows} == {"vi", "en"}
    assert not rows.late(datetime(2026, 11, 20, 8, 30, tzinfo=UTC)).exists()
    for enquiry in rows:
        state = "received"
        first, *later = enquiry.lines.select_related("note", "by")
        assert (first.kind, first.at, enquiry.reference[0]) == ("received", enquiry.received_at, "H")
        for line in later:
            step = next(enquiry_step for enquiry_step in enquiry_steps.STEPS.values() if enquiry_step.line == line.kind)
            assert state in step.sources
            assert access.enquiries_for(line.by, step.right, in_any_state=True).filter(pk=enquiry.pk).exists()
            assert line.note.is_as_written
            state = line.state
        assert (state, later[-1].at if enquiry.closed_at else None) == (enquiry.state, enquiry.closed_at)
    ward = User.objects.get(username="ward")
    assert access.enquiries_for(ward, "work").open().exists()


def test_the_second_time_there_is_nothing_to_do(month):
    before = Report.objects.count(), Event.objects.count(), User.objects.count()
    call_command("load_demo", count=50)
    assert (Report.objects.count(), Event.objects.count(), User.objects.count()) == before


def test_the_accounts_work_and_are_printed(month, client, capsys, settings):
    capsys.readouterr()
    call_command("demo_accounts")
    printed = capsys.readouterr().out
    password = (settings.VAR / "demo_password").read_text().strip()
    assert password in printed
    for user in User.objects.all():
        assert user.username in printed
        assert user.check_password(password)
    officer = User.objects.get(username="ward")
    assert access.incidents_for(officer, "work").exists()
    assert {post.role for post in Membership.objects.all()} == set(Membership.Role)
    assert User.objects.get(is_superuser=True).username == "admin"
    assert ApiKey.objects.opened_by(password).exists()


def test_each_account_begins_where_it_is_said_to(month, client, capsys, settings):
    capsys.readouterr()
    call_command("demo_accounts")
    lines = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line}
    for user in User.objects.all():
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.get("/after-sign-in/").url in lines[user.username]


def test_a_lost_password_is_made_anew(month, settings):
    (settings.VAR / "demo_password").unlink()
    call_command("load_demo")
    password = (settings.VAR / "demo_password").read_text().strip()
    assert User.objects.get(username="control").check_password(password)


def test_cameras_are_pointed_at_the_demo_server_each_time(month):
    Camera.objects.create(code="Q1 406", name="Harbour", place=factories.IN_OLD, active=False)
    for port in (8141, 8142):
        call_command("load_demo", cameras_url=f"http://127.0.0.1:{port}")
        camera = Camera.objects.get(name="Harbour")
        assert (camera.url, camera.active) == (f"http://127.0.0.1:{port}/cam/Q1%20406.jpg", True)


def test_a_camera_that_somebody_added_keeps_its_address(month):
    call_command("load_demo", cameras_url="http://127.0.0.1:8141")
    Camera.objects.create(code="MINE", name="Harbour", place=factories.IN_OLD, url="http://10.1.2.3/a.jpg")
    call_command("load_demo", cameras_url="http://127.0.0.1:8141")
    mine, *others = Camera.objects.order_by("url")
    assert mine.url == "http://10.1.2.3/a.jpg"
    assert {
        camera.url.startswith(("http://127.0.0.1:8141/cam/", "http://127.0.0.1:8141/event/")) for camera in others
    } == {True}


def test_demo_places_cameras_near_open_incidents_without_a_pack(month):
    assert 0 < Camera.objects.count() == min(month.open().count(), 120)
    for incident in month.open():
        assert Camera.objects.near(incident.place).exists()


# ---- what people would believe


def notes_of(month, kind, what, texts):
    """(note, those that fit) of each line of a kind."""
    for event in Event.objects.filter(kind=kind).select_related("incident__category__parent").order_by("pk"):
        yield event.note, texts.step_notes(what, event.incident.category) or [event.incident.category.name]


@pytest.mark.parametrize(
    ("kind", "what"),
    [("resolved", "results"), ("rejected", "rejections"), ("handed_over", "hand_overs"), ("asked", "asks"),
     ("more_time", "delays"), ("disputed", "disputes")],
)  # fmt: skip
def test_words_fit_the_kind_of_matter(month, kind, what):
    texts = demo_month.DemoTexts.from_file(PACK / "demo.toml")
    for note, fitting in notes_of(month, kind, what, texts):
        assert note in fitting


def test_what_fits_all_names_no_thing(month):
    """A sentence for all kinds speaks of no tree, lamp or pipe; each answer stands at the place of its question."""
    texts = demo_month.DemoTexts.from_file(PACK / "demo.toml")
    things = ("cây", "đèn", "ống", "đường", "hẻm", "rác", "vật tư", "tòa án", "mưa", "té", "loa")
    for what, notes in texts.notes.items():
        for note in notes.get("all", ()):
            assert [thing for thing in things if f" {thing} " in f" {note.lower()} ".replace(",", " ")] == [], what
    asks, answers = texts.notes["asks"], texts.notes["answers"]
    assert {key: len(rows) for key, rows in asks.items()} == {key: len(rows) for key, rows in answers.items()}


def test_question_is_answered_by_its_own_answer():
    texts = demo_month.DemoTexts.from_file(PACK / "demo.toml")
    lamp = Category(code="LT.01", name="Đèn đường", parent=Category(code="LT"))
    for question, answer in zip(texts.notes["asks"]["LT"], texts.notes["answers"]["LT"], strict=True):
        assert texts.answer_to(None, question, lamp) == answer


def test_ward_of_the_demo_has_open_ones_of_its_own(month):
    officer = User.objects.get(username="ward")
    unit = officer.memberships.get().authority
    assert Incident.objects.open().filter(authority=unit).count() >= 120 // demo_month.HOME_PART
    assert demo_month.HOME == 25  # of the 1,500 that `load_demo` makes


def test_nothing_lies_in_the_water_but_what_does(month):
    maker = demo_month.StoryMaker(Random(1), demo_month.DemoTexts(water=frozenset({"W.1"}), bridges=frozenset({"B.1"})))
    lake = maker.areas[0].label_point.buffer(0.003)
    drawn = lake.transform(3857, clone=True)
    GroundShape.objects.create(city=maker.city, band=6, layer=2, rank=1, first_zoom=0, shape=drawn)
    maker = demo_month.StoryMaker(Random(1), maker.words)
    places = {code: [] for code in ("L.1", "W.1", "B.1")}
    for code, points in places.items():
        for _n in range(25):
            points.append(maker.choose_place(Category(code=code), maker.areas[0])[0])
    assert not any(lake.contains(point) for point in places["L.1"])
    assert all(lake.distance(point) < 0.0012 for point in places["W.1"])
    assert any(lake.contains(point) for point in places["B.1"])
