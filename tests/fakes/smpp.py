"""A small message centre that speaks SMPP 3.4 over a socket, with phones behind it, and whims if it is given any.

It reads and writes the octets itself. `inbox` holds what phones show: parts are put together as phones do it, by
sender, number of the message and number of the part; a part that is there already is dropped. Receipts wait until a
receiver is bound and come again until they are acknowledged.
"""

import random
import socket
import struct
import threading
from datetime import datetime

BIND = {0x1: "receiver", 0x2: "transmitter", 0x9: "transceiver"}
SUBMIT, DELIVER, UNBIND, ENQUIRE, NACK, ANSWER = 0x4, 0x5, 0x6, 0x15, 0x80000000, 0x80000000
OK, WRONG_BIND_STATE, WRONG_ADDRESS, BOUND_ALREADY, WRONG_PASSWORD = 0, 0x4, 0xB, 0x5, 0xE
THROTTLED, QUEUE_FULL = 0x58, 0x14
MARK, RECEIPTED, STATE = 0x0204, 0x001E, 0x0427


class Centre:
    """`whims`: how often (parts of one) it does what: lose_request, lose_answer, throttle, full, undeliverable,
    double_receipt. `echo`: its receipts name the sender's own mark. `hexadecimal`: ids are so in answers, and decimal
    in receipts. `most`: sessions it allows. `tls`: an SSLContext, where it speaks TLS.
    """

    def __init__(
        self, *, whims=None, seed=1, echo=True, hexadecimal=False, most=1, user="city", password="secret", tls=None
    ):
        self.whims, self.random = whims or {}, random.Random(seed)
        self.echo, self.hexadecimal, self.most = echo, hexadecimal, most
        self.user, self.password, self.tls = user, password, tls
        self.inbox, self.parts, self.waiting = [], {}, []
        self.sessions, self.highest, self.number, self.submitted = 0, 0, 41_000, 0
        self.lock, self.closing = threading.RLock(), threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0.05)
        self.threads = [threading.Thread(target=self.listen, daemon=True)]

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        for thread in self.threads:
            thread.join(5)
        self.listener.close()

    @property
    def port(self):
        return self.listener.getsockname()[1]

    def listen(self):
        while not self.closing.is_set():
            try:
                connection, _address = self.listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self.serve, args=[connection], daemon=True)
            self.threads.append(thread)
            thread.start()

    # ---- a session ----

    def serve(self, connection):
        bound, buffer, sent = "", b"", {}
        try:
            connection = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
            connection.settimeout(0.01)
            while not self.closing.is_set():
                if bound in ("receiver", "transceiver"):
                    self.hand_over(connection, sent)
                try:
                    piece = connection.recv(4096)
                except TimeoutError:
                    continue
                if not piece:
                    return
                buffer += piece
                while len(buffer) >= 16 and len(buffer) >= (length := struct.unpack(">L", buffer[:4])[0]):
                    pdu, buffer = buffer[:length], buffer[length:]
                    command, status, sequence = struct.unpack(">LLL", pdu[4:16])
                    if command in BIND:
                        code = self.bind(pdu[16:], bool(bound))
                        bound = BIND[command] if code == OK else bound
                        self.answer(connection, command, code, sequence, b"centre\0" if code == OK else b"")
                    elif command == SUBMIT:
                        if not self.submit(connection, pdu[16:], sequence, bound):
                            return
                    elif command == ENQUIRE:
                        self.answer(connection, command, OK, sequence)
                    elif command == UNBIND:
                        self.answer(connection, command, OK, sequence)
                        return
                    elif command == DELIVER | ANSWER:
                        with self.lock:
                            done = sent.pop(sequence, None)
                            if status == OK and done in self.waiting:
                                self.waiting.remove(done)
                    else:
                        self.answer(connection, NACK, 0x3, sequence)
        except OSError:
            pass
        finally:
            with self.lock:
                self.sessions -= bool(bound)
            connection.close()

    def bind(self, body, already):
        user, password = (piece.decode() for piece in body.split(b"\0")[:2])
        with self.lock:
            if already:
                return BOUND_ALREADY
            if (user, password) != (self.user, self.password):
                return WRONG_PASSWORD
            if self.sessions >= self.most:
                return 0xD
            self.sessions += 1
            self.highest = max(self.highest, self.sessions)
            return OK

    def answer(self, connection, command, status, sequence, body=b""):
        connection.sendall(struct.pack(">LLLL", 16 + len(body), command | ANSWER, status, sequence) + body)

    # ---- a message ----

    def submit(self, connection, body, sequence, bound):
        """Answer submit_sm. Returns whether the session continues."""
        with self.lock:
            self.submitted += 1
            fate = self.fate()
            if bound not in ("transmitter", "transceiver"):
                code, name = WRONG_BIND_STATE, ""
            elif fate in ("throttle", "full"):
                code, name = {"throttle": THROTTLED, "full": QUEUE_FULL}[fate], ""
            elif fate == "lose_request":
                return False
            else:
                code, name = self.take(body)
            if fate == "lose_answer":
                return False
        self.answer(connection, SUBMIT, code, sequence, name.encode() + b"\0" if code == OK else b"")
        return True

    def fate(self):
        drawn = self.random.random()
        for whim in ("lose_request", "lose_answer", "throttle", "full"):
            drawn -= self.whims.get(whim, 0)
            if drawn < 0:
                return whim
        return ""

    def take(self, body):
        """Return code and id for a message, parsed by the standard."""
        _service, body = body.split(b"\0", 1)
        source_kind, body = body[:2], body[2:]
        source, body = body.split(b"\0", 1)
        _kind, body = body[:2], body[2:]
        phone, body = body.split(b"\0", 1)
        esm_class, body = body[0], body[3:]
        _scheduled, body = body.split(b"\0", 1)
        _validity, body = body.split(b"\0", 1)
        registered, _replace, coding, _default, length = body[:5]
        octets, rest = body[5 : 5 + length], body[5 + length :]
        assert source_kind == b"\x05\0"
        assert len(octets) == length
        if not phone.isdigit():
            return WRONG_ADDRESS, ""
        assert length <= (160 if coding == 0 else 140)
        self.number += 1
        arrives = self.random.random() >= self.whims.get("undeliverable", 0)
        if arrives:
            self.show(phone.decode(), source.decode(), esm_class, coding, octets)
        if registered & 1:
            text = readable(octets[6:] if esm_class & 0x40 else octets, coding)[:20]
            again = self.random.random() < self.whims.get("double_receipt", 0)
            receipt = (self.number, phone.decode(), source.decode(), arrives, options(rest).get(MARK), text)
            self.waiting += [(*receipt, copy) for copy in range(1 + again)]
            self.random.shuffle(self.waiting)
        return OK, f"{self.number:X}" if self.hexadecimal else str(self.number)

    def show(self, phone, source, esm_class, coding, octets):
        if not esm_class & 0x40:
            return self.inbox.append((phone, readable(octets, coding)))
        assert octets[:3] == b"\x05\0\x03"
        number, total, part = octets[3:6]
        parts = self.parts.setdefault((phone, source, number, total), {})
        parts.setdefault(part, readable(octets[6:], coding))
        if len(parts) == total:
            self.inbox.append((phone, "".join(parts[n] for n in range(1, total + 1))))
            del self.parts[phone, source, number, total]
        return None

    def write_to_us(self, phone, text):
        """Send an SMS to our number."""
        with self.lock:
            self.waiting.append(("message", phone, text))

    # ---- what it has kept ----

    def hand_over(self, connection, sent):
        """Send waiting deliveries, at most ten unacknowledged."""
        with self.lock:
            under_way = list(sent.values())
            for delivery in self.waiting[: 10 - len(sent)]:
                if delivery not in under_way:
                    sequence = 1 + max([0x100, *sent])
                    sent[sequence] = delivery
                    body = self.message(delivery) if delivery[0] == "message" else self.receipt(delivery)
                    connection.sendall(struct.pack(">LLLL", 16 + len(body), DELIVER, 0, sequence) + body)

    def receipt(self, message):
        number, phone, source, arrives, mark, text, _copy = message
        moment = f"{datetime.now():%y%m%d%H%M}"
        state = "DELIVRD" if arrives else "UNDELIV"
        words = (
            f"id:{number} sub:001 dlvrd:00{int(arrives)} submit date:{moment} done date:{moment}"
            f" stat:{state} err:{0 if arrives else 1:03d} text:{text}"
        )
        more = struct.pack(">HHH", MARK, 2, mark) if self.echo and mark is not None else b""
        return deliver(phone, source, 0x04, 0, words.encode("ascii", "replace")) + more

    def message(self, message):
        _kind, phone, text = message
        return deliver(phone, "8079", 0, 8, text.encode("utf-16-be"))


def deliver(source, target, esm_class, coding, octets):
    head = b"\0" + b"\x01\x01" + source.encode() + b"\0" + b"\x05\0" + target.encode() + b"\0"
    return head + bytes([esm_class, 0, 0]) + b"\0\0" + bytes([0, 0, coding, 0, len(octets)]) + octets


def readable(octets, coding):
    return octets.decode("utf-16-be") if coding == 8 else octets.decode("latin-1")


def options(rest):
    optional = {}
    while len(rest) >= 4:
        tag, length = struct.unpack(">HH", rest[:4])
        optional[tag] = int.from_bytes(rest[4 : 4 + length], "big")
        rest = rest[4 + length :]
    return optional
