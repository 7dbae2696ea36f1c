"""Fake server that sends its answer byte by byte, slower than any total timeout."""

import socket
from contextlib import contextmanager, suppress
from threading import Event, Thread

EVERY_S = 0.01
HTTP_HEAD = b"HTTP/1.1 200 OK\r\n" + b"X-Patience: is a virtue\r\n" * 40 + b"Content-Length: 2\r\n\r\n{}"
HTTP_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + b"\xff\xd8\xff\xe0".ljust(900)  # as a JPEG begins
TLS_RECORD = b"\x16\x03\x03\x20\x00" + bytes(900)  # the beginning of a handshake of 8 kB
SMTP_GREETING = b"220-welcome\r\n" * 70 + b"220 mail.example\r\n"
IMAP_GREETING = b"* OK " + b"." * 900 + b"\r\n"
SMPP_ANSWER = (1000).to_bytes(4, "big") + (0x80000002).to_bytes(4, "big") + bytes(992)


@contextmanager
def dripping(answer: bytes, at_once: int = 0):
    """Return the port of a server that sends `at_once` bytes, then one every hundredth of a second."""
    listener, over, threads = socket.create_server(("127.0.0.1", 0)), Event(), []

    def serve(caller):
        with caller, suppress(OSError):
            caller.sendall(answer[:at_once])
            for byte in answer[at_once:]:
                if over.wait(EVERY_S):
                    return
                caller.sendall(bytes([byte]))

    def accept():
        with suppress(OSError):
            while True:
                threads.append(Thread(target=serve, args=[listener.accept()[0]], daemon=True))
                threads[-1].start()

    accepting = Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join()
        for thread in threads:
            thread.join()
