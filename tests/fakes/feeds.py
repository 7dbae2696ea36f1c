"""Fake server of map feeds: configured answers or failures by path."""

from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from tests.fakes.served import Served


class FeedServer(Served):
    """Fake feeds. `answers`: path → a body, or (status, headers, body) whose body may come in parts. `asked`: paths.

    `keys`: path → the headers with a key that came with the last call.
    """

    def __init__(self):
        self.answers, self.asked, self.keys = {}, [], {}
        self.listen()

    def handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                fake.asked.append(self.path)
                named = ("Authorization", "X-Api-Key")
                fake.keys[self.path] = {name: self.headers[name] for name in named if name in self.headers}
                answer = fake.answers.get(self.path, (404, {}, b""))
                status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
                self.send_response(status)
                parts = [body] if isinstance(body, bytes) else body
                length = {"Content-Length": str(len(body))} if isinstance(body, bytes) else {}
                for name, value in (length | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(ConnectionError):  # the client may have had enough
                    for part in parts:
                        self.wfile.write(part)

            def log_message(self, *_):
                pass

        return Handler
