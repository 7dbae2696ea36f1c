"""Run a real IMAP server (pymap) in a process, and act on its mailbox."""

import imaplib
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

USER, PASSWORD = "phananh", "secret-harbour"


class ImapServer:
    """An empty INBOX and a folder `Done`, as long as its block."""

    def __enter__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        program = Path(sys.executable).with_name("pymap")
        command = [program, "--host", "127.0.0.1", "--port", str(self.port), "--no-tls", "dict"]
        command += ["--demo-data", "--demo-user", USER, "--demo-password", PASSWORD]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = self.sign_in()
        self.client.create("Done")
        self.client.select("INBOX")
        self.client.store("1:*", "+FLAGS", r"(\Deleted)")
        self.client.expunge()
        return self

    def __exit__(self, *_):
        self.client.shutdown()
        self.process.terminate()
        self.process.wait()

    def sign_in(self):
        """A client of its own; the server takes a moment to be there."""
        for _try in range(600):
            try:
                client = imaplib.IMAP4("127.0.0.1", self.port)
                break
            except ConnectionRefusedError:
                assert self.process.poll() is None, "pymap did not start"
                time.sleep(0.05)
        client.login(USER, PASSWORD)
        return client

    def put(self, raw, folder="INBOX"):
        """Let a mail arrive."""
        status, _said = self.client.append(folder, None, None, raw)
        assert status == "OK"

    def count(self, folder="INBOX"):
        """How many mails are in a folder, for somebody who comes now."""
        client = self.sign_in()
        _status, counts = client.status(folder, "(MESSAGES)")
        client.logout()
        return int(re.search(rb"MESSAGES (\d+)", counts[0])[1])

    def flags(self):
        """The flags of the mails in the INBOX."""
        self.client.select("INBOX")
        return [imaplib.ParseFlags(row) for row in self.client.fetch("1:*", "(FLAGS)")[1] if row]
