"""E-mail: one answer or one question, replies assigned to incidents, nothing sent to machines."""

from datetime import timedelta

import pytest
from django.core import mail as outbox
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from incidents import reporting, workflow
from incidents.channels import mail
from incidents.channels.mail import unread
from incidents.data_requests import requests as data_requests
from incidents.disclosure import subject_requests
from incidents.models import (
    Category,
    DeadAddress,
    Event,
    Incident,
    Notice,
    OptOut,
    PersonalDataView,
    Report,
    StoredMail,
)
from incidents.notify import email, reply_addresses
from tests import factories
from tests.incidents.channels.mails import ADDRESS, LAN, WHERE, letter, sample, take, work
from tests.town import load_town

HOLE = f"Ổ gà rất sâu trên {WHERE}, xe máy hay bị ngã."


@pytest.fixture(autouse=True)
def by_mail(settings):
    """Enable e-mail."""
    settings.MAIL_ADDRESS, settings.DEFAULT_FROM_EMAIL = ADDRESS, "Wharf <khong-tra-loi@wharf.example>"


def mails_to(address=LAN):
    return [message for message in outbox.outbox if message.to == [address]]


def reply_to(sent, text, **more):
    """A reply to a letter of ours as mail programs send it."""
    refers = {"In_Reply_To": sent.extra_headers["Message-ID"]}
    return letter(text, to=sent.extra_headers["Reply-To"], subject=f"Re: {sent.subject}", **refers, **more)


def answers():
    return list(Notice.objects.order_by("pk").values_list("template", flat=True))


# ---- reports ----


def test_a_mail_becomes_a_report_and_is_answered_once(town):
    settled = take(letter(HOLE, subject="Đường hư", pictures=[noise()]))
    work()
    report = Report.objects.get()
    assert (settled.state, settled.report) == ("report", report)
    assert (report.channel, report.email, report.text) == ("email", LAN, f"Đường hư\n{HOLE}")
    assert (report.incident.category, report.incident.area, report.photos.count()) == (town.hole, town.old, 1)
    [answer] = mails_to()
    assert report.incident.reference in answer.subject
    assert answer.extra_headers["Auto-Submitted"] == "auto-replied"
    assert answer.extra_headers["In-Reply-To"] == f"<{settled.message_id}>"
    assert answers() == ["mail_received"]


@pytest.mark.usual_rows(6)
@pytest.mark.parametrize(
    "name", ["gmail_web", "outlook_desktop_winmail", "apple_mail", "iphone", "yahoo_web", "roundcube_tcvn3",
             "samsung_vni", "k9_windows1258", "webmail_raw_subject", "forward_as_attachment", "zimbra_forward"]
)  # fmt: skip
def test_what_each_program_writes_becomes_a_report(town, name):
    settled = take(sample(name))
    assert (settled.state, settled.report.incident.category.parent) == ("report", town.streets)
    assert answers() == ["mail_received"]


def test_the_same_message_twice_is_once(town):
    assert take(letter(HOLE, number=7)) is not None
    assert take(letter(HOLE + " Again", number=7)) is None
    assert Report.objects.count() == 1


def test_a_job_that_runs_again_changes_nothing(town):
    settled = take(letter(HOLE))
    mail.process_mail(settled.pk)
    assert (Report.objects.count(), Notice.objects.count()) == (1, 1)


def test_the_same_words_again_make_no_second_report(town):
    take(letter(HOLE))
    again = take(letter(HOLE))
    assert (again.state, again.why, Report.objects.count()) == ("dropped", "again", 1)


def test_words_read_out_of_a_font_are_for_the_desk_alone(town):
    report = take(sample("roundcube_tcvn3")).report
    assert report.text.startswith("O ga tren duong\nổ gà rất sâu")
    assert (report.public_text, report.incident.text) == ("", "")
    note = report.incident.timeline.get(kind=Event.Kind.NOTE)
    assert (note.public, note.note[:12]) == (False, sample_words("roundcube_tcvn3")[:12])


def test_an_unconfirmed_address_is_confirmed_by_a_reply(town):
    town.hole.confirm = "person"
    town.hole.save()
    take(letter(HOLE))
    work()
    [answer] = mails_to()
    report = Report.objects.get()
    assert (report.email_confirmed_at, "/c/" in answer.body) == (None, True)
    assert take(reply_to(answer, "Cảm ơn")).state == "reply"
    report.refresh_from_db()
    assert report.email_confirmed_at is not None


def test_what_our_own_server_has_authenticated_is_confirmed(town, settings):
    settings.MAIL_AUTHSERV_ID = "mx.wharf.example"
    forged = {"Authentication_Results": "mx.evil.example; dmarc=pass"}
    assert take(letter(HOLE, **forged)).report.email_confirmed_at is None
    proven = {"Authentication_Results": "mx.wharf.example; spf=pass; dmarc=pass header.from=example.org"}
    assert take(letter(f"{HOLE} Hai", **proven)).report.email_confirmed_at is not None


def test_a_long_mail_loses_no_words(town):
    report = take(letter(HOLE + "\n" + "Một dòng dài về con đường này. " * 150)).report
    assert len(report.text) <= reporting.TEXT_MAX
    rest = report.incident.timeline.get(kind=Event.Kind.NOTE).note
    assert rest.endswith("con đường này.")


def test_who_sends_many_reports_is_held_and_told(town, settings):
    settings.LIMITS = settings.LIMITS | {"hold:phone": settings.LIMITS["puzzle:once"]}
    settings.MAIL_AUTHSERV_ID = "mx.wharf.example"
    genuine = {"Authentication_Results": "mx.wharf.example; dmarc=pass"}
    take(letter(HOLE, **genuine))
    held_mail = take(letter(f"{HOLE} Hai", **genuine))
    assert (held_mail.state, held_mail.held.reasons, answers()) == ("held", ["phone"], ["mail_received", "mail_held"])


def test_letters_in_the_name_of_a_mailbox_bring_it_one_answer(town):
    spellings = [f"victim+{n}@gmail.com" for n in range(9)] + ["v.ic.tim@googlemail.com", "VICTIM@gmail.com"]
    for n, sender in enumerate(spellings):
        take(letter(f"{HOLE} {n}", sender=sender))
    assert Report.objects.count() == len(spellings)
    assert answers() == ["mail_received"]


def test_all_unconfirmed_mailboxes_together_have_a_limit(town, settings):
    settings.LIMITS = settings.LIMITS | {"mail-answer:all": settings.LIMITS["urgent:address"]}
    for n in range(8):
        take(letter(f"{HOLE} {n}", sender=f"somebody@street{n}.example"))
    assert (Report.objects.count(), len(answers())) == (8, 5)


# ---- one question ----


def test_where_the_place_is_missing_one_question_is_asked(town):
    asking = take(letter("Có ổ gà rất sâu", pictures=[noise()]))
    work()
    [question] = mails_to()
    assert (asking.state, Report.objects.count(), answers()) == ("asked", 0, ["mail_question"])
    assert "ở đâu" in question.body.lower()
    settled = take(reply_to(question, WHERE))
    work()
    report = Report.objects.get()
    assert (settled.state, settled.about, report.photos.count()) == ("report", asking, 1)
    assert report.text == f"Có ổ gà rất sâu\n\n{WHERE}"
    assert answers() == ["mail_question", "mail_received"]


def test_who_is_not_understood_after_one_question_gets_a_person(town):
    take(letter("Có ổ gà rất sâu"))
    work()
    left = take(reply_to(mails_to()[0], "Thì ở đó đó"))
    work()
    assert (left.state, left.why, Report.objects.count()) == ("person", "not_understood", 0)
    assert list(unread.mails_for_a_person()) == [left]
    assert len(mails_to()) == 1  # the question; within the hour nothing more


def test_danger_without_a_place_is_asked_and_shown_to_a_person(town):
    town.city.emergency = [{"number": "114", "what": "Cứu hỏa"}]
    town.city.save()
    left = take(letter("Cháy nhà, có người mắc kẹt"))
    work()
    assert (left.state, left.why) == ("person", "danger")
    assert "114" in mails_to()[0].body


def test_letter_of_a_report_begins_with_the_numbers(town):
    town.city.emergency = [{"number": "115", "what": "Cấp cứu", "dangers": ["injury"]}]
    town.city.save()
    Category.objects.filter(pk=town.hole.pk).update(emergency=True)
    settled = take(letter(f"{HOLE}, có người bị thương nặng"))
    work()
    assert (settled.state, answers()) == ("report", ["mail_received"])
    body = mails_to()[0].body
    assert "Gọi ngay: 115 (Cấp cứu)" in body
    assert body.index("Gọi ngay: 115") < body.index(settled.report.incident.reference)


def test_danger_is_no_report_of_a_kind_that_is_not_urgent(town):
    """The words name a hole, and somebody in it: the mail waits for a person, and no unit for holes is notified."""
    left = take(letter(f"{HOLE}, có người nằm bất động"))
    work()
    assert (left.state, left.why, Report.objects.count()) == ("person", "danger", 0)


# ---- what the words want ----

PROVEN = {"Authentication_Results": "mx.wharf.example; dmarc=pass header.from=example.org"}


def test_thanks_with_matter_and_place_become_an_enquiry(town):
    """The words name a hole and a street, and want nothing done: no unit is sent there."""
    settled = take(letter(f"Cảm ơn các anh chị đã lấp ổ gà trên {WHERE} rất nhanh chóng."))
    assert (settled.state, Report.objects.count(), answers()) == ("enquiry", 0, ["mail_enquiry"])
    assert settled.enquiry.kind == "thanks"


def test_idea_becomes_an_enquiry(town):
    settled = take(letter("Tôi đề xuất thành phố trồng thêm cây xanh ở các trường học."))
    assert (settled.state, settled.enquiry.kind) == ("enquiry", "question")


def test_place_of_a_sentence_is_found_without_a_line_of_its_own(town):
    long = "Kính gửi quý cơ quan, tôi là người dân sống ở khu vực này đã nhiều năm nay và rất mong được giúp đỡ, vì "
    settled = take(letter(f"{long} có ổ gà rất sâu ngay trước nhà tôi tren duong harbour road phuong old wharf ạ."))
    assert (settled.state, settled.report and settled.report.incident.area) == ("report", town.old)


def test_state_of_a_number_is_answered_with_what_is_public(town, reported_hole):
    incident = reported_hole.incident
    asks = f"Cho tôi hỏi phản ánh {incident.reference} xử lý tới đâu rồi?"
    settled = take(letter(asks, sender="an@example.org"))
    work()
    [answer] = mails_to("an@example.org")
    assert (settled.state, settled.report) == ("answered", None)
    assert f"/i/{incident.reference}/" in answer.body
    assert reported_hole.token not in answer.body


def test_state_that_is_not_public_reads_like_an_unknown_number(town, reported_hole):
    reference = reported_hole.incident.reference
    Incident.objects.filter(pk=reported_hole.incident_id).update(published=False)
    bodies = []
    for sender, number in [("an@example.org", reference), ("be@example.org", "2611-99999")]:
        take(letter(f"Phản ánh {number} tới đâu rồi?", sender=sender))
        work()
        bodies.append(mails_to(sender)[0].body.replace(number, "N"))
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("headers", [{}, PROVEN])
def test_own_state_only_for_a_proven_sender(town, reported_hole, settings, headers):
    settings.MAIL_AUTHSERV_ID = "mx.wharf.example"
    before = len(mails_to())
    take(letter(f"Phản ánh {reported_hole.incident.reference} tới đâu rồi?", **headers))
    work()
    answer = mails_to()[before]
    assert (reported_hole.token in answer.body) == bool(headers)


def test_question_in_the_subject_line_is_answered_and_kept(town, reported_hole):
    before = len(mails_to())
    settled = take(letter("Bao giờ xong vậy?", subject=f"Phản ánh {reported_hole.incident.reference} tới đâu rồi"))
    work()
    assert (settled.state, settled.report) == ("reply", reported_hole)
    assert reported_hole.incident.reference in mails_to()[before].body


def test_who_asks_for_a_person_waits_for_one(town):
    settled = take(letter("Cho tôi gặp tổng đài viên."))
    assert (settled.state, settled.why, answers()) == ("person", "asks_person", ["mail_person"])


def test_state_that_is_quoted_is_not_asked_for(town, reported_hole):
    quoted = f"On Mon, 1 Dec 2026, An wrote:\n> Phản ánh {reported_hole.incident.reference} tới đâu rồi?"
    settled = take(letter(f"{HOLE}\n\n{quoted}", sender="an@example.org"))
    assert settled.state == "report"


def test_other_languages_are_told_which_are_spoken(town):
    asking = take(letter("Bonjour, les ordures ne sont plus ramassées dans notre rue depuis une semaine."))
    work()
    assert (asking.state, asking.why, asking.language) == ("asked", "", "en")
    assert "Ici, on parle" in mails_to()[0].body


# ---- a person ----


@pytest.fixture
def left_letter(town):
    return take(letter("Chỗ đó hư rồi", sender=LAN))


@pytest.fixture
def unclear(left_letter):
    StoredMail.objects.filter(pk=left_letter.pk).update(state="person", why="not_understood")
    left_letter.refresh_from_db()
    return left_letter


def test_a_person_makes_the_report_of_a_mail(town, unclear, operator):
    report = unread.make_report(unclear, category=town.hole, place=factories.IN_OLD, by=operator)
    unclear.refresh_from_db()
    assert (unclear.state, unclear.report, unclear.settled_by) == ("settled", report, operator)
    assert (report.channel, report.email, report.text) == ("email", LAN, "Chỗ đó hư rồi")
    assert PersonalDataView.objects.get().how == "mail"
    with pytest.raises(unread.SettledByAnother):
        unread.dismiss_mail(unclear, by=operator)


def test_a_person_answers_and_the_reply_comes_back_to_people(unclear, operator):
    unread.answer_mail(unclear, text="Anh/chị cho biết số nhà?", by=operator)
    work()
    sent = mails_to()[-1]
    assert sent.body.startswith("Anh/chị cho biết số nhà?")
    follows = take(reply_to(sent, "Số 12"))
    assert (follows.state, follows.why, follows.about) == ("person", "follows", unclear)


@pytest.mark.parametrize("text", ["", "  ", "a" * 4001])
def test_a_person_answers_with_words(unclear, operator, text):
    with pytest.raises(ValueError, match="4000"):
        unread.answer_mail(unclear, text=text, by=operator)


# ---- replies ----


@pytest.fixture
def reported_hole(town):
    """Lan's report of a hole by the web; her address is confirmed."""
    incident = factories.incident(town.hole, email=LAN)
    work()
    return incident.reports.get()


def test_an_answer_to_a_question_lands_in_its_incident(reported_hole, officer):
    workflow.move(reported_hole.incident, "ask", by=officer, note="Nhà số mấy?")
    work()
    settled = take(reply_to(mails_to()[-1], "Nhà 12.\n\nOn Mon, 23 Nov 2026, City <a@b.vn> wrote:\n> Nhà số mấy?"))
    reported_hole.incident.refresh_from_db()
    assert (settled.state, settled.report) == ("reply", reported_hole)
    line = reported_hole.incident.timeline.last()
    assert (line.kind, line.note, line.receipt["report"]) == ("answered", "Nhà 12.", reported_hole.pk)


@pytest.mark.parametrize(
    ("text", "state"),
    [("Xong rồi, cảm ơn.\n\nLan", "closed"), ("Chưa xong", "disputed"), ("Cảm ơn các anh", "resolved")],
)
def test_a_word_on_the_result_is_one(reported_hole, officer, text, state):
    workflow.move(reported_hole.incident, "accept", by=officer)
    workflow.move(reported_hole.incident, "resolve", by=officer, note="Đã vá")
    work()
    take(reply_to(mails_to()[-1], text))
    reported_hole.incident.refresh_from_db()
    assert reported_hole.incident.state == state


def test_a_reply_finds_its_way_by_the_letter_it_refers_to(reported_hole):
    sent = mails_to()[-1]
    headers = {"References": f"<other@example.org> {sent.extra_headers['Message-ID']}"}
    assert take(letter("Thêm: cạnh cây xanh", **headers)).report == reported_hole
    assert reported_hole.incident.timeline.last().note == "Thêm: cạnh cây xanh"


def test_a_number_in_the_subject_adds_notes_of_its_reporter(reported_hole, officer):
    workflow.move(reported_hole.incident, "ask", by=officer, note="Nhà số mấy?")
    subject = f"Về vụ {reported_hole.incident.reference}"
    take(letter("Nhà 12", subject=subject))
    reported_hole.incident.refresh_from_db()
    assert (reported_hole.incident.state, reported_hole.incident.timeline.last().kind) == ("waiting", "note")
    stranger = take(letter("Nhà 99", subject=subject, sender="other@example.org"))
    assert (stranger.state, stranger.report) == ("asked", None)


def test_forged_tokens_are_none(reported_hole):
    right = reply_addresses.reply_address(reply_addresses.REPORT, reported_hole.pk)
    for forged in (right.replace(".", ".a", 1), right.replace("+r", "+r1"), right.replace("+r", "+q")):
        assert reply_addresses.read_address(forged) is None
    assert reply_addresses.read_address(right.upper()) == reply_addresses.Target("r", reported_hole.pk)
    assert reply_addresses.read_message_id("<n1.aaaaaaaaaaaaaaaa@wharf.example>") is None


def test_stop_by_mail_stops_letters(reported_hole):
    take(reply_to(mails_to()[-1], "Dừng gửi"))
    assert list(OptOut.objects.values_list("medium", "address")) == [("email", LAN)]


def test_a_letter_to_staff_is_replied_to_with_a_note(reported_hole, officer):
    officer.email = "officer@wharf.example"
    officer.save()
    event = reported_hole.incident.timeline.last()
    notice = Notice.objects.create(cause="x", event=event, person=officer, address=officer.email, subject="a", text="b")
    email.send(notice)
    sent = mails_to(officer.email)[-1]
    assert take(reply_to(sent, "Chiều nay làm", sender=officer.email)).state == "reply"
    line = reported_hole.incident.timeline.last()
    assert (line.kind, line.by, line.note, line.public) == ("note", officer, "Chiều nay làm", False)
    assert take(reply_to(sent, "Tôi là người khác", sender="x@example.org")).why == "staff"


# ---- machines ----


def test_a_bounce_fails_its_letter_and_stops_the_next(reported_hole, officer):
    notice = Notice.objects.get()
    address = reply_addresses.reply_address(reply_addresses.BOUNCE, notice.pk)
    assert mails_to()[0].from_email == address
    settled = take(sample("bounce_postfix", BOUNCE_ADDRESS=address), null_sender=True)
    notice.refresh_from_db()
    assert (settled.state, settled.why, notice.state, notice.fault) == ("dropped", "bounce", "failed", "bounced 5.1.1")
    workflow.move(reported_hole.incident, "ask", by=officer, note="Nhà số mấy?")
    work()
    assert list(Notice.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "failed"]
    take(letter(HOLE))  # who writes again can be reached
    assert DeadAddress.objects.count() == 0


@pytest.mark.parametrize("changed", [{"5.1.1": "4.2.2"}, {"Action: failed": "Action: delayed"}, {"+b": "+b1"}])
def test_what_is_no_lasting_or_no_true_bounce_changes_nothing(reported_hole, changed):
    address = reply_addresses.reply_address(reply_addresses.BOUNCE, Notice.objects.get().pk)
    raw = sample("bounce_postfix", BOUNCE_ADDRESS=address)
    for written, other in changed.items():
        raw = raw.replace(written.encode(), other.encode())
    assert take(raw, null_sender=True).state == "dropped"
    assert (Notice.objects.get().state, DeadAddress.objects.count()) == ("sent", 0)


def test_a_bounce_is_known_by_the_letter_that_it_brings_back(reported_hole):
    number = reply_addresses.message_id(Notice.objects.get().pk)
    take(sample("bounce_postfix", **{"LETTER@wharf.example": number}), null_sender=True)
    assert Notice.objects.get().state == "failed"


def test_an_automatic_reply_is_a_muted_note(reported_hole):
    number = reply_addresses.message_id(Notice.objects.get().pk)
    settled = take(sample("vacation_exchange", **{"LETTER@wharf.example": number}))
    assert (settled.state, settled.why, settled.report) == ("dropped", "automatic", reported_hole)
    assert (reported_hole.incident.timeline.last().kind, len(mails_to())) == ("note", 1)


def test_a_list_is_not_answered(town):
    assert take(sample("mailing_list")).why == "list"
    assert (Report.objects.count(), Notice.objects.count()) == (0, 0)


def test_our_own_letter_that_comes_back_is_no_report(reported_hole):
    own = mails_to()[0].message().as_bytes()
    assert take(own).why == "loop"


def test_a_mail_to_very_many_is_left_to_a_person(town):
    everybody = ", ".join(f"a{number}@example.org" for number in range(200))
    settled = take(letter(HOLE, Cc=everybody))
    assert (settled.state, settled.why, Notice.objects.count()) == ("person", "circular", 0)


def test_two_machines_that_answer_one_another_end(town):
    """A machine without automatic headers that answers every letter."""
    take(letter(HOLE))
    for turn in range(30):
        seen = len(mails_to())
        work()
        for sent in mails_to()[seen:]:
            # It writes to the sender that it sees: with its token, then without one.
            to = sent.extra_headers["Reply-To"] if turn % 2 else ADDRESS
            take(letter(f"Tôi đã nhận thư: {sent.subject}", to=to, subject="Đã nhận"))
        if len(mails_to()) == seen:
            break
    assert len(mails_to()) <= 3
    assert Incident.objects.count() == 1


def test_a_flood_of_one_sender_is_left_to_a_person(town):
    mails = [take(letter(f"Chỗ số {number} hư")) for number in range(25)]
    assert [stored.why for stored in mails[-5:]] == ["many"] * 5
    assert Notice.objects.count() == 1


# ---- what stays ----


def test_what_a_mail_said_goes_after_a_week(town, moment):
    settled = take(letter(HOLE))
    waiting = take(letter("Chỗ đó hư", sender="tu@example.org", Cc=", ".join(["a@example.org"] * 40)))
    data_requests.delete_old_mails(moment + timedelta(days=8))
    for stored in (settled, waiting):
        stored.refresh_from_db()
    assert (bytes(settled.raw), settled.sender, settled.words) == (b"", "", "")
    assert waiting.words == "Chỗ đó hư"
    assert take(letter(HOLE, number=settled.pk)) is not None
    data_requests.delete_old_mails(moment + timedelta(days=401))
    assert StoredMail.objects.count() == 0


def test_a_request_to_be_erased_reaches_mails(town, operator):
    take(letter("Có ổ gà rất sâu"))
    request = subject_requests.record_request("erase", by=operator, email=LAN)
    data_requests.fulfil_request(request, by=operator)
    erased = StoredMail.objects.get()
    assert (bytes(erased.raw), erased.sender, erased.words, Notice.objects.count()) == (b"", "", "", 0)


# ---- whatever comes ----


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "no_sender"),
        (b"\x00\xff\xfe", "no_sender"),
        (b"From: nobody\n\nHole", "no_sender"),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 100, "unreadable"),
    ],
)
def test_what_cannot_be_read_waits_for_a_person(town, operator, raw, why):
    settled = take(raw)
    assert (settled.state, settled.why) == ("person", why)
    unread.show_mail(settled, by=operator)


def test_an_empty_mail_is_asked(town):
    assert take(letter("")).state == "asked"


def test_what_fails_again_and_again_waits_for_a_person(town, monkeypatch):
    def broken(*_):
        raise RuntimeError("no")

    monkeypatch.setattr("incidents.channels.mail.settling.look_ahead", broken)
    stored = mail.store_mail(letter(HOLE), way="lmtp")
    for _try in range(4):
        with pytest.raises(RuntimeError):
            mail.process_mail(stored.pk)
    mail.process_mail(stored.pk)
    stored.refresh_from_db()
    assert (stored.state, stored.why) == ("person", "failed")


class AnyBytes(TestCase):
    @classmethod
    def setUpTestData(cls):
        load_town()

    @given(
        st.lists(
            st.sampled_from(
                [b"From: a@b.example\n", b"Subject: hole\n", b"\n", b"Pothole, Harbour Road, Old Wharf Ward", b"\xff\n",
                 b"To: phananh+r1.aaaa@wharf.example\n", b"In-Reply-To: <n1.a@wharf.example>\n", b"--x\n", b"\0",
                 b"Content-Type: multipart/mixed; boundary=x\n", b"Content-Type: image/jpeg\n", b"Auto-Submitted: no\n"]
            )
            | st.binary(max_size=30),
            max_size=12,
        ).map(b"".join)
    )  # fmt: skip
    def test_any_bytes_are_stored_and_end_somewhere(self, raw):
        settled = take(raw)
        assert settled is None or settled.state != "waiting"


def noise():
    return next(iter(mail.parsing.read_mail(sample("gmail_web")).pictures))


def sample_words(name):
    return mail.parsing.read_mail(sample(name)).font
