"""A mail server as a process of its own, quick enough for a hundred thousand letters; it only counts them.

    python -m tests.fakes.mail_sink FILE WORDS

It prints its port. Stopped, it writes how many letters with these words it took, how many addresses got some, and how
many have a Message-ID of their own.
"""

import asyncio
import json
import re
import signal
import sys
from pathlib import Path

MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.IGNORECASE | re.MULTILINE)


class Counts:
    def __init__(self):
        self.letters, self.addresses, self.ids = 0, set(), set()

    def as_json(self):
        return json.dumps({"letters": self.letters, "addresses": len(self.addresses), "ids": len(self.ids)})


async def take_letters(reader, writer, words, counts):
    """Speak as much SMTP as a client needs that trusts us."""
    writer.write(b"220 sink\r\n")
    address = b""
    while line := await reader.readline():
        command = line[:4].upper()
        if command == b"DATA":
            writer.write(b"354 go on\r\n")
            letter = await reader.readuntil(b"\r\n.\r\n")
            if words in letter:
                counts.letters += 1
                counts.addresses.add(address)
                counts.ids.add(MESSAGE_ID.search(letter)[1])
        if command == b"RCPT":
            address = line.split(b":", 1)[1].strip()
        if command == b"QUIT":
            writer.write(b"221 bye\r\n")
            break
        writer.write(b"250 yes\r\n")
    writer.close()


async def main(file, words):
    counts, stopped = Counts(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    server = await asyncio.start_server(lambda *pair: take_letters(*pair, words.encode(), counts), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()
    Path(file).write_text(counts.as_json())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
