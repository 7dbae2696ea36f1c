"""Fake time stamping authority (RFC 3161): openssl makes the stamps with certificates of its own."""

import subprocess
from http.server import BaseHTTPRequestHandler

from tests.fakes.served import Served

EC = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
CONFIG = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha256
"""


class Authority(Served):
    """Fake authority. `roots`: file of its root certificate; `asked`: number of requests; `fault`: an HTTP status or
    bytes in place of a stamp.
    """

    def __init__(self, folder):
        self.folder, self.asked, self.fault = folder, 0, None
        self.roots = folder / "root.pem"
        self.openssl(
            "req", "-x509", *EC, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Root", "-days", "36500"
        )
        self.openssl("req", *EC, "-keyout", "signer.key", "-out", "signer.csr", "-subj", "/CN=Time")
        (folder / "use").write_text("extendedKeyUsage = critical, timeStamping\n")
        self.openssl(
            "x509", "-req", "-in", "signer.csr", "-CA", "root.pem", "-CAkey", "root.key", "-out", "signer.pem",
            "-days", "36500", "-extfile", "use",
        )  # fmt: skip
        (folder / "config").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self.listen()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def stamp(self, query):
        (self.folder / "query").write_bytes(query)
        self.openssl("ts", "-reply", "-config", "config", "-queryfile", "query", "-out", "reply")
        return (self.folder / "reply").read_bytes()

    def handler(self):
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                authority.asked += 1
                status, answer = 200, authority.fault
                if isinstance(answer, int):
                    status, answer = answer, b""
                answer = authority.stamp(query) if answer is None else answer
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        return Handler
