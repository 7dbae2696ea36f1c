"""Subtasks for other units, mentions in notes, and assignment to a person."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from incidents import access, notify, photos, timeline, workflow
from incidents.casework import assignment, notes, subtasks
from incidents.models import Absence, Event, Incident, Membership, Mention, Notice, Photo, Subtask
from incidents.views.api.live import news_test_for
from tests import factories

TOMORROW = timedelta(days=1)


@pytest.fixture
def plumber(town):
    person = factories.person("plumber", town.water)
    person.email, person.last_name, person.first_name = "plumber@example.org", "Lê", "An"
    person.save()
    return person


@pytest.fixture
def part(town, incident, officer, plumber):
    workflow.move(incident, "accept", by=officer)
    return subtasks.request_subtask(
        incident, by=officer, to=town.water, what="Close the valve", due_at=now() + TOMORROW
    )


def last_notices(incident):
    """(key, address) of notices to staff of the incident's last line."""
    notify.announce_event(incident.timeline.last().pk)
    event = incident.timeline.last()
    return [(notice.template, notice.address) for notice in Notice.objects.filter(event=event).order_by("pk")]


# ---- parts ----


def test_an_open_part_holds_the_incident_open(part, incident, officer, plumber):
    for step in ("resolve", "reject"):
        with pytest.raises(workflow.NotAllowed, match="Cấp nước"):
            workflow.move(incident, step, by=officer, note="Filled")

    subtasks.answer_subtask(part, by=plumber, done=True, text="The valve is closed.")

    assert (part.state, part.answer, part.answered_by) == ("done", "The valve is closed.", plumber)
    workflow.move(incident, "resolve", by=officer, note="Filled")
    lines = incident.timeline.filter(kind__in=["task_asked", "task_done"])
    assert [(line.kind, line.by, line.authority.code, line.note, line.public) for line in lines] == [
        ("task_asked", officer, "old", "Close the valve", False),
        ("task_done", plumber, "water", "The valve is closed.", False),
    ]


def test_subtask_notifies_the_asked_unit_and_then_the_asker(town, incident, officer, plumber):
    officer.email = "officer@example.org"
    officer.save()
    town.water.contacts.create(label="Trực", email="water@example.org")
    part = subtasks.request_subtask(
        incident, by=officer, to=town.water, what="Close the valve", due_at=now() + TOMORROW
    )
    assert last_notices(incident) == [("part_asked", "water@example.org")]
    assert "Close the valve" in Notice.objects.get().text
    subtasks.answer_subtask(part, by=plumber, done=False, text="It is not ours.")
    assert last_notices(incident) == [("part_answered", "officer@example.org")]
    assert part.state == "refused"


def test_asked_unit_reads_without_contact_until_it_has_answered(town, officer, plumber):
    picture = photos.read_photo(SimpleUploadedFile("street.jpg", factories.jpeg()))
    secret = factories.incident(town.secret, pictures=[picture], phone="+84901234567")
    for photo in secret.photos.all():
        Photo.objects.filter(pk=photo.pk).update(public=True)
    may = ("read", "help", "work", "contact", "notes", "evidence", "publish", "decide", "direct")

    def can():
        return [action for action in may if access.incidents_for(plumber, action).filter(pk=secret.pk).exists()]

    assert (can(), access.photos_for(plumber).count()) == ([], 0)
    part = subtasks.request_subtask(secret, by=officer, to=town.water, what="Look", due_at=now() + TOMORROW)
    assert (can(), access.photos_for(plumber).count()) == (["read", "help"], 1)
    event = subtasks.answer_subtask(part, by=plumber, done=True, text="Looked", pictures=[picture])
    assert can() == []
    own = access.photos_for(plumber).get()
    assert (own.event, own.public) == (event, False)  # its own picture it may see again
    assert set(access.photos_for(officer)) == set(secret.photos.all())


def test_the_same_form_sent_twice_is_one_part(part, incident, officer, town):
    again = subtasks.request_subtask(
        incident, by=officer, to=town.water, what=" Close the valve ", due_at=now() + TOMORROW
    )
    assert (again, Subtask.objects.count(), incident.timeline.filter(kind="task_asked").count()) == (part, 1, 1)


@pytest.mark.parametrize(("change", "faulty"), [
    ({"what": " \n"}, {"what"}),
    ({"what": "a" * 2001}, {"what"}),
    ({"to": None}, {"to"}),
    ({"to": "office"}, {"to"}),
    ({"due_at": now() - TOMORROW}, {"due_at"}),
    ({"what": "", "to": None, "due_at": None}, {"what", "to", "due_at"}),
])  # fmt: skip
def test_what_cannot_be_asked_is_said_all_at_once(town, incident, officer, change, faulty):
    fields = {"to": "water", "what": "Close the valve", "due_at": now() + TOMORROW} | change
    fields["to"] = fields["to"] and getattr(town, fields["to"])
    with pytest.raises(subtasks.InvalidSubtask) as unfit:
        subtasks.request_subtask(incident, by=officer, **fields)
    assert unfit.value.faults.keys() == faulty
    assert (Subtask.objects.count(), incident.timeline.count()) == (0, 2)


def test_external_unit_and_eleventh_subtask_are_refused(town, incident, officer):
    town.water.works = "email"
    town.water.save()
    with pytest.raises(subtasks.InvalidSubtask, match="ngoài hệ thống"):
        subtasks.request_subtask(incident, by=officer, to=town.water, what="Close it", due_at=now() + TOMORROW)
    for n in range(subtasks.OPEN_MAX):
        subtasks.request_subtask(
            incident, by=officer, to=town.other, what=f"Look at house {n}", due_at=now() + TOMORROW
        )
    with pytest.raises(subtasks.InvalidSubtask):
        subtasks.request_subtask(incident, by=officer, to=town.other, what="One more", due_at=now() + TOMORROW)


def test_who_comes_too_late_or_is_not_asked_is_told(part, incident, officer, outsider, plumber, town):
    with pytest.raises(workflow.NotAllowed, match="không thuộc đơn vị bạn"):
        subtasks.answer_subtask(part, by=outsider, done=True, text="Done")
    with pytest.raises(subtasks.InvalidSubtask):
        subtasks.answer_subtask(part, by=plumber, done=True, text=" ")
    with pytest.raises(workflow.NotAllowed):
        subtasks.request_subtask(incident, by=officer, to=town.other, what="Help", due_at=now() + TOMORROW, seen=0)
    subtasks.withdraw_subtask(part, by=officer, why="It stopped by itself.")
    note = incident.timeline.last()
    assert (part.state, note.kind, note.public) == ("withdrawn", "note", False)
    assert note.note == "Không cần Cấp nước phối hợp nữa: Close the valve\nIt stopped by itself."
    for late in (
        lambda: subtasks.answer_subtask(part, by=plumber, done=True, text="Done"),
        lambda: subtasks.withdraw_subtask(part, by=officer),
    ):
        with pytest.raises(workflow.NotAllowed, match="đã rút lại"):
            late()
    workflow.move(incident, "resolve", by=officer, note="Dry")
    with pytest.raises(workflow.NotAllowed):
        subtasks.request_subtask(incident, by=officer, to=town.water, what="Look", due_at=now() + TOMORROW)


def test_asked_unit_gets_live_news(part, incident, officer, plumber, outsider, town):
    line = incident.timeline.get(kind="task_asked")
    assert news_test_for(plumber)(timeline.news_of(line)) is True
    assert news_test_for(outsider)(timeline.news_of(line)) is False


# ---- notes ----


@pytest.mark.parametrize(("text", "called", "unknown"), [
    ("@leader look, please", ["leader"], []),
    ("(@Leader), @LEADER. @leader's", ["leader"], []),
    ("Ask @leader@home.", [], ["leader@home"]),
    ("write to ward@leader.vn", [], []),
    ("@leader @lead.er @nobody", ["leader"], ["lead.er", "nobody"]),
    ("@outsider does not read it", [], ["outsider"]),
    ("@ @@ @.", [], []),
    ("@gone left", [], ["gone"]),
])  # fmt: skip
def test_names_are_found_in_a_text(town, incident, outsider, text, called, unknown):
    factories.person("leader", town.office, Membership.Role.LEADER)
    former = factories.person("gone", town.office)
    former.is_active = False
    former.save()
    calls = notes.find_mentioned(incident, text)
    assert ([person.username for person in calls.people], calls.unknown) == (called, unknown)


def test_who_is_called_is_told_until_it_was_seen(town, incident, officer):
    leader = factories.person("leader", town.office, Membership.Role.LEADER)
    leader.email = "leader@example.org"
    leader.save()
    event = notes.write_note(incident, by=officer, text=" @leader: @officer asks\r\nyou ")
    assert (event.kind, event.public, event.note, event.by) == ("note", False, "@leader: @officer asks\nyou", officer)
    assert list(Mention.objects.values_list("event", "user")) == [(event.pk, leader.pk)]  # nobody calls oneself
    assert last_notices(incident) == [("mentioned", "leader@example.org")]
    assert [notes.mark_mentions_seen(leader, incident) for _twice in range(2)] == [1, 0]


def test_a_note_that_calls_nobody_who_reads_it_is_not_kept(incident, officer, outsider):
    with pytest.raises(notes.InvalidNote, match="@nobody, @outsider"):
        notes.write_note(incident, by=officer, text="@nobody and @outsider")
    for text in (" ", "a" * 2001):
        with pytest.raises(notes.InvalidNote):
            notes.write_note(incident, by=officer, text=text)
    assert incident.timeline.count() == 2


# ---- a person ----


def test_an_incident_is_given_to_a_person_of_the_unit_and_back(incident, officer, plumber, town):
    colleague = factories.person("colleague", town.office)
    colleague.email = "colleague@example.org"
    colleague.save()
    event = assignment.assign_person(incident, colleague, by=officer)
    assert (incident.handler, event.kind, event.note, event.public) == (colleague, "given", "colleague", False)
    assert list(Incident.objects.open().filter(handler=colleague)) == [incident]
    assert last_notices(incident) == [("given", "colleague@example.org")]
    assert assignment.assign_person(incident, colleague, by=officer) is None
    assert assignment.assign_person(incident, None, by=colleague).note == "Trả về bàn chung"
    assert (incident.handler, incident.timeline.filter(kind="given").count()) == (None, 2)
    with pytest.raises(assignment.NotAssignable, match="Lê An"):
        assignment.assign_person(incident, plumber, by=officer)


def test_who_takes_it_is_not_told_and_not_read(incident, officer, django_assert_num_queries):
    event = assignment.assign_person(incident, officer, by=officer)
    with django_assert_num_queries(3):  # a savepoint, the event with what belongs to it, its end
        notify.announce_event(event.pk)
    assert not Notice.objects.exists()


def test_only_who_may_work_on_it_today_can_be_given_it(town, incident, officer, today):
    posts = {
        "all": {}, "area": {"area": town.old}, "field": {"category": town.streets}, "leaf": {"category": town.hole},
        "other_area": {"area": town.new}, "other_field": {"category": town.pipes},
        "ended": {"ends": today - TOMORROW}, "later": {"starts": today + TOMORROW},
    }  # fmt: skip
    for name, limits in posts.items():
        factories.post(user=factories.person(name), authority=town.office, role="officer", **limits)
    factories.person("watching", town.office, Membership.Role.SUPERVISOR)
    assert {person.username for person in assignment.assignable_people(incident)} == {
        "officer",
        "all",
        "area",
        "field",
        "leaf",
    }
    for person in assignment.assignable_people(incident):
        assert access.incidents_for(person, "work").get() == incident


def test_handover_removes_the_handler_and_closed_ones_get_none(town, incident, officer):
    stale = Incident.objects.get()
    assignment.assign_person(incident, officer, by=officer)
    workflow.move(incident, "hand_over", by=officer, note="A pipe", to=town.water)
    assert incident.handler is None
    with pytest.raises(workflow.NotAllowed):
        assignment.assign_person(stale, officer, by=officer)
    workflow.move(incident, "resolve", note="Dry")
    with pytest.raises(workflow.NotAllowed):
        assignment.assign_person(incident, None, by=officer)


def test_deputies_have_the_rights_of_absent_people_transitively(town, incident, officer, today):
    deputy, second = factories.person("deputy"), factories.person("second")
    assert not access.incidents_for(second, "work").exists()
    away = factories.absence(user=officer, deputy=deputy, starts=today, ends=today)
    factories.absence(user=deputy, deputy=second, starts=today - TOMORROW, ends=today)
    for person in (officer, deputy, second):
        assert access.incidents_for(person, "work").get() == incident
    factories.change_posts(Absence.objects.filter(pk=away.pk), starts=today + TOMORROW, ends=today + TOMORROW)
    assert not access.incidents_for(deputy, "work").exists()
    assert Event.objects.count() == 2
