"""LMTP: acknowledged after storing, once for each recipient, refused when too large."""

import asyncio
import smtplib
import socket
import threading

import pytest

from incidents.channels.mail import lmtp
from incidents.models import StoredMail
from incidents.notify import reply_addresses
from tests import owner
from tests.incidents.channels.mails import ADDRESS, LAN, WHERE, letter, sample

HOLE = f"Ổ gà rất sâu trên {WHERE}."


class Door:
    """The server of `manage.py receive_mail` in a thread, as a context manager."""

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(lmtp.open_server("127.0.0.1:0"))
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()

    async def close(self):
        self.server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for connection in connections:
            connection.cancel()  # closes its transport, too
        await asyncio.gather(*connections, return_exceptions=True)
        await asyncio.sleep(0)


@pytest.fixture
def door(settings, transactional_db):
    settings.MAIL_ADDRESS = ADDRESS
    with Door() as door_open:
        yield door_open


@pytest.fixture
def server(door):
    with smtplib.LMTP("127.0.0.1", door.port, timeout=20) as client:
        yield client


def test_a_mail_is_acknowledged_once_it_is_stored(server):
    assert server.sendmail(LAN, [ADDRESS], letter(HOLE)) == {}
    stored = StoredMail.objects.get()
    assert (stored.sender, stored.recipients, stored.null_sender, stored.way) == (LAN, ADDRESS, False, "lmtp")


def test_bytes_arrive_as_they_are(server):
    server.sendmail(LAN, [ADDRESS], sample("roundcube_tcvn3"))
    assert bytes(StoredMail.objects.get().raw) == sample("roundcube_tcvn3")


def test_the_empty_sender_of_a_bounce_is_kept(server):
    token = reply_addresses.reply_address(reply_addresses.BOUNCE, 1)
    server.sendmail("", [token], sample("bounce_postfix"))
    assert (StoredMail.objects.get().null_sender, StoredMail.objects.get().recipients) == (True, token)


def test_each_receiver_has_an_answer(server):
    others = [ADDRESS, ADDRESS.replace("@", "+a@"), ADDRESS.replace("@", "+b@")]
    assert raw_answers(server, others, letter(HOLE)) == [250, 250, 250]
    assert StoredMail.objects.count() == 1


def test_strangers_and_crowds_are_refused(server):
    server.ehlo_or_helo_if_needed()
    server.mail(LAN)
    assert server.rcpt("somebody@wharf.example")[0] == 550
    assert server.rcpt("phananh@elsewhere.example")[0] == 550
    assert [server.rcpt(ADDRESS.replace("@", f"+{n}@"))[0] for n in range(52)] == [250] * 50 + [452] * 2


def test_a_mail_of_40_mb_is_refused_for_each_receiver(server, settings):
    big = letter(HOLE) + b"\r\n" + (b"x" * 76 + b"\r\n") * 520_000
    assert len(big) > 40_000_000
    assert raw_answers(server, [ADDRESS, ADDRESS.replace("@", "+a@")], big) == [552, 552]
    assert raw_answers(server, [ADDRESS], letter(HOLE)) == [250]  # the same connection goes on
    assert StoredMail.objects.count() == 1


def test_what_cannot_be_stored_comes_again(server):
    with owner.as_owner() as cursor:
        cursor.execute(f"REVOKE INSERT ON incidents_storedmail FROM {owner.SERVICE}")
    try:
        assert raw_answers(server, [ADDRESS], letter(HOLE, number=1)) == [451]
    finally:
        with owner.as_owner() as cursor:
            cursor.execute(f"GRANT INSERT ON incidents_storedmail TO {owner.SERVICE}")
    assert raw_answers(server, [ADDRESS], letter(HOLE, number=1)) == [250]


def raw_answers(client, receivers, raw):
    """The server's answer codes to a mail, one for each recipient."""
    client.ehlo_or_helo_if_needed()
    client.mail(LAN)
    for receiver in receivers:
        client.rcpt(receiver)
    client.putcmd("data")
    assert client.getreply()[0] == 354
    client.send(smtplib._quote_periods(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) + b"\r\n.\r\n")
    return [client.getreply()[0] for _receiver in receivers]


def test_wild_commands_hurt_nobody(door):
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as wild:
        wild.sendall(b"\x00\xff\r\nDATA\r\nRCPT TO:<>\r\nLHLO\r\nMAIL FROM:<" + b"a" * 5000 + b">\r\nQUIT\r\n")
        answers = b""
        while part := wild.recv(4096):
            answers += part
    assert answers.startswith(b"220 ")
    with smtplib.LMTP("127.0.0.1", door.port, timeout=20) as client:
        assert client.sendmail(LAN, [ADDRESS], letter(HOLE)) == {}
