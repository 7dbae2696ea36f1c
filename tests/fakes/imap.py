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
    """A mailbox with an empty INBOX and a folder `Done`."""

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
        """Return a new client; retries until the server has started."""
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
        status, _said = self.client.append(folder, None, None, raw)
        assert status == "OK"

    def count(self, folder="INBOX"):
        """Return the number of mails in a folder, by a new client."""
        client = self.sign_in()
        _status, counts = client.status(folder, "(MESSAGES)")
        client.logout()
        return int(re.search(rb"MESSAGES (\d+)", counts[0])[1])

    def flags(self):
        self.client.select("INBOX")
        return [imaplib.ParseFlags(row) for row in self.client.fetch("1:*", "(FLAGS)")[1] if row]
