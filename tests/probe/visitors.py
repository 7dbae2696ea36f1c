"""Visitors of the audit: a stranger, and the demo's accounts signed in."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx

PATIENCE_S = 30
AT_ONCE = 8


@dataclass
class Finding:
    """Results of a part of the audit: numbers of requests and refusals, and wrong answers."""

    part: str
    requests: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def note(self, answer: "Answer", fault: str = "") -> None:
        """Counts an answer. 503 with Retry-After is a refusal; other server errors are faults."""
        busy = answer.status == 503 and "retry-after" in answer.headers
        self.requests += 1
        self.refused += 400 <= answer.status < 500 or busy
        self.slowest_s = max(self.slowest_s, answer.seconds)
        if not fault and answer.status >= 500 and not busy:
            fault = "an error of ours"
        if fault:
            self.wrong.append(f"{answer.path[:100]}: {answer.status}, {fault}")


@dataclass
class Answer:
    """An HTTP answer."""

    who: str
    method: str
    path: str
    status: int
    seconds: float
    headers: httpx.Headers
    text: str

    @property
    def asks_to_sign_in(self) -> bool:
        return self.status in (302, 303) and "/sign-in/" in self.headers.get("location", "")


class Visitor:
    """A browser with its cookies. `name` and `password`: of somebody who signs in."""

    def __init__(self, home: str, name: str = "stranger", password: str = ""):
        self.name = name
        self.http = httpx.Client(base_url=home, timeout=PATIENCE_S, trust_env=False)
        if password:
            self.sign_in(password)

    def sign_in(self, password: str) -> None:
        """Raises RuntimeError if the account is refused."""
        self.ask("GET", "/sign-in/")
        answer = self.ask("POST", "/sign-in/", data={"username": self.name, "password": password})
        if answer.status not in (302, 303):
            raise RuntimeError(f"{self.name} does not get in: {answer.status}")

    def ask(self, method: str, path: str, **more) -> Answer:
        headers = {"X-CSRFToken": self.http.cookies.get("csrftoken", ""), "Referer": str(self.http.base_url)}
        headers |= more.pop("headers", {})
        begun = time.monotonic()
        try:
            with self.http.stream(method, path, headers=headers, **more) as response:
                stream = response.headers.get("content-type", "").startswith(("text/event-stream", "multipart/x-mixed"))
                body = b"" if stream else response.read()
            text = body[:200_000].decode("utf-8", "replace")
            return Answer(
                self.name, method, path, response.status_code, time.monotonic() - begun, response.headers, text
            )
        except httpx.HTTPError as fault:
            seconds = time.monotonic() - begun
            return Answer(self.name, method, path, 599, seconds, httpx.Headers(), type(fault).__name__)

    def ask_many(self, requests: Iterable[tuple[str, str, dict]]) -> list[Answer]:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda request: self.ask(request[0], request[1], **request[2]), requests))
