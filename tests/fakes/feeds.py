"""Fake server of map feeds: configured answers or failures by path."""

from http.server import BaseHTTPRequestHandler

from tests.fakes.served import Served


class FeedServer(Served):
    """Fake feeds. `answers`: path → a body, or (status, headers, body). `asked`: requested paths.

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
                for name, value in ({"Content-Length": str(len(body))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
