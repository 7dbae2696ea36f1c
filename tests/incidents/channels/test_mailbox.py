"""The mailbox on a real IMAP server: each mail is fetched once and moved after storing."""

import pytest

from incidents.channels import mail
from incidents.channels.mail import imap
from incidents.models import Mailbox, Report, StoredMail
from tests.fakes.imap import PASSWORD, USER, ImapServer
from tests.incidents.channels.mails import ADDRESS, WHERE, letter, sample

HOLE = f"Ổ gà rất sâu trên {WHERE}."


@pytest.fixture(scope="module")
def server():
    with ImapServer() as imap_server:
        yield imap_server


@pytest.fixture
def mailbox(server, settings, town):
    settings.OUTBOUND_ALLOWED = {"mail": ["private"]}
    settings.MAIL_ADDRESS, settings.MAIL_IMAP_TLS = ADDRESS, False
    settings.MAIL_IMAP_HOST, settings.MAIL_IMAP_PORT = "127.0.0.1", server.port
    settings.MAIL_IMAP_USER, settings.MAIL_IMAP_PASSWORD = USER, PASSWORD
    server.client.select("INBOX")
    server.client.store("1:*", "+FLAGS", r"(\Deleted)")
    server.client.expunge()
    return server


def test_each_mail_is_brought_in_once(mailbox):
    for number in range(1, 4):
        mailbox.put(letter(HOLE, number=number))
    assert [imap.fetch_mails(), imap.fetch_mails()] == [3, 0]
    mailbox.put(letter(HOLE, number=4))
    assert [imap.fetch_mails(), StoredMail.objects.count()] == [1, 4]
    assert [{rb"\Seen"} <= set(flags) for flags in mailbox.flags()] == [True] * 4
    assert Mailbox.objects.get().fault == ""


def test_what_is_stored_is_moved(mailbox, settings):
    settings.MAIL_IMAP_DONE = "Done"
    before = mailbox.count("Done")
    mailbox.put(sample("gmail_web"))
    imap.fetch_mails()
    assert (mailbox.count(), mailbox.count("Done") - before) == (0, 1)
    assert bytes(StoredMail.objects.get().raw) == sample("gmail_web")


def test_a_process_that_dies_before_marking_leaves_none_twice(mailbox, monkeypatch):
    def die(*_):
        raise ConnectionResetError

    mailbox.put(letter(HOLE, number=1))
    mailbox.put(letter(HOLE, number=2))
    with monkeypatch.context() as patch:
        patch.setattr(imap, "mark_and_move_mail", die)
        imap.fetch_mails()
    assert (StoredMail.objects.count(), Mailbox.objects.get().fault) == (1, "ConnectionResetError: ")
    imap.fetch_mails()
    assert StoredMail.objects.count() == 2


def test_a_folder_that_is_numbered_anew_makes_no_doubles(mailbox, settings):
    mailbox.put(letter(HOLE, number=1))
    imap.fetch_mails()
    Mailbox.objects.update(uid_validity=1)  # as after a restore of the server
    mailbox.put(letter(HOLE, number=2))
    assert (imap.fetch_mails(), StoredMail.objects.count()) == (2, 2)


def test_of_a_mail_of_40_mb_the_beginning_is_read(mailbox, settings):
    settings.MAIL_MAX_BYTES = 1_000_000
    mailbox.put(letter(HOLE, pictures=[b"x" * 2_000_000]))
    imap.fetch_mails()
    stored = StoredMail.objects.get()
    assert (stored.cut, len(bytes(stored.raw)), stored.size > 2_000_000) == (True, 1_000_000, True)
    mail.process_mail(stored.pk)
    assert Report.objects.get().text == HOLE


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"MAIL_IMAP_PASSWORD": "wrong"}, "error"),
        ({"MAIL_IMAP_FOLDER": "Nowhere"}, "MailboxFault"),
        ({"MAIL_IMAP_PORT": 1}, "ConnectionRefusedError"),
        ({"OUTBOUND_ALLOWED": {}}, "NotAllowed"),
        ({"MAIL_IMAP_TLS": True}, "SSLError"),
    ],
)
def test_a_mailbox_that_cannot_be_read_says_so(mailbox, settings, changed, fault):
    for name, value in changed.items():
        setattr(settings, name, value)
    assert imap.fetch_mails() == 0
    assert Mailbox.objects.get().fault.startswith(fault)


def test_without_a_mailbox_nothing_is_asked(db):
    assert (imap.fetch_mails(), Mailbox.objects.count()) == (0, 0)
