"""Test categories at which no camera may look: no camera is offered, and earlier evidence is deleted."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import now
from procrastinate.contrib.django.models import ProcrastinateJob

from cameras.detection import findings
from cameras.evidence import keeping, pinning, retention
from cameras.evidence.jobs import capture_evidence, delete_unwatchable_evidence
from cameras.models import Evidence, Tombstone
from cameras.patrol import partitioning
from cameras.register import coverage
from cameras.wall import pool
from incidents import timeline, workflow
from incidents.models import Incident, Membership
from tests import factories
from tests.cameras.conftest import camera, keeps, sees

NO_LOOKING = "Không được dùng camera cho loại việc này."


@pytest.fixture
def procedure(town):
    """A category at which no camera may look."""
    return factories.leaf("PA.3", town.streets, "Hỏi thủ tục", "Question", "c-admin", cameras=False)


@pytest.fixture
def question(procedure):
    """An incident of that category: how do I get a birth certificate?"""
    return factories.incident(procedure, text="Which papers for a birth certificate?")


def captures():
    return ProcrastinateJob.objects.filter(task_name="cameras.capture_evidence")


def test_nothing_is_kept_of_a_question(eye, question, town):
    office = factories.person("clerk", question.authority)
    for step, note in (("accept", ""), ("begin", ""), ("resolve", "Told")):
        workflow.move(question, step, by=office, note=note)
    assert not captures().exists()

    capture_evidence(question.pk, "reported")  # as a job from before would
    assert not Evidence.objects.exists()
    assert not question.timeline.filter(kind="evidence").exists()


def test_no_picture_of_a_question_is_kept_by_hand(eye, question, controller, client):
    with pytest.raises(pinning.NotPossible, match=NO_LOOKING):
        pinning.pin_picture(question, sees(eye), by=controller, reason="I want to see who asks")

    client.force_login(controller)
    answer = client.post(
        reverse("evidence-pin", args=[question.reference]),
        {"camera": eye.code, "picture": eye.last_sha256, "reason": "I want to see who asks"},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json()) == (409, {"error": NO_LOOKING})
    assert not Evidence.objects.exists()


def test_finding_made_a_question_keeps_no_picture(eye, controller, procedure):
    finding = findings.propose_finding(eye, "flood", now(), picture=factories.jpeg(), taken_at=now())
    made_incident = findings.make_incident(controller, finding.pk, procedure)
    assert (made_incident.category, Evidence.objects.exists()) == (procedure, False)


def test_cameras_near_a_question_are_not_offered(client, eye, question, incident):
    clerk = factories.person("clerk", question.authority)
    factories.post(user=clerk, authority=incident.authority, role=Membership.Role.OFFICER)
    client.force_login(clerk)
    near = {either: reverse("cameras-nearby", args=[either.reference]) for either in (question, incident)}
    assert [client.get(near[either]).status_code for either in (question, incident)] == [404, 200]
    desk = {either: client.get(f"/desk/{either.reference}/").content.decode() for either in (question, incident)}
    assert [near[either] in desk[either] for either in (question, incident)] == [False, True]


def test_control_room_shows_no_cameras_at_a_question(client, eye, question, incident, controller):
    client.force_login(controller)
    panels = {
        either: client.get(reverse("control-incident", args=[either.reference])).content.decode()
        for either in (question, incident)
    }
    assert [eye.name in panels[either] for either in (question, incident)] == [False, True]
    beside = client.get(reverse("control-camera", args=[eye.code])).content.decode()
    assert [either.reference in beside for either in (question, incident)] == [False, True]


def test_no_camera_is_asked_more_often_for_a_question(procedure, eye):
    eye.url = "http://192.0.2.1/a.jpg"
    eye.save()
    factories.incident(procedure)
    assert [duty.wanted for duty in partitioning.claim_share("one").duties] == [False]
    assert pool.cameras_near(Incident.objects.open().in_the_street()) == []


def test_questions_count_for_no_coverage(town, question, incident):
    assert coverage.sum_wards(coverage.ward_coverage(30)) == (1, 0, 0)
    assert [many for _lon, _lat, many in coverage.coverage_shapes(30)["gaps"]] == [1]


def test_what_was_kept_of_a_question_is_let_go(client, eye, incident, town, officer):
    evidence, other = keeps(eye, incident), keeps(eye, factories.incident(town.waste), colour="red")
    town.hole.cameras = False
    town.hole.save()

    delete_unwatchable_evidence()
    delete_unwatchable_evidence()

    assert list(Evidence.objects.undeleted()) == [other]
    assert Tombstone.objects.get().evidence == evidence
    last = incident.timeline.last()
    why = "không được dùng camera cho loại việc này"
    assert (last.kind, last.public, last.note) == ("forgotten", False, f"1 hình, {why}")
    client.force_login(officer)
    assert client.get(reverse("evidence", args=[evidence.pk])).status_code == 404


def test_what_a_supervisor_holds_stays_even_so(eye, incident, town, controller):
    keeps(eye, incident)
    retention.hold_evidence(incident, by=controller, reason="Court case 12")
    town.hole.cameras = False
    town.hole.save()
    assert retention.forget_old() == 0


def test_public_history_lists_no_camera(client, incident, officer):
    """The line that pictures were kept is public; which cameras kept them, and when, is for staff."""
    code = "SECRET-CAMERA-7"
    eye = camera(code, name="Harbour Gate")
    row = keeps(eye, incident)
    timeline.record(incident, "evidence", note=f"lúc báo: {code}")  # as lines were written before
    keeping.record_history(incident, [row], None)
    lines = incident.timeline.filter(kind="evidence")
    assert [(line.public, code in f"{line.note} {line.reasons}") for line in lines] == [(True, True)] * 2
    token = incident.reports.get().token
    day = timedelta(days=1)
    window = {"start_date": (now() - day).isoformat(), "end_date": (now() + day).isoformat()}

    pages = {
        "page": client.get(f"/i/{incident.reference}/"),
        "followed": client.get(f"/f/{token}/"),
        "requests": client.get("/open311/v2/requests.json"),
        "request": client.get(f"/open311/v2/requests/{incident.reference}.json"),
        "updates": client.get("/open311/v2/servicerequestupdates.json", window),
    }

    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(pages, 200)
    assert [name for name, page in pages.items() if code in page.content.decode()] == []
    assert "Đã lưu hình từ 1 camera" in pages["page"].content.decode()

    client.force_login(officer)
    assert code in client.get(f"/desk/{incident.reference}/").content.decode()


def test_who_forbids_looking_in_the_administration_lets_go(client, eye, incident, town):
    keeps(eye, incident)
    client.force_login(factories.superuser("chief"))
    page = reverse("admin:incidents_category_change", args=[town.hole.pk])
    form = client.get(page).context["adminform"].form
    fields = {name: value for name, value in form.initial.items() if value is not None and name != "cameras"}
    assert client.post(page, fields).status_code == 302
    assert ProcrastinateJob.objects.filter(task_name="cameras.let_go").count() == 1
    town.hole.refresh_from_db()
    assert town.hole.cameras is False
