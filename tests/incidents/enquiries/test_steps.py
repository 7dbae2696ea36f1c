"""Steps of enquiries: rights, notices, retention."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils.timezone import now

from incidents import access
from incidents.data_requests import handover
from incidents.data_requests import requests as data_requests
from incidents.disclosure import register, subject_requests
from incidents.enquiries import notices as enquiry_notices
from incidents.enquiries import reminders as enquiry_reminders
from incidents.enquiries import retention as enquiry_retention
from incidents.enquiries import steps as enquiry_steps
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.enquiries.steps import StepRefused, move
from incidents.models import Contact, Enquiry, EnquiryLine, EnquiryNote, Membership, Notice, PersonalDataView
from tests import factories

ROLE = Membership.Role


@pytest.fixture
def dispatcher(town):
    return factories.person("dispatcher", town.desk, ROLE.DISPATCHER)


@pytest.fixture
def chief(town):
    return factories.person("chief", town.desk, ROLE.SUPERVISOR)


@pytest.fixture
def leader(town):
    return factories.person("leader", town.office, ROLE.LEADER)


def make_enquiry(kind="question", text="Xin hỏi thủ tục làm khai sinh", channel="web", **more):
    return receive_enquiry(IncomingEnquiry(channel, kind, text, **more))


def notices_of_line(line):
    enquiry_notices.announce_line(line.pk)
    return list(Notice.objects.filter(cause=enquiry_retention.cause_of(line)).order_by("medium"))


STATES = {name: step.sources for name, step in enquiry_steps.STEPS.items()}


@pytest.mark.usual_rows(16)
@pytest.mark.parametrize("step", enquiry_steps.STEPS)
@pytest.mark.parametrize("state", Enquiry.State.values)
def test_steps_lead_where_the_table_says(town, dispatcher, step, state):
    enquiry, ended = make_enquiry(), state in Enquiry.ENDED
    incident = factories.incident(town.hole)
    more = {"incident": incident if state == "incident" else None, "closed_at": now() if ended else None}
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state, **more)
    fields = {"by": dispatcher, "note": "Because", "authority": town.office if step == "pass-on" else None}
    fields["incident"] = incident if step == "incident" else None
    fields["page"] = factories.answer() if step == "refer" else None
    if state in STATES[step]:
        line = move(enquiry, step, **fields)
        assert (enquiry.state, line.state, line.note.text.partition("\n")[0]) == (
            enquiry_steps.STEPS[step].target,
            enquiry.state,
            "Because",
        )
        assert bool(enquiry.closed_at) == (enquiry.state in Enquiry.ENDED)
    else:
        with pytest.raises(StepRefused):
            move(enquiry, step, **fields)
        enquiry.refresh_from_db()
        assert (enquiry.state, enquiry.lines.count()) == (state, 1)


@pytest.mark.parametrize(("kind", "step", "fields", "field"), [
    ("question", "answer", {"note": " "}, "note"),
    ("question", "answer", {"note": "x" * (enquiry_steps.NOTE_MAX + 1)}, "note"),
    ("question", "close", {}, "note"),
    ("thanks", "close", {}, None),
    ("question", "pass-on", {"note": "Theirs"}, "authority"),
])  # fmt: skip
def test_what_a_step_wants_is_said(town, dispatcher, kind, step, fields, field):
    if field is None:
        assert move(make_enquiry(kind), step, by=dispatcher, **fields).kind == "closed"
        return
    with pytest.raises(StepRefused) as refused:
        move(make_enquiry(kind), step, by=dispatcher, **fields)
    assert refused.value.field == field


def test_what_a_unit_gives_back_is_at_home_again(town, dispatcher, officer):
    enquiry = make_enquiry()
    move(enquiry, "pass-on", by=dispatcher, note="Of your ward", authority=town.office)
    assert enquiry.authority == town.office
    move(enquiry, "give-back", by=officer, note="Not ours")
    assert (enquiry.authority, enquiry.state) == (town.desk, "received")


# ---- who may ----

EVERYTHING = {"read", "work", "contact"}
TABLE = [  # whose, of which kind, in which state, at which unit: what each may do
    ("question", "received", "desk", {"dispatcher": EVERYTHING}),
    ("question", "passed_on", "office", {"dispatcher": EVERYTHING, "officer": EVERYTHING | {"give_back"},
                                         "leader": EVERYTHING | {"give_back"}}),
    ("question", "held", "desk", {"dispatcher": {"check"}}),
    ("thanks", "received", "desk", {"dispatcher": EVERYTHING}),
    ("thanks", "answered", "desk", {"dispatcher": {"read", "contact"}}),
    ("complaint", "received", "desk", {"chief": EVERYTHING}),
    ("complaint", "received", "office", {"chief": EVERYTHING}),
    ("complaint", "passed_on", "office", {"chief": EVERYTHING, "leader": {"read", "give_back"}}),
    ("complaint", "closed", "office", {"chief": {"read", "contact"}}),
    ("complaint", "held", "desk", {"chief": {"check"}}),
]  # fmt: skip


@pytest.mark.usual_rows(5)
@pytest.mark.parametrize(("kind", "state", "unit", "may"), TABLE)
def test_who_may_do_what(town, dispatcher, chief, leader, officer, outsider, operator, kind, state, unit, may):
    enquiry = make_enquiry(kind)
    ended = now() if state in Enquiry.ENDED else None
    Enquiry.objects.filter(pk=enquiry.pk).update(state=state, authority=getattr(town, unit), closed_at=ended)
    people = {user.username: user for user in (dispatcher, chief, leader, officer, outsider, operator)}
    allowed = {
        name: {action for action in access.ENQUIRIES if access.enquiries_for(person, action).exists()}
        for name, person in people.items()
    }
    assert {name: actions for name, actions in allowed.items() if actions} == may | {"operator": {"tell"}}


def test_a_post_of_one_field_reaches_no_unit_of_others(town):
    person = factories.person("narrow")
    factories.post(person, town.desk, ROLE.SUPERVISOR, category=town.streets)
    make_enquiry("complaint")
    assert not access.enquiries_for(person).exists()


# ---- who hears of it ----


@pytest.mark.parametrize(("contact", "expected"), [
    ({"email": "an@example.org"}, [("email", "an@example.org")]),
    ({"chat": "webchat:k3", "email": "an@example.org"}, [("webchat", "webchat:k3")]),
    ({"phone": "+84901234567"}, []),  # no SMS are sent here
    ({}, []),
])  # fmt: skip
def test_the_answer_goes_by_the_way_it_came(town, dispatcher, contact, expected):
    enquiry = make_enquiry(**contact)
    notices = notices_of_line(move(enquiry, "answer", by=dispatcher, note="Mang theo giấy chứng sinh."))
    assert [(notice.medium, notice.address) for notice in notices] == expected
    assert all("Mang theo giấy chứng sinh." in notice.text and enquiry.reference in notice.text for notice in notices)


@pytest.mark.parametrize("confirmed", [True, False])
def test_private_link_goes_to_known_addresses_only(town, dispatcher, confirmed):
    enquiry = make_enquiry(email="an@example.org")
    Enquiry.objects.filter(pk=enquiry.pk).update(email_confirmed_at=now() if confirmed else None)
    (notice,) = notices_of_line(move(enquiry, "answer", by=dispatcher, note="Ja"))
    assert (enquiry.token in notice.text) == confirmed


def test_a_line_is_told_once_and_thanks_are_closed_silently(town, dispatcher):
    line = move(make_enquiry("thanks", email="an@example.org"), "close", by=dispatcher)
    assert notices_of_line(line) == []
    line = move(make_enquiry(email="an@example.org"), "close", by=dispatcher, note="The court decides")
    assert len(notices_of_line(line)) == len(notices_of_line(line)) == 1


def test_a_unit_hears_that_it_has_one_and_not_what_it_says(town, dispatcher):
    Contact.objects.create(authority=town.office, label="Desk", email="office@example.org")
    line = move(make_enquiry(text="Bí mật của tôi"), "pass-on", by=dispatcher, note="Theirs", authority=town.office)
    (notice,) = notices_of_line(line)
    assert (notice.address, "Bí mật" in notice.text, "Theirs" in notice.text) == ("office@example.org", False, False)


def test_who_has_a_late_one_is_reminded_once(town, dispatcher, chief):
    for person in (dispatcher, chief):
        type(person).objects.filter(pk=person.pk).update(email=f"{person.username}@example.org")
    enquiries = {kind: make_enquiry(kind) for kind in ("question", "complaint")}
    at = max(enquiry.due_at for enquiry in enquiries.values()) + timedelta(minutes=1)
    assert [enquiry_reminders.remind_late(at), enquiry_reminders.remind_late(at)] == [2, 0]
    texts = {notice.address: notice.text for notice in Notice.objects.filter(template="enquiry_late")}
    assert texts.keys() == {"dispatcher@example.org", "chief@example.org"}
    assert enquiries["complaint"].reference in texts["chief@example.org"]
    assert [line.kind for line in enquiries["question"].lines.all()] == ["received", "reminded"]


# ---- what is kept ----


@pytest.mark.parametrize("statement", [
    "UPDATE incidents_enquiryline SET kind = 'closed'", "DELETE FROM incidents_enquiryline",
])  # fmt: skip
def test_the_history_only_grows(town, statement):
    make_enquiry()
    with pytest.raises(ProgrammingError, match="denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_what_was_written_and_changed_later_shows(client, town, dispatcher):
    enquiry = make_enquiry()
    line = move(enquiry, "answer", by=dispatcher, note="Yes")
    client.force_login(dispatcher)
    warning = "Nội dung này đã bị sửa sau đó."
    assert warning not in client.get(f"/enquiries/{enquiry.reference}/").text
    EnquiryNote.objects.filter(line=line).update(text="No")
    assert warning in client.get(f"/enquiries/{enquiry.reference}/").text


def test_each_look_at_a_contact_is_recorded(town, dispatcher):
    enquiry = make_enquiry(phone="+84901234567")
    enquiry_retention.show_contact(enquiry, by=dispatcher)
    (line,) = PersonalDataView.objects.all()
    assert (line.how, line.by, line.enquiry) == ("enquiry", dispatcher, enquiry)
    assert enquiry.lines.last().kind == "viewed"
    assert register.PERSONAL_VIEWS.verify().fault == ""


def test_what_was_written_is_erased_in_its_time(town, dispatcher, policies):
    enquiry, other = (make_enquiry(email="an@example.org", phone="+84901234567", chat="webchat:k3") for _n in range(2))
    line = move(enquiry, "answer", by=dispatcher, note="To Mr An")
    notices_of_line(line)
    at = enquiry.closed_at + timedelta(days=31 * policies.keep_contacts_months)
    assert [enquiry_retention.erase_expired_enquiries(at), enquiry_retention.erase_expired_enquiries(at)] == [1, 0]
    enquiry.refresh_from_db()
    assert (enquiry.text, enquiry.phone, enquiry.email, enquiry.chat, enquiry.token, enquiry.state) == (
        "",
        "",
        "",
        "",
        "",
        "answered",
    )
    assert not EnquiryNote.objects.exists()
    assert {notice.text for notice in Notice.objects.filter(cause=enquiry_retention.cause_of(line))} == {""}
    assert [entry.kind for entry in enquiry.lines.all()] == ["received", "answered", "erased"]
    other.refresh_from_db()
    assert other.text


def test_a_person_gets_a_copy_and_is_erased(town, dispatcher):
    enquiry = make_enquiry(phone="+84901234567")
    access_asked = subject_requests.record_request("access", by=dispatcher, phone="+84901234567")
    (enquiry_data,) = handover.personal_data(access_asked, [])["enquiries"]
    assert (enquiry_data["reference"], enquiry_data["text"]) == (enquiry.reference, enquiry.text)
    data_requests.fulfil_request(
        subject_requests.record_request("erase", by=dispatcher, phone="+84901234567"), by=dispatcher
    )
    enquiry.refresh_from_db()
    assert (enquiry.text, enquiry.state) == ("", "closed")
    assert EnquiryLine.objects.filter(enquiry=enquiry, kind="erased", by=dispatcher).exists()
