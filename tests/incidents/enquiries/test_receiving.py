"""Receiving enquiries: without a place, once, with a due date."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents import reporting
from incidents.enquiries import receiving
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.enquiries.words import kind_in_words
from incidents.models import Block, Enquiry, EnquiryTerm, Incident, Membership, WatchedWord
from incidents.reporting import blocking
from incidents.reporting.sender import Sender
from tests import factories

SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")
STRANGER = Sender(network="203.0.113.7")


def write_enquiry(kind="question", text="Xin hỏi thủ tục làm khai sinh", **more):
    return IncomingEnquiry("web", kind, text, **more)


@pytest.mark.parametrize(("text", "kind"), [
    ("Xin hỏi thủ tục làm khai sinh", "question"),
    ("cho toi hoi phuong co lam viec thu bay khong", "question"),
    ("How do I get a birth certificate?", "question"),
    ("Cảm ơn các anh đã dọn rác rất nhanh", "thanks"),
    ("Thank you for the quick repair", "thanks"),
    ("Cán bộ tiếp dân có thái độ hách sách với tôi", "complaint"),
    ("can bo phuong vo trach nhiem", "complaint"),
    ("A clerk was rude to my mother", "complaint"),
    ("Ổ gà sâu trước số 12, xe ngã nhiều lần rồi, mong phường sửa sớm, xin cảm ơn", ""),
    ("Đèn đường tắt ba đêm nay", ""),
    ("Nhân viên thu gom bỏ rác giữa đường", ""),
    ("", ""),
])  # fmt: skip
def test_words_that_may_be_an_enquiry(text, kind):
    assert kind_in_words(text) == kind


def test_an_enquiry_is_taken_in_without_a_place(town):
    enquiry = receive_enquiry(write_enquiry(phone="+84901234567", sender_id="A-17"))
    assert (enquiry.state, enquiry.authority, enquiry.channel, enquiry.sender_id) == (
        "received",
        town.desk,
        "web",
        "A-17",
    )
    assert enquiry.reference.startswith("H")
    assert [line.kind for line in enquiry.lines.all()] == ["received"]
    assert not Incident.objects.exists()


def test_the_same_enquiry_twice_is_one(town):
    sending = uuid.uuid4()
    first, again = (receive_enquiry(write_enquiry(sending=sending)) for _n in range(2))
    assert (first.pk, Enquiry.objects.count(), first.lines.count()) == (again.pk, 1, 1)


def test_a_complaint_goes_to_the_supervisors_unit(town):
    assert receive_enquiry(write_enquiry("complaint")).authority == town.desk  # nobody supervises yet
    factories.person("chief", town.water, Membership.Role.SUPERVISOR)
    authorities = {kind: receive_enquiry(write_enquiry(kind)).authority for kind in Enquiry.Kind.values}
    assert authorities == {"question": town.desk, "thanks": town.desk, "complaint": town.water}


@pytest.mark.parametrize(("incoming", "field"), [
    (write_enquiry("praise"), "kind"),
    (write_enquiry(text=" \u200b\n"), "text"),
    (write_enquiry(text="x" * (reporting.TEXT_MAX + 1)), "text"),
])  # fmt: skip
def test_what_cannot_be_taken_in_is_said(town, incoming, field):
    with pytest.raises(reporting.ReportRefused) as refused:
        receive_enquiry(incoming)
    assert (refused.value.field, Enquiry.objects.count()) == (field, 0)


FRIDAY, TET = datetime(2026, 11, 27, 9, 0, tzinfo=SAIGON), datetime(2027, 2, 3, 9, 0, tzinfo=SAIGON)


@pytest.mark.parametrize(("term", "start", "due"), [
    ("", FRIDAY, datetime(2026, 12, 4, 17, 0, tzinfo=SAIGON)),  # five working days where the pack says nothing
    ("2wd", FRIDAY, datetime(2026, 12, 1, 17, 0, tzinfo=SAIGON)),
    ("48h", FRIDAY, FRIDAY + timedelta(hours=48)),
    ("4wh", FRIDAY, datetime(2026, 11, 27, 14, 30, tzinfo=SAIGON)),
])  # fmt: skip
def test_the_deadline_is_the_terms_of_the_kind(town, term, start, due):
    if term:
        EnquiryTerm.objects.create(kind="question", answer_within=term)
    assert receiving.deadline_of("question", town.desk, start)[1] == due
    assert receiving.deadline_of("thanks", town.desk, start)[0] == "5wd"


# ---- strangers ----


@pytest.mark.usefixtures("standing_clock")
def test_who_sends_very_many_is_looked_at_first(town, settings):
    settings.LIMITS = settings.LIMITS | {"hold:address": settings.LIMITS["hold:phone"]}
    most = settings.LIMITS["hold:address"].count
    enquiries = [receive_enquiry(write_enquiry(), STRANGER) for _n in range(most + 1)]
    assert [enquiry.state for enquiry in enquiries] == ["received"] * most + ["held"]
    assert (enquiries[-1].reasons, enquiries[-1].network) == (["address"], "203.0.113.7")


@pytest.mark.usefixtures("standing_clock")
def test_a_solved_puzzle_spares_the_look(town, settings):
    settings.LIMITS = settings.LIMITS | {"report:address": settings.LIMITS["report:phone"]}
    most = settings.LIMITS["report:address"].count
    for _n in range(most):
        receive_enquiry(write_enquiry(), Sender(network="203.0.113.7", puzzle=True))
    states = [
        receive_enquiry(write_enquiry(), Sender(network="203.0.113.7", puzzle=True, puzzle_solved=solved)).reasons
        for solved in (False, True)
    ]
    assert states == [["puzzle"], []]


def test_watched_words_are_looked_at_first(town):
    WatchedWord.watch("khai sinh")
    reasons = [receive_enquiry(write_enquiry(), sender).reasons for sender in (STRANGER, None)]
    assert reasons == [["words"], []]
    assert receive_enquiry(write_enquiry(text="Xin hỏi khai sinhh"), STRANGER).reasons == []


def test_who_is_blocked_is_refused_and_reads_why(town, operator):
    about = {"hint": "x", "reason": "Insults.", "ends": blocking.end_of_block(7), "by": operator}
    Block.objects.create(kind="phone", digest=blocking.digests_of("phone", "+84901234567")[0], **about)
    with pytest.raises(reporting.ReportRefused, match="Insults") as refused:
        receive_enquiry(write_enquiry(phone="+84901234567"), STRANGER)
    assert (refused.value.field, Enquiry.objects.count()) == ("block", 0)


# ---- one of the street after all ----


def test_an_enquiry_becomes_an_incident_of_its_own(town):
    """It joins no incident at the same place, and confirms no address."""
    near_incident = factories.incident(town.hole)
    dispatcher = factories.person("dispatcher", town.desk, Membership.Role.DISPATCHER)
    enquiry = receive_enquiry(write_enquiry(text="Xin hỏi bao giờ lấp ổ gà", email="an@example.org"))
    details = {"category": town.hole, "place": factories.IN_OLD, "by": dispatcher, "where": "Harbour Road"}
    report = receiving.make_incident(enquiry, **details)
    enquiry.refresh_from_db()
    assert report.incident != near_incident
    assert (enquiry.state, enquiry.incident, enquiry.is_open) == ("incident", report.incident, False)
    assert (report.text, report.email, report.email_confirmed_at) == (enquiry.text, "an@example.org", None)
    assert receiving.report_of(enquiry) == report
    assert [line.kind for line in enquiry.lines.all()] == ["received", "incident"]


def test_words_of_a_complaint_are_not_shown_with_its_incident(town):
    chief = factories.person("chief", town.desk, Membership.Role.SUPERVISOR)
    enquiry = receive_enquiry(write_enquiry("complaint", "Anh Tư để ổ gà trước nhà tôi"))
    report = receiving.make_incident(enquiry, category=town.hole, place=factories.IN_OLD, by=chief)
    assert (report.public_text, report.incident.text) == ("", "")
