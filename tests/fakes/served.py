"""Serve a fake partner in threads for the length of a `with` block."""

import threading
from http.server import ThreadingHTTPServer


class Served:
    """Base of fake servers. Subclasses define `handler()` and call `listen()`, or set a `server`."""

    def listen(self, port=0):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.server.daemon_threads = True

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"
