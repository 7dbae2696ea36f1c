"""Test that texts written into the history do not depend on the language of the person who acts."""

import re
from datetime import time, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.timezone import localdate, now

from cameras.detection import findings
from cameras.evidence import export, keeping, pinning, retention, seals
from incidents import photos, reform, reporting, workflow
from incidents.announcements import acts as announcement_acts
from incidents.casework import (
    assignment,
    between_units,
    corrections,
    crews,
    extensions,
    merging,
    neighbours,
    notes,
    subtasks,
    undoing,
    verdicts,
    withdrawing,
)
from incidents.data_requests import requests as data_requests
from incidents.deadlines import service_levels
from incidents.disclosure import old_words, publishing, subject_requests
from incidents.escalation import directives, reminders
from incidents.models import Crew, EscalationStep, Event, Incident, Membership, Report, Subtask
from incidents.partners import georeport, updates
from incidents.people import offboarding
from incidents.result_checks import Sending
from incidents.views.public.verdict_forms import DisputeForm
from tests import factories, owner
from tests.cameras.conftest import camera, keeps, sees

DAY, ROLE = timedelta(days=1), Membership.Role
HASH = re.compile(r"\b[0-9a-f]{64}\b")
NUMBER = re.compile(r"\b\d{4}-\d{5}\b")  # of an incident that the act makes


def steps(scene, *names, incident=None):
    incident = incident or scene.incident
    for name in names:
        to = {"hand_over": scene.town.water, "claim": scene.town.other}.get(name)
        workflow.move(incident, name, by=scene.officer, note="Vì thế", to=to)


def digest_old_words(scene):
    with owner.without_guards("incidents_event") as cursor:
        cursor.execute("UPDATE incidents_event SET receipt = NULL WHERE receipt ? 'words'")
    old_words.digest_old_words()


def announce_and_end(scene):
    reach = announcement_acts.Reach(area=scene.town.old)
    wording = announcement_acts.Wording("Tránh xa", scene.seen_at + DAY)
    line = announcement_acts.issue("fire", reach, wording, by=scene.chief, incident=scene.incident)
    about = line.announcement
    line = announcement_acts.correct(
        about, announcement_acts.Wording("Đã an toàn", wording.until), by=scene.chief, seen=line.pk
    )
    line = announcement_acts.end(about, by=scene.chief, seen=line.pk)
    announcement_acts.take_back(line, by=scene.chief)


def offer_between_units(scene):
    incident, office, water = factories.change(scene.incident, authority=scene.town.water), scene.officer, scene.plumber
    for name in between_units.MESSAGE_KINDS:
        between_units.say_to_unit(incident, name, by=office, words="Bao giờ xong?")
    between_units.reply_to_units(incident, by=water, words="Tối nay")
    for decide in (between_units.decline_offer, between_units.accept_offer):
        between_units.offer_to_take_over(incident, by=office, reason="Thuộc phường")
        decide(incident, by=water, words="Vì thế")


def more_time(scene, granted):
    steps(scene, "accept")
    extension = extensions.request_extension(
        scene.incident, by=scene.officer, reason="Vì thế", until=scene.incident.due_at + DAY
    )
    extensions.decide_extension(extension, by=scene.chief, granted=granted, note="" if granted else "Vì thế")


def dispute(scene):
    steps(scene, "resolve")
    form = DisputeForm({"often": "same"})
    assert form.is_valid()
    verdicts.dispute_result(scene.report, form.cleaned_data["said"])


def send_from_afar(scene):
    sending = Sending(place=factories.IN_NEW, from_device=True, reason="Gửi trên đường về")
    workflow.move(scene.incident, "resolve", by=scene.officer, note="Xong", sending=sending)


def part(scene):
    return subtasks.request_subtask(
        scene.incident, by=scene.officer, to=scene.town.water, what="Khóa van", due_at=scene.seen_at + DAY
    )


def rate_result(scene):
    steps(scene, "resolve")
    verdicts.rate_result(scene.report, 5)
    verdicts.confirm_result(scene.report)


def answer_as_neighbour(scene):
    steps(scene, "resolve")
    result, shot = scene.incident.timeline.last(), photos.read_photo(factories.picture())
    witness = neighbours.Witness(report=scene.report)
    neighbours.answer_question(witness, result, "still", network="203.0.113.7", picture=shot)


def close_settled(scene):
    steps(scene, "resolve")
    workflow.close_settled(now() + timedelta(days=400))


def recompute_deadlines(scene):
    target = scene.incident.category
    type(target).objects.filter(pk=target.pk).update(resolve_within="90h")
    service_levels.recompute_open_incidents()


def merge_and_split(scene):
    other = factories.incident(scene.town.hole)
    stands = merging.merge_incidents([scene.incident, other], by=scene.officer, reason="Vì thế")
    merging.split_reports(stands, stands.reports.exclude(moves=None), by=scene.officer, reason="Vì thế")


def correct_incident(scene):
    corrections.correct_place(scene.incident, place=factories.IN_NEW, by=scene.officer, reason="Vì thế")
    corrections.correct_category(scene.incident, category=scene.town.leak, by=scene.officer, reason="Vì thế")


def remind_units(scene):
    type(scene.chief).objects.filter(pk=scene.chief.pk).update(email="chief@example.org")
    EscalationStep.objects.create(target=EscalationStep.Target.RESOLVE, offset="0", who=EscalationStep.Who.HEAD)
    Incident.objects.update(next_check_at=scene.incident.due_at)
    reminders.send_due_reminders(scene.incident.due_at + DAY)


def give_directive(scene):
    post = scene.chief.memberships.get()
    directives.give_directive(scene.chief, post, scene.town.office, "Làm ngay", scene.seen_at + DAY, [scene.incident])


def give_and_leave(scene):
    assignment.assign_person(scene.incident, scene.officer, scene.chief)
    offboarding.offboard(scene.officer, by=scene.admin)


def undo_step(scene):
    with undoing.undoable(scene.incident, "accept", scene.officer) as undoable_step:
        steps(scene, "accept")
    undoing.undo_step(undoable_step[0].pk, by=scene.officer)


def give_to_crew(scene):
    always = {"starts": time(0, 0), "ends": time(23, 59)}
    crew = Crew.objects.create(authority=scene.town.office, name="Tổ trật tự", others=2, **always)
    for to in (crew, None):
        crews.assign_crew(scene.incident, to, by=scene.officer)


def hide_and_release(scene):
    publishing.hide_incident(scene.incident, by=scene.officer, note="Vì thế")
    publishing.release_incident(scene.incident, by=scene.officer)


def cover_photo(scene):
    publishing.cover_text(scene.incident, "Ngập nước", by=scene.officer)
    publishing.cover_note(scene.incident.timeline.first(), "Ngập", by=scene.officer)
    publishing.cover_photo(scene.photo, [(0.1, 0.1, 0.2, 0.2)], by=scene.officer)


def erase_person(scene):
    erasure = subject_requests.record_request("erase", by=scene.chief, phone=scene.report.phone)
    data_requests.view_reports(erasure, by=scene.chief)
    data_requests.fulfil_request(erasure, by=scene.chief)


def redraw_areas(scene):
    planned = reform.plan_reform(scene.redrawn.edition, localdate(), by="mapmaker")
    reform.enact_reform(planned.pk)
    reform.take_back_reform(planned.pk)


def tell_by_system(scene):
    for status in ("in_progress", "fixed", "unchanged"):
        updates.apply_update(scene.town.office, scene.incident, status, status)
    updates.apply_update(scene.town.office, scene.incident, "last", "unchanged", "Đang chờ")


def pin_pictures(scene):
    pinned = pinning.pin_picture(scene.incident, scene.frame, by=scene.officer, reason="Xe đỏ")
    pinning.unpin_picture(pinned, by=scene.officer, reason="Nhầm")


def forget_evidence(scene):
    retention.hold_evidence(scene.incident, by=scene.chief, reason="Vì thế")
    retention.release_evidence(scene.incident, by=scene.chief, reason="Vì thế")
    steps(scene, "resolve")
    seals.seal_new()
    retention.forget_old(now() + timedelta(days=4000))


def export_evidence(scene):
    seals.seal_new()
    package, _digest = export.export_package(scene.incident, by=scene.officer, purpose="Công an")
    package.close()


def make_from_finding(scene):
    finding = findings.propose_finding(
        scene.eye, "water", scene.seen_at, score=0.9, picture=factories.jpeg(), taken_at=scene.seen_at
    )
    findings.make_incident(scene.officer, finding.pk, scene.town.hole)


# What is done, and which lines it writes beside those of the incident's first two.
ACTS = {
    "report": (lambda s: factories.incident(s.town.hole, accuracy_m=900), "received assigned"),
    "join": (lambda s: reporting.receive(joining(s)), "joined"),
    "work": (lambda s: steps(s, "pass_on", "accept", "begin", "ask", "answer"),
             "passed_on accepted begun asked answered"),
    "hand over": (lambda s: steps(s, "hand_over", "hand_back"), "handed_over handed_back"),
    "claim": (lambda s: steps(s, "claim"), "claimed"),
    "watch": (offer_between_units, "inquired urged remarked replied offered declined offered claimed"),
    "digest old words": (digest_old_words, "digested"),
    "undo": (undo_step, "accepted undone"),
    "reopen": (lambda s: steps(s, "reject", "reopen", "resolve", "close"), "rejected reopened resolved closed"),
    "uphold": (lambda s: steps(s, "resolve", "dispute", "uphold"), "resolved disputed upheld"),
    "send from afar": (send_from_afar, "resolved checked"),
    "overrule": (lambda s: steps(s, "resolve", "dispute", "overrule"), "resolved disputed overruled"),
    "grant": (lambda s: more_time(s, True), "accepted more_time extended"),
    "refuse": (lambda s: more_time(s, False), "accepted more_time no_more_time"),
    "dispute": (dispute, "resolved disputed"),
    "neighbour": (answer_as_neighbour, "resolved witnessed disputed"),
    "rate": (rate_result, "resolved rated confirmed"),
    "settle": (close_settled, "resolved closed"),
    "give": (
        lambda s: [assignment.assign_person(s.incident, to, s.officer) for to in (s.officer, None)],
        "given given",
    ),
    "leave": (give_and_leave, "given given"),
    "give a crew": (give_to_crew, "crewed crewed"),
    "answer a part": (
        lambda s: subtasks.answer_subtask(part(s), by=s.plumber, done=True, text="Xong"),
        "task_asked task_done",
    ),
    "withdraw a part": (lambda s: subtasks.withdraw_subtask(part(s), by=s.officer), "task_asked note"),
    "grade": (
        lambda s: service_levels.change_severity(s.incident, "dangerous", by=s.officer, note="Vì thế"),
        "graded",
    ),
    "redate": (recompute_deadlines, "redated"),
    "merge": (merge_and_split, "received assigned merged gathered split split"),
    "correct": (correct_incident, "relocated handed_over reclassified handed_over"),
    "remind": (remind_units, "reminded"),
    "direct": (give_directive, "directed"),
    "hide": (hide_and_release, "hidden released"),
    "withdraw": (lambda s: publishing.withdraw_category(s.town.hole, by=s.chief), "hidden"),
    "cover": (cover_photo, "covered covered covered"),
    "erase": (erase_person, "viewed erased"),
    "take back": (lambda s: withdrawing.withdraw_report(s.report), "withdrawn"),
    "note": (lambda s: notes.write_note(s.incident, by=s.officer, text="Nhớ xem"), "note"),
    "redraw": (redraw_areas, "redrawn restored"),
    "system": (tell_by_system, "accepted begun resolved note"),
    "refusal": (lambda s: georeport.note_refusal(s.incident, s.town.office, "HTTP 400"), "note"),
    "capture": (lambda s: keeping.keep_evidence(s.incident.pk, "reported"), "evidence evidence"),
    "pin": (pin_pictures, "pinned unpinned"),
    "forget": (forget_evidence, "held unheld resolved forgotten"),
    "export": (export_evidence, "exported"),
    "announce": (announce_and_end, "announced announced announced undone"),
    "find": (make_from_finding, "received assigned evidence"),
}  # fmt: skip


def joining(scene):
    return reporting.IncomingReport("web", scene.town.hole, factories.IN_OLD, text="Vẫn ngập", join=scene.incident)


@pytest.fixture
def scene(town, admin_user):
    scene = SimpleNamespace(town=town, admin=admin_user, redrawn=factories.redrawn_town(town), seen_at=now())
    scene.officer = factories.person("officer", town.office)
    scene.chief = factories.person("chief", town.office, ROLE.LEADER)
    scene.plumber = factories.person("plumber", town.water)
    scene.incident = factories.incident(
        town.hole, text="Ngập", phone="+84901234567", pictures=[photos.read_photo(factories.picture())]
    )
    scene.report, scene.photo = scene.incident.reports.get(), scene.incident.photos.get()
    scene.eye = camera("A1")
    scene.frame = sees(scene.eye)
    keeps(scene.eye, scene.incident, moment="pinned", by=scene.officer, reason="Xe đỏ")
    return scene


def texts_of(act, scene, language):
    before = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    with transaction.atomic():
        with translation.override(language):
            act(scene)
        lines = list(Event.objects.filter(pk__gt=before).order_by("pk").values("kind", "note", "reasons"))
        for line in lines:
            line["note"] = HASH.sub("…", line["note"])
            line["reasons"] = [
                {key: NUMBER.sub("…", text) for key, text in reason.items()} for reason in line["reasons"]
            ]
        rows = [
            *Incident.objects.order_by("pk").values_list("address", "text"),
            *Report.objects.order_by("pk").values_list("text"),
            *Subtask.objects.order_by("pk").values_list("what", "answer"),
        ]
        transaction.set_rollback(True)
    scene.incident = Incident.objects.get(pk=scene.incident.pk)
    return lines, rows


@pytest.mark.usual_rows(7)
@pytest.mark.parametrize("name", ACTS)
def test_a_line_is_the_same_in_whatever_language_one_acts(scene, name):
    act, kinds = ACTS[name]
    lines, rows = texts_of(act, scene, "vi")
    assert [line["kind"] for line in lines] == kinds.split()
    assert texts_of(act, scene, "en") == (lines, rows)


def test_every_kind_of_line_is_among_the_acts():
    assert {kind for _act, kinds in ACTS.values() for kind in kinds.split()} == set(Event.Kind)
