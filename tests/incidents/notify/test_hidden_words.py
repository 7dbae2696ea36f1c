"""Codes and private links of messages: who reads what, what is erased when, and that a try after a crash has them."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils.timezone import now

from incidents import access, notify
from incidents.channels.chat import persons
from incidents.channels.mail import unread
from incidents.data_requests import handover
from incidents.enquiries.receiving import IncomingEnquiry, receive_enquiry
from incidents.models import (
    AddressCode,
    ChatEvent,
    Correspondent,
    Medium,
    Membership,
    Notice,
    PersonalDataView,
    SubjectRequest,
)
from incidents.models.notices import CODE_TEXTS
from incidents.notify import confirming, hidden_words, sending, text_keys
from incidents.notify.transports import TRANSPORTS
from incidents.redaction import hide_private_links
from tests import factories

ROLE = Membership.Role
MAIL, SITE = "lan@example.org", "https://wharf.example"
TOKEN = "Zyx_wvutsrqponmlkjihgfedcba-0123456789ABCDEF"


@pytest.fixture
def supervisor(town):
    return factories.person("boss", town.desk, ROLE.SUPERVISOR)


@pytest.fixture
def administrator(town):
    return factories.person("admin", town.desk, ROLE.ADMIN)


def write_notice(key, values, medium=Medium.EMAIL, address=MAIL, **more):
    to = notify.Recipient(medium, address, "vi", **more)
    [notice] = notify.create_notices(key, f"{key}:{now()}", [to], values, urgent=True)
    return notice


def stored_words(notice):
    notice.refresh_from_db()
    return " ".join([notice.text, notice.subject, notice.fault, *notice.values])


PRIVATE = [
    ("follow", TOKEN), ("follow-letter", TOKEN), ("enquiry", TOKEN), ("tell", "a1b2-c3"), ("outside", "x:y:z"),
    ("outside-contact", "x:y:z"), ("followed", TOKEN), ("confirm-link", "x:y:z"), ("stop", "x:y"), ("key-show", "x:y"),
    ("key-request", "x:y"), ("answer", TOKEN), ("push-of-report", TOKEN),
]  # fmt: skip
OPEN = ["/i/2611-40873/", "/desk/2611-40873/", "/mine/", "/notices/", "/news/3/", "/stats/", "/report/?a=1"]


@pytest.mark.parametrize("host", [SITE, "http://localhost:8000", "wharf.example", ""])
def test_private_links_are_known_by_the_addresses_there_are(host):
    for name, secret in PRIVATE:
        link = f"{host}{reverse(name, args=[secret])}"
        assert hide_private_links(f"Look: {link} now.") == "Look: ‹…› now.", name
    for path in OPEN:
        assert hide_private_links(f"Look: {host}{path} now.") == f"Look: {host}{path} now."


def test_every_text_with_a_code_is_one_that_tells_codes():
    assert {key for key, places in text_keys.TEXTS.items() if hidden_words.CODE_PLACE in places} == {*CODE_TEXTS}


CODES = {"own_code": {}, "confirm": {"reference": "2611-40873", "link": f"{SITE}/c/x:y:z/"},
         "outside_code": {"reference": "2611-40873", "unit": "Cấp nước", "minutes": "10"}}  # fmt: skip


@pytest.mark.parametrize("key", CODES)
@pytest.mark.parametrize("medium", [Medium.EMAIL, Medium.SMS])
def test_a_code_is_shown_to_nobody_and_erased_once_sent(town, client, settings, key, medium):
    settings.SMS_PROVIDER = "console"
    mighty = factories.superuser("mighty")
    address = MAIL if medium == Medium.EMAIL else "+84901234567"
    notice = write_notice(key, CODES[key] | {"code": "407 313"}, medium, address)
    client.force_login(mighty)
    assert "407 313" not in notice.subject
    for path in (f"/notices/{notice.pk}/", "/notices/?show=all", f"/admin/incidents/notice/{notice.pk}/change/"):
        page = client.get(path).text
        assert not re.search(r"407\s?313|/c/x:y:z", page), path
    assert "[mã xác nhận]" in client.get(f"/notices/{notice.pk}/").text
    Notice.objects.filter(pk=notice.pk).update(state="failed", sent_at=None)
    notice.refresh_from_db()
    hidden_words.erase_after_sending(notice)
    assert not re.search(r"407\s?313|/c/x:y:z", stored_words(notice))


def test_a_sent_code_goes_out_whole_and_stays_nowhere(town):
    notice = write_notice("own_code", {"code": "407313"})
    sending.deliver_notice(notice.pk)
    assert "407313" in mail.outbox[0].body
    assert "407313" not in stored_words(notice)
    assert notice.secrets_erased_at


def test_a_try_after_a_crash_still_has_the_code(town, monkeypatch):
    notice = write_notice("own_code", {"code": "407313"})
    moment = now()
    assert sending.claim_notices([notice.pk], moment)  # and the worker dies
    sending.deliver_notice(notice.pk, moment + timedelta(minutes=1))
    assert "407313" in mail.outbox[0].body
    assert "407313" not in stored_words(notice)


def test_a_gateway_that_repeats_a_code_does_not_leave_it(town, monkeypatch, nobody_in_the_log):
    def refuse(notice):
        raise ValueError(f"cannot send {notice.text}")

    monkeypatch.setitem(TRANSPORTS, Medium.EMAIL, replace(TRANSPORTS[Medium.EMAIL], send=refuse))
    notice = write_notice("confirm", CODES["confirm"] | {"code": "407313"})
    sending.deliver_notice(notice.pk)
    notice.refresh_from_db()
    assert "407313" not in notice.fault
    assert "/c/x" not in notice.fault
    assert "407313" not in "".join(nobody_in_the_log)


def test_a_link_is_erased_when_it_arrived_or_days_later(town):
    report = factories.incident(town.hole, email=MAIL).reports.get()
    values = {"link": f"{SITE}/f/{report.token}/", "reference": report.incident.reference}
    waiting, arrived, chat = (
        write_notice("new_link", values, medium, address, report=report)
        for medium, address in ((Medium.EMAIL, MAIL), (Medium.EMAIL, "an@example.org"), (Medium.WEBCHAT, "webchat:k3"))
    )
    for notice in (waiting, arrived, chat):
        sending.deliver_notice(notice.pk)
        assert report.token in stored_words(notice)
    arrived.state, arrived.delivered_at = "delivered", now()
    arrived.save()
    hidden_words.erase_after_sending(arrived)
    assert report.token not in stored_words(arrived)
    assert hidden_words.erase_old(now() + timedelta(days=2)) == 0
    assert hidden_words.erase_old(now() + timedelta(days=4)) == 1
    assert report.token not in stored_words(waiting)
    assert report.token in stored_words(chat)  # its reader's page shows it
    assert hidden_words.erase_old(now() + timedelta(days=8)) == 1
    assert hidden_words.erase_old(now() + timedelta(days=8)) == 0


def test_what_was_erased_is_not_sent_again(town):
    notice = write_notice("own_code", {"code": "407313"})
    sending.deliver_notice(notice.pk)
    Notice.objects.filter(pk=notice.pk).update(state="failed")
    assert sending.resend_notices(Notice.objects.all()) == 0


def test_staff_reads_no_private_link_in_chats_and_mails(town, officer):
    writer = Correspondent.objects.create(user="webchat:k3")
    link = f"{SITE}/f/{TOKEN}/"
    ChatEvent.objects.create(user=writer.user, event_id="1", words=f"Mine: {link}", at=now(), taken_at=now())
    notify.answer_in_chat("chat:1", notify.Recipient(Medium.WEBCHAT, writer.user, "vi"), f"Yours: {link}")
    assert [TOKEN in line.text for line in persons.read_chat(writer)] == [True, True]
    assert [TOKEN in line.text for line in persons.read_chat(writer, by_staff=True)] == [False, False]
    raw = f"From: {MAIL}\nSubject: {link}\n\nWhat is {link} for".encode()
    read = unread.show_mail(factories.waiting_mail(raw), by=officer)
    assert TOKEN not in read.subject + read.words


def test_what_is_handed_over_holds_no_private_link(town):
    incident = factories.incident(town.hole, email=MAIL)
    report = incident.reports.get()
    report.email_confirmed_at = now()
    report.save()
    for event in incident.timeline.all():
        notify.announce_event(event.pk)
    enquiry = receive_enquiry(IncomingEnquiry("web", "question", "Where?", email=MAIL))
    subject_request = SubjectRequest.objects.create(kind="access", email=MAIL, answer_by=now(), done_by=now())
    data = handover.as_json(handover.personal_data(subject_request, [report]))
    assert report.incident.reference in data
    assert report.token not in data
    assert report.token[:12] not in data
    assert enquiry.token not in data


# ---- who reads the words of a message: those who may read what it is about

READERS = {
    #                 public  restricted question complaint chat
    "boss":          (True,   True,      False,   True,     False),
    "admin":         (True,   False,     False,   False,    False),
    "boss of a part": (True,  False,     False,   False,    False),
}  # fmt: skip


def test_words_of_a_message_follow_what_it_is_about(town, supervisor, administrator, client):
    part = factories.person("part")
    factories.post(part, town.desk, ROLE.SUPERVISOR, area=town.new)
    people = {"boss": supervisor, "admin": administrator, "boss of a part": part}
    public, hidden = factories.incident(town.hole), factories.incident(town.secret)
    factories.change(public, published=True)
    notices = []
    for incident in (public, hidden):
        values = {"reference": incident.reference, "words": "Zyxwvut", "link": "-"}
        report = incident.reports.get()
        notices.append(write_notice("rejected", values, address=f"{incident.pk}@example.org", report=report))
    for kind in ("question", "complaint"):
        enquiry = receive_enquiry(IncomingEnquiry("web", kind, "Where?"))
        values = {"reference": enquiry.reference, "words": "Zyxwvut"}
        notices.append(write_notice("enquiry_answered", values, address=f"{kind}@example.org"))
    notices.append(
        notify.answer_in_chat("chat:1", notify.Recipient(Medium.WEBCHAT, "webchat:k3", "vi"), "Zyxwvut it is")
    )
    assert {
        who: tuple(access.may_read_message(user, notice) for notice in notices) for who, user in people.items()
    } == READERS
    for who, user in people.items():
        client.force_login(user)
        for notice, readable in zip(notices, READERS[who], strict=True):
            lines = PersonalDataView.objects.filter(by=user, how="message", address=f"/notices/{notice.pk}/")
            page = client.get(f"/notices/{notice.pk}/").text
            assert ("Zyxwvut" in page, lines.exists()) == (readable, readable), (who, notice.template)
        assert "Zyxwvut" not in client.get("/notices/?show=all").text


def test_a_stored_code_of_a_browser_is_a_digest(town):
    assert "code" not in {field.name for field in AddressCode._meta.get_fields()}
    assert confirming.GOOD_FOR < hidden_words.KEEP
