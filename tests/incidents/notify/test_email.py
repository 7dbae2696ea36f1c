"""Letters, and the one step that stops them."""

import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from incidents.models import Notice, OptOut, Report
from incidents.notify import email, reply_addresses
from incidents.notify.transport import Refused, Sent, Unsure

BROKEN = []


class Whimsical(EmailBackend):
    """A mail server that breaks as BROKEN says."""

    def send_messages(self, messages):
        if BROKEN:
            raise BROKEN[0]
        return super().send_messages(messages)


def letter(**more):
    fields = {
        "cause": "event:1",
        "medium": "email",
        "address": "lan@example.org",
        "subject": "Đã xong",
        "text": "Xong.",
    }
    return Notice(**{"pk": 7} | fields | more)


@pytest.fixture
def reporter(incident):
    return Report.objects.get()


@pytest.mark.parametrize(("setting", "language", "sender"), [
    ("no-reply@wharf.example", "vi", "Sự cố Wharf <no-reply@wharf.example>"),
    ("no-reply@wharf.example", "en", "Wharf Incidents <no-reply@wharf.example>"),
    ("Harbour Office <no-reply@wharf.example>", "vi", "Harbour Office <no-reply@wharf.example>"),
])  # fmt: skip
def test_letters_come_under_the_name_of_the_product(reporter, settings, setting, language, sender):
    settings.DEFAULT_FROM_EMAIL = setting
    email.send(letter(language=language))
    assert mail.outbox[0].from_email == sender


def test_a_letter_can_be_told_from_all_others(reporter, settings):
    assert email.send(letter(report=reporter)) == Sent()
    [sent] = mail.outbox
    assert (sent.subject, sent.to) == ("Đã xong", ["lan@example.org"])
    head = sent.extra_headers
    assert reply_addresses.read_message_id(head["Message-ID"]) == reply_addresses.Target("n", 7)
    assert head["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert head["List-Unsubscribe"].startswith(f"<{settings.SITE_URL}/stop/")


def test_who_is_written_to_for_the_work_cannot_stop_it(db):
    email.send(letter())
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers


def test_looking_changes_nothing_and_one_step_stops(client, reporter, settings):
    path = email.unsubscribe_link(letter(report=reporter)).removeprefix(settings.SITE_URL)
    assert client.get(path).status_code == 200
    assert OptOut.objects.count() == 0
    for _time in range(2):  # as a mail program does it
        assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(OptOut.objects.values_list("medium", "address")) == [("email", "lan@example.org")]
    client.post(path, {"again": "1"})
    assert OptOut.objects.count() == 0


@pytest.mark.parametrize("token", ["x", "WyJlbWFpbCIsImFAYi5jIl0:1abc:forged"])
def test_a_forged_link_is_none(client, db, token):
    assert client.post(f"/stop/{token}/").status_code == 404
    assert OptOut.objects.count() == 0


@pytest.mark.parametrize(
    ("error", "happens", "again"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"unknown")}), Refused, False),
        (smtplib.SMTPRecipientsRefused({"a@b": (451, b"greylisted")}), Refused, True),
        (smtplib.SMTPSenderRefused(553, b"no", "a@b"), Refused, False),
        (smtplib.SMTPDataError(452, b"full"), Refused, True),
        (smtplib.SMTPAuthenticationError(535, b"no"), Refused, True),
        (ConnectionRefusedError(), Refused, True),
        (smtplib.SMTPServerDisconnected("gone"), Unsure, Unsure.AGAIN),
        (TimeoutError(), Unsure, Unsure.AGAIN),
    ],
)
def test_what_follows_from_a_fault(db, settings, monkeypatch, error, happens, again):
    settings.EMAIL_BACKEND = f"{__name__}.Whimsical"
    monkeypatch.setattr(f"{__name__}.BROKEN", [error])
    with pytest.raises(happens) as what:
        email.send(letter())
    assert (what.value.retry if happens is Refused else what.value.then) == again


def test_a_subject_of_two_lines_is_no_header(db):
    with pytest.raises(Refused):
        email.send(letter(subject="a\nBcc: b@example.org"))
