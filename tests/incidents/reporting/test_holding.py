"""Reports of strangers: a puzzle first, then moderation; none is lost."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.gis.geos import Point
from django.core import signing
from django.utils import translation
from django.utils.timezone import localtime, now
from procrastinate.contrib.django.models import ProcrastinateJob

from geoapp.http.token_bucket import Limit
from incidents import reporting
from incidents.data_requests import requests as data_requests
from incidents.disclosure import subject_requests
from incidents.models import Block, Event, HeldPhoto, HeldReport, Incident, Report, WatchedWord
from incidents.photos import read_photo
from incidents.reporting import blocking, holding, puzzle, retention
from incidents.reporting.sender import Sender, place_cell, reasons_to_hold, tokens_of_report
from tests import factories, puzzles

pytestmark = pytest.mark.django_db
R = HeldReport.Reason
PHONE = "+84901234567"
WEB = Sender(network="203.0.113.7", puzzle=True)


def send(category, *, sender=WEB, place=factories.IN_OLD, text="Knee deep", **more):
    incoming = reporting.IncomingReport(channel="web", category=category, place=place, text=text, **more)
    return reporting.receive(incoming, sender)


@pytest.fixture
def few(settings):
    """Small limits: a puzzle from the third report of a network on, moderation from the fifth on."""
    more = {"report:address": Limit(2, 3600), "hold:address": Limit(4, 3600)}
    settings.LIMITS = settings.LIMITS | more


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, "dispatcher")


# ---- the rule: which tokens, and what it means that there are none ----


@pytest.mark.parametrize(
    ("sender", "emergency", "pictures", "names"),
    [
        (WEB, False, 0, "hold:address hold:phone hold:place hold:category "
                        "report:address report:phone report:place report:category"),
        (WEB, False, 2, "hold:address hold:phone hold:place hold:category upload:address "
                        "report:address report:phone report:place report:category"),
        (WEB, True, 2, "urgent:address urgent:phone"),
        (Sender(), False, 2, "hold:phone hold:place hold:category"),  # by a chat, or another system's server
        (Sender(), True, 0, "urgent:phone"),
    ],
)  # fmt: skip
def test_tokens_that_a_report_takes(sender, emergency, pictures, names):
    category = SimpleNamespace(code="ST.1", emergency=emergency)
    asks = tokens_of_report(sender, category, factories.IN_OLD, PHONE, pictures)
    assert " ".join(ask.name for ask in asks) == names
    assert [ask.cost for ask in asks if ask.name == "upload:address"] == ([2] if "upload" in names else [])


@pytest.mark.parametrize(
    ("reached", "solved", "reasons"),
    [
        ([], False, []),
        (["report:address"], False, ["puzzle"]),
        (["report:phone", "report:place"], False, ["puzzle"]),
        (["report:address"], True, []),
        (["hold:address", "report:address"], True, ["address"]),
        (["hold:address", "report:address"], False, ["address"]),
        (["hold:phone", "hold:place"], False, ["phone", "place"]),
        (["upload:address"], True, ["upload"]),
        (["urgent:address"], False, ["urgent"]),
        (["urgent:phone", "urgent:unconfirmed"], True, ["urgent"]),
    ],
)
def test_why_a_report_is_held(reached, solved, reasons):
    assert reasons_to_hold(dict.fromkeys(reached, 1.0), puzzle_solved=solved) == reasons


def test_places_within_a_hundred_metres_are_one_square():
    here = Point(106.7000, 10.7700, srid=4326)
    cells = [place_cell(Point(106.7000 + metres / 109_300, 10.7700, srid=4326)) for metres in range(0, 1000, 10)]
    assert place_cell(here) == cells[0]
    assert 10 <= len(set(cells)) <= 11


# ---- the door ----


def test_a_puzzle_comes_first_and_then_a_look(town, few):
    """Two are received; then those without a puzzle are held; then all of the network."""
    solved = Sender(network=WEB.network, puzzle=True, puzzle_solved=True)
    outcomes = [send(town.hole, sender=sender) for sender in (WEB, WEB, WEB, solved, solved)]
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "Report",
        "Report",
        "HeldReport",
        "Report",
        "HeldReport",
    ]
    assert [outcomes[2].reasons, outcomes[4].reasons] == [["puzzle"], ["address"]]
    assert isinstance(send(town.hole, sender=Sender(network="203.0.113.8", puzzle=True)), Report)


def test_what_is_held_is_whole_and_nobody_hears_of_it(town, few):
    for _time in range(4):
        send(town.hole)
    tables = (Event, Incident, Report, ProcrastinateJob)
    before = [table.objects.count() for table in tables]
    shot = read_photo(factories.picture())
    held_report = send(town.hole, text="Gọi 0903 018 442", phone=PHONE, address="12 Harbour Road", pictures=[shot],
                pictures_public=False, notice_version="2026-11-27")  # fmt: skip
    assert isinstance(held_report, HeldReport)
    assert (held_report.text, held_report.phone, held_report.address, held_report.area, held_report.network) == (
        "Gọi 0903 018 442", PHONE, "12 Harbour Road", town.old, "203.0.113.7",
    )  # fmt: skip
    assert (held_report.pictures_public, held_report.notice_version, held_report.photos.count()) == (
        False,
        "2026-11-27",
        1,
    )
    assert [table.objects.count() for table in tables] == before


def test_same_form_sent_again_is_held_once(town, few):
    for _time in range(4):
        send(town.hole)
    incoming = reporting.IncomingReport(channel="web", category=town.hole, place=factories.IN_OLD, text="Hole")
    assert reporting.receive(incoming, WEB) == reporting.receive(incoming, WEB)
    assert HeldReport.objects.count() == 3


def test_invalid_report_is_refused_even_if_it_would_be_held(town, few):
    for _time in range(4):
        send(town.hole)
    with pytest.raises(reporting.ReportRefused) as refused:
        send(town.hole, place=factories.OUTSIDE)
    assert refused.value.field == "place"
    with pytest.raises(reporting.ReportRefused) as refused:
        send(town.hole, text="x" * 5000)
    assert refused.value.field == "text"


@pytest.mark.parametrize(
    ("name", "reason", "more"),
    [
        ("hold:phone", R.PHONE, {"phone": PHONE}),
        ("hold:phone", R.PHONE, {"email": "an@example.org"}),
        ("hold:place", R.PLACE, {}),
        ("hold:category", R.CATEGORY, {}),
    ],
)
def test_many_of_one_kind_from_everywhere_are_held(town, settings, name, reason, more):
    settings.LIMITS = settings.LIMITS | {name: Limit(1, 3600)}
    outcomes = [send(town.hole, sender=Sender(network=f"203.0.113.{n}", puzzle=True), **more) for n in range(2)]
    assert [type(outcome).__name__ for outcome in outcomes] == ["Report", "HeldReport"]
    assert outcomes[1].reasons == [reason]


def test_what_is_urgent_is_never_held_from_the_desk(town, settings):
    settings.LIMITS = dict.fromkeys(settings.LIMITS, Limit(1, 3600))
    outcomes = [send(town.leak, phone=PHONE) for _time in range(3)]
    assert [type(outcome).__name__ for outcome in outcomes] == ["Report"] * 3


def test_who_is_no_stranger_is_never_held(town, settings):
    settings.LIMITS = dict.fromkeys(settings.LIMITS, Limit(1, 3600))
    outcomes = [send(town.hole, sender=None, phone=PHONE) for _time in range(3)]
    assert [type(outcome).__name__ for outcome in outcomes] == ["Report"] * 3


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("Vay tiền nhanh, lãi thấp", True),
        ("VAY TIEN nhanh", True),
        ("vay  tiền!", True),
        ("Vay ít tiền", False),
        ("Sông vay tiềnx", False),
        ("", False),
    ],
)
def test_watched_words_are_looked_at(town, text, is_held):
    WatchedWord.watch("Vay tiền")
    outcome = send(town.hole, text=text)
    assert isinstance(outcome, HeldReport) == is_held
    assert not is_held or outcome.reasons == [R.WORDS]


# ---- somebody looks ----


def held_one(town, **more):
    WatchedWord.watch("bún chả")
    return send(town.hole, text="Quán bún chả lấn vỉa hè, gọi 0903 018 442", **more)


def test_let_through_it_is_a_report_under_the_same_link(town, dispatcher, django_capture_on_commit_callbacks):
    shot = read_photo(factories.picture())
    held_report = held_one(town, phone=PHONE, pictures=[shot])
    files = [
        (photo.picture.storage, name)
        for photo in held_report.photos.all()
        for name in (photo.picture.name, photo.small.name)
    ]
    HeldReport.objects.filter(pk=held_report.pk).update(held_at=now() - timedelta(hours=3))
    with django_capture_on_commit_callbacks(execute=True):
        report = reporting.let_through(held_report, by=dispatcher)
    held_report.refresh_from_db()
    assert (report.token, report.phone, report.text) == (
        held_report.token,
        PHONE,
        "Quán bún chả lấn vỉa hè, gọi 0903 018 442",
    )
    assert (report.public_text, report.received_at) == ("Quán bún chả lấn vỉa hè, gọi ‹…›", held_report.held_at)
    assert (held_report.state, held_report.decided_by, held_report.report, held_report.photos.count()) == (
        "through",
        dispatcher,
        report,
        0,
    )
    assert report.photos.count() == 1
    assert [storage.exists(name) for storage, name in files] == [False, False]
    assert [event.kind for event in report.incident.timeline.all()] == ["received", "assigned"]
    assert ProcrastinateJob.objects.filter(task_name="incidents.announce").count() == 2


def test_covered_words_are_read_by_nobody_else(town, dispatcher):
    report = reporting.let_through(held_one(town), by=dispatcher, public_text="Quán ‹…› lấn vỉa hè, gọi ‹…›")
    incident = report.incident
    assert (incident.text, report.public_text) == ("Quán ‹…› lấn vỉa hè, gọi ‹…›",) * 2
    assert report.text == "Quán bún chả lấn vỉa hè, gọi 0903 018 442"
    lines = [(event.kind, event.by, event.public) for event in incident.timeline.all()]
    assert lines == [("received", None, True), ("assigned", None, True), ("covered", dispatcher, False)]


@pytest.mark.parametrize(
    ("wanted", "allowed", "public"), [(True, True, True), (True, False, False), (False, True, False)]
)
def test_photos_are_shown_where_both_want_it(town, dispatcher, wanted, allowed, public):
    held_report = held_one(town, pictures=[read_photo(factories.picture())], pictures_public=wanted)
    report = reporting.let_through(held_report, by=dispatcher, show_photos=allowed)
    assert report.photos.get().public == public


def test_let_through_it_joins_what_is_open_still(town, dispatcher):
    open_one, closed = (factories.incident(town.hole) for _time in range(2))
    held_reports = [held_one(town, join=incident) for incident in (open_one, closed)]
    factories.change(closed, state="rejected", closed_at=now())
    joined, own = (reporting.let_through(held_report, by=dispatcher).incident for held_report in held_reports)
    assert joined == open_one
    assert own not in (open_one, closed)


def test_what_is_decided_is_decided_once(town, dispatcher):
    held_report = held_one(town)
    holding.refuse_report(held_report, by=dispatcher, reason="Advertising")
    with pytest.raises(holding.AlreadyDecided):
        reporting.let_through(held_report, by=dispatcher)
    with pytest.raises(holding.AlreadyDecided):
        holding.refuse_report(held_report, by=dispatcher, reason="Twice")
    assert holding.take_back_refusal(held_report)
    report = reporting.let_through(held_report, by=dispatcher)
    assert not holding.take_back_refusal(held_report)
    assert Report.objects.get() == report


def test_refusal_needs_a_reason(town, dispatcher):
    held_report = held_one(town)
    with translation.override("en"), pytest.raises(ValueError, match="the sender reads it"):
        holding.refuse_report(held_report, by=dispatcher, reason="  ")
    held_report.refresh_from_db()
    assert held_report.state == "waiting"


# ---- blocks ----


@pytest.mark.parametrize(
    ("kind", "same", "other"),
    [
        ("phone", {"phone": PHONE}, {"phone": "+84901234568"}),
        ("email", {"email": "An@example.org"}, {"email": "binh@example.org"}),
        ("address", {}, {"sender": Sender(network="203.0.113.8", puzzle=True)}),
        ("zalo", {"chat": "77"}, {"chat": "78"}),
    ],
)
def test_blocked_sender_is_told_why_and_until_when(town, dispatcher, kind, same, other):
    held_report = held_one(town, **same)
    blocks = blocking.block_sender(held_report, kinds=[kind], days=7, reason="Advertising", by=dispatcher)
    assert [(block.kind, block.by, block.held) for block in blocks] == [(kind, dispatcher, held_report)]
    with translation.override("en"), pytest.raises(reporting.ReportRefused) as refused:
        send(town.hole, **same)
    last = localtime(now()) + timedelta(days=7)
    assert refused.value.field == "block"
    assert "Advertising." in str(refused.value)
    assert f"{last:%Y}" in str(refused.value)
    assert "Duty Desk" in str(refused.value)
    assert isinstance(send(town.hole, **other), Report)
    assert isinstance(send(town.leak, **same), Report)  # what is urgent is taken all the same


@pytest.mark.parametrize("end", ["ends", "lifted_at"])
def test_block_that_ended_or_was_lifted_stops_nothing(town, dispatcher, end):
    blocking.block_sender(held_one(town), kinds=["address"], days=1, reason="x", by=dispatcher)
    Block.objects.update(starts=now() - timedelta(days=2), **{end: now() - timedelta(seconds=1)})
    assert isinstance(send(town.hole), Report)


def test_every_block_has_an_end_and_a_reason(town, dispatcher):
    held_report = held_one(town, phone=PHONE)
    for wrong in ({"days": 0}, {"days": 3650}, {"reason": " "}, {"kinds": []}, {"kinds": ["email"]}):
        with pytest.raises(ValueError, match=r"."):
            blocking.block_sender(
                held_report, **{"kinds": ["phone"], "days": 7, "reason": "x", "by": dispatcher} | wrong
            )
    assert not Block.objects.exists()


def test_table_of_blocks_names_nobody(town, dispatcher):
    held_report = held_one(town, phone=PHONE, email="an@example.org")
    blocking.block_sender(held_report, kinds=["phone", "email"], days=7, reason="x", by=dispatcher)
    assert sorted(Block.objects.values_list("hint", flat=True)) == ["•••567", "•••org"]
    assert {len(digest) for digest in Block.objects.values_list("digest", flat=True)} == {64}


def test_ended_blocks_are_forgotten_after_a_month(town, dispatcher):
    blocking.block_sender(held_one(town), kinds=["address"], days=1, reason="x", by=dispatcher)
    assert blocking.forget_ended_blocks(now() + timedelta(days=20)) == 0
    assert blocking.forget_ended_blocks(now() + timedelta(days=40)) == 1


# ---- the puzzle ----


def test_puzzle_is_good_once_and_for_a_while(monkeypatch):
    monkeypatch.setattr(puzzle, "HASHES_AT_MOST", 100)
    work = puzzles.solve(puzzle.new_puzzle())
    assert [puzzle.is_solved(work=work) for _time in range(2)] == [True, False]
    old = puzzles.solve(puzzle.new_puzzle(at=now() - timedelta(minutes=21)))
    assert not puzzle.is_solved(work=old)


@pytest.mark.parametrize(
    "work", ["", "x", "e30=", "bnVsbA==", "W10=", "eyJhbGdvcml0aG0iOiJTSEEtMjU2In0=", "\0", "é" * 3000]
)
def test_what_is_no_solution_solves_nothing(work):
    assert not puzzle.is_solved(work=work)


def test_question_is_answered_by_its_sum_once():
    with translation.override("en"):
        question = puzzle.new_question()
    words = dict(zip(["two", "three", "four", "five", "six", "seven", "eight", "nine"], range(2, 10), strict=True))
    _what, _is, first, _plus, other = question["text"].partition("?")[0].split()
    right = str(words[first] + words[other])
    answers = [("1", False), ("", False), ("²", False), (f" {right} ", True), (right, False)]
    assert [(answer, puzzle.is_solved(token=question["token"], answer=answer)) for answer, _right in answers] == answers
    assert not puzzle.is_solved(token="x", answer=right)
    assert not puzzle.is_solved(token=signing.dumps("x", salt=puzzle.SALT), answer=right)


# ---- what is kept, and for how long ----


def test_decided_reports_are_erased_after_a_month(town, dispatcher, django_capture_on_commit_callbacks):
    old, waits = held_one(town, phone=PHONE, pictures=[read_photo(factories.picture())]), held_one(town, phone=PHONE)
    holding.refuse_report(old, by=dispatcher, reason="x")
    assert retention.erase_old_held_reports(now() + timedelta(days=29)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert retention.erase_old_held_reports(now() + timedelta(days=31)) == 1
    old.refresh_from_db()
    waits.refresh_from_db()
    assert (old.phone, old.text, old.network, old.address, HeldPhoto.objects.count()) == ("", "", "", "", 0)
    assert waits.phone == PHONE


def test_person_gets_held_reports_too_and_can_have_them_erased(town, dispatcher):
    held_one(town, phone=PHONE)
    subject_request = subject_requests.record_request("erase", by=dispatcher, phone=PHONE)
    rows = retention.export_held_reports(retention.held_reports_of_request(subject_request))
    assert [(row["text"], row["phone"], row["network"]) for row in rows] == [
        ("Quán bún chả lấn vỉa hè, gọi 0903 018 442", PHONE, "203.0.113.7")
    ]
    data_requests.fulfil_request(subject_request, by=dispatcher)
    assert not retention.held_reports_of_request(subject_request).exists()
    assert list(HeldReport.objects.values_list("state", "phone", "text")) == [("refused", "", "")]
