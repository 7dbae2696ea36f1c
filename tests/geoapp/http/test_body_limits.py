"""Test limits of request bodies by sender and size, and that the proxy has the same limits."""

import asyncio
import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.test import Client

from geoapp.http import body_limits
from geoapp.http.body_limits import (
    Body,
    BodyGate,
    Sender,
    StoredBodies,
    believe_nearest_proxy,
    declared_length,
    largest_body,
)
from incidents.accounts.sessions import is_signed_in

ROOT = Path(__file__).resolve().parents[3]
PHOTOS, SMALL, BOUNDARY = 80_000_000, 3_000_000, 210_000_000


@pytest.mark.parametrize(
    ("path", "most", "staff"),
    [
        ("/report/", PHOTOS, False),
        ("/open311/v2/requests.json", PHOTOS, False),
        ("/w/token/", PHOTOS, False),
        ("/desk/2611-40873/resolve/", PHOTOS, True),
        ("/editions/uploads/new/", BOUNDARY, True),
        ("/cameras/register/", PHOTOS, True),
        ("/", SMALL, False),
        ("/f/token/add/", PHOTOS, False),
        ("/t/token/", PHOTOS, False),
        ("/c/token/", SMALL, False),
        ("/hooks/zalo/", SMALL, False),
        ("/sign-in/", SMALL, False),
    ],
)
def test_largest_body_of_each_address(path, most, staff):
    assert largest_body(path) == (most, staff)


def ask(gate, path, *, chunks=(), headers=(), cookie=""):
    """POST a body in these chunks; returns (status, chunks that were read)."""
    read, answers = [], []
    parts = [{"type": "http.request", "body": part, "more_body": n < len(chunks) - 1} for n, part in enumerate(chunks)]

    async def receive():
        if not parts:
            return {"type": "http.disconnect"}
        read.append(parts[0])
        return parts.pop(0)

    async def send(message):
        answers.append(message)

    headers_sent = [*headers, *([(b"cookie", f"sessionid={cookie}".encode())] if cookie else [])]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers_sent}
    asyncio.run(gate(scope, receive, send))
    return answers[0]["status"], len(read)


async def reads_all(scope, receive, send):
    """ASGI application that reads the whole body first, as Django does; no answer after a disconnect."""
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_photos_of_strangers_are_worked_on_in_turns(settings, monkeypatch):
    """What has come meanwhile waits, and is told to come again where it waits too long; small bodies pass."""
    monkeypatch.setattr(body_limits, "TURN_S", 0.01)
    settings.PHOTO_DECODERS, settings.PHOTOS_WAITING = 1, 1

    async def tell():
        working, most, over, answers = [], [], asyncio.Event(), []

        async def work(scope, receive, send):
            while (message := await receive())["type"] != "http.disconnect" and message["more_body"]:
                pass
            if message["type"] == "http.disconnect":
                return
            working.append(scope["number"])
            most.append(len(working))
            await over.wait()
            working.remove(scope["number"])
            await send({"type": "http.response.start", "status": 200, "headers": []})

        gate = BodyGate(work, is_signed_in)

        async def post(number, size):
            async def receive():
                return {"type": "http.request", "body": b"", "more_body": False}

            async def send(message):
                if message["type"] == "http.response.start":
                    answers.append((number, message["status"]))

            scope = {
                "type": "http", "method": "POST", "path": "/report/", "headers": [length(size)], "number": number,
                "client": (f"203.0.113.{number % 2}", 1),
            }  # fmt: skip
            await gate(scope, receive, send)

        photos = [asyncio.create_task(post(number, 100_000)) for number in range(4)]
        await asyncio.wait(photos, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*photos[2:])
        small = asyncio.create_task(post(9, 500))
        while 9 not in working:
            await asyncio.sleep(0)
        over.set()
        await asyncio.gather(*photos, small)
        await post(5, 100_000)  # the turns were given back
        return max(most), sorted(answers)

    assert asyncio.run(tell()) == (3, [(0, 200), (1, 200), (2, 503), (3, 503), (5, 200), (9, 200)])


def gate_to(application):
    return BodyGate(application, is_signed_in)


def length(number):
    return (b"content-length", str(number).encode())


CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize(
    ("path", "headers", "chunks", "answer"),
    [
        ("/c/x/", [length(3)], [b"abc"], (200, 1)),
        ("/c/x/", [length(SMALL + 1)], [b"abc"], (413, 0)),  # nothing of it is read
        ("/report/", [length(PHOTOS)], [b"abc"], (200, 1)),
        ("/report/", [length(PHOTOS + 1)], [b"abc"], (413, 0)),
        ("/c/x/", [CHUNKED], [b"x" * 2_000_000] * 5, (413, 2)),  # and of this no more than it takes
        ("/c/x/", [length(3)], [b"x" * 2_000_000] * 5, (413, 2)),  # whatever the head says
        ("/c/x/", [(b"content-length", b"many")], [b"abc"], (200, 1)),
        ("/c/x/", [], [b""], (200, 1)),
    ],
)
def test_body_is_read_as_far_as_it_may_be(path, headers, chunks, answer):
    assert ask(gate_to(reads_all), path, headers=headers, chunks=chunks) == answer


@pytest.mark.django_db(transaction=True)
def test_large_body_for_staff_is_read_from_staff_only(officer, settings):
    browser = Client()
    browser.force_login(officer)
    session, sent = browser.cookies["sessionid"].value, {"headers": [length(PHOTOS)], "chunks": [b"abc"]}
    answers = [ask(gate_to(reads_all), "/desk/2611-40873/resolve/", cookie=cookie, **sent)
               for cookie in (session, "", "abcdefghijklmnopqrstuvwxyz012345")]  # fmt: skip
    assert answers == [(200, 1), (401, 0), (401, 0)]
    settings.SECOND_FACTOR_ROLES = ["officer"]
    assert ask(gate_to(reads_all), "/desk/2611-40873/resolve/", cookie=session, **sent) == (401, 0)


MOST = {"all": 300, "strangers": 240, "large": 200, "network": 100}
STRANGER, OTHER, OFFICER = Sender("203.0.113.7"), Sender("203.0.113.8"), Sender("203.0.113.7", signed_in=True)


@pytest.mark.parametrize(
    ("stored", "more", "large", "room"),
    [
        ({}, 100, True, True),
        ({}, 101, True, False),
        ({STRANGER: 80}, 21, False, False),  # one network leaves room to others
        ({STRANGER: 80}, 20, False, True),
        ({OTHER: 100, Sender("203.0.113.9"): 90}, 11, True, False),
        ({OTHER: 100, Sender("203.0.113.9"): 90}, 50, False, True),  # words come while photos wait
        ({OTHER: 100, Sender("203.0.113.9"): 90}, 51, False, False),
        ({OFFICER: 300}, 1, False, False),
        ({OFFICER: 200}, 100, True, True),  # of her network, but not of its strangers
    ],
)
def test_room_for_what_a_stranger_sends(monkeypatch, stored, more, large, room):
    monkeypatch.setattr(body_limits, "BYTES_AT_ONCE", MOST["all"])
    monkeypatch.setattr(body_limits, "OF_STRANGERS", MOST["strangers"])
    monkeypatch.setattr(body_limits, "OF_LARGE_ONES", MOST["large"])
    monkeypatch.setattr(body_limits, "OF_ONE_NETWORK", MOST["network"])
    bodies_there = StoredBodies()
    for sender, size in stored.items():
        bodies_there.add(sender, size)
    assert bodies_there.has_room(STRANGER, more, large=large) is room
    assert bodies_there.has_room(OFFICER, 300 - bodies_there.of_all, large=True) is True
    for sender, size in stored.items():
        bodies_there.add(sender, -size)
    assert (bodies_there.of_all, bodies_there.of_strangers, dict(bodies_there.of_network)) == (0, 0, {})


class Connection:
    """A sender that declares a length and sends chunks on demand."""

    def __init__(self, gate, *, address="203.0.113.7", path="/report/", headers=(), size=PHOTOS):
        self.messages: asyncio.Queue = asyncio.Queue()
        self.status = 0
        scope = {
            "type": "http", "method": "POST", "path": path, "client": (address, 1),
            "headers": [length(size), *headers],
        }  # fmt: skip
        self.task = asyncio.create_task(gate(scope, self.messages.get, self.answer))

    async def answer(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]

    async def send(self, size, *, last=False):
        self.messages.put_nowait({"type": "http.request", "body": b"x" * size, "more_body": not last})
        while not self.messages.empty():
            await asyncio.sleep(0)

    async def end(self):
        await self.send(3, last=True)
        await self.task
        return self.status


def test_announced_bytes_keep_nobody_out():
    """Connections that say how much will come, of whatever network, and send nothing, take no room."""

    async def story():
        gate = gate_to(reads_all)
        idle = [Connection(gate, address=f"203.0.113.{number % 3}") for number in range(20)]
        chunked = [Connection(gate, headers=[CHUNKED], size="") for _number in range(5)]
        for connection in [*idle, *chunked]:
            await connection.send(1)
        stored = gate.stored.of_all
        status = await Connection(gate).end()
        for connection in [*idle, *chunked]:
            connection.task.cancel()
        await asyncio.gather(*(connection.task for connection in [*idle, *chunked]), return_exceptions=True)
        return stored, status, gate.stored.of_all, dict(gate.stored.of_network)

    assert asyncio.run(story()) == (25, 200, 0, {})


def test_network_that_has_sent_much_keeps_no_other_out(monkeypatch):
    monkeypatch.setattr(body_limits, "OF_ONE_NETWORK", 1_000)

    async def story():
        gate = gate_to(reads_all)
        first, second = Connection(gate), Connection(gate, address="2001:db8::1")
        await first.send(900)
        await second.send(900)
        more = Connection(gate)
        await more.send(200)
        await more.task  # what of it came is too much together with the first
        statuses = [more.status, await first.end(), await second.end()]
        return statuses, await Connection(gate).end()

    assert asyncio.run(story()) == ([503, 200, 200], 200)


@pytest.mark.django_db(transaction=True)
def test_strangers_leave_room_to_who_is_signed_in(officer, monkeypatch):
    monkeypatch.setattr(body_limits, "OF_LARGE_ONES", 1_000)
    browser = Client()
    browser.force_login(officer)
    cookie = (b"cookie", f"sessionid={browser.cookies['sessionid'].value}".encode())

    async def story():
        gate = gate_to(reads_all)
        strangers = Connection(gate)
        await strangers.send(1_000)
        answers = []
        for path, headers in (("/report/", []), ("/report/", [cookie]), ("/desk/1/resolve/", [cookie])):
            connection = Connection(gate, path=path, headers=headers)
            answers.append(await connection.end())
        return answers, await strangers.end()

    assert asyncio.run(story()) == ([503, 200, 200], 503)


def test_turns_of_one_network_leave_some_to_others(settings, monkeypatch):
    settings.PHOTO_DECODERS, settings.PHOTOS_WAITING = 2, 2

    async def story():
        turns = body_limits.Turns(settings.PHOTO_DECODERS + settings.PHOTOS_WAITING)
        assert [await turns.take("203.0.113.7") for _time in range(2)] == [True, True]
        monkeypatch.setattr(body_limits, "TURN_S", 0)
        answers = [await turns.take("203.0.113.7")]
        monkeypatch.setattr(body_limits, "TURN_S", 60)
        answers += [await turns.take("203.0.113.8"), await turns.take("203.0.113.9")]
        await turns.give_back("203.0.113.7")
        return [*answers, await turns.take("203.0.113.7"), dict(turns.in_use)]

    assert asyncio.run(story()) == [False, True, True, True, {"203.0.113.7": 2, "203.0.113.8": 1, "203.0.113.9": 1}]


def test_body_that_does_not_come_ends(monkeypatch):
    """Its time is over at once here; no test waits for it."""
    monkeypatch.setattr(body_limits, "IDLE_S", 0)

    async def never():
        await asyncio.sleep(3600)

    async def story():
        body = Body(never, SMALL, StoredBodies(), STRANGER)
        return await body.receive(), body.status

    assert asyncio.run(story()) == ({"type": "http.disconnect"}, 408)


# Seconds, and bytes that have come by then; how long the next may take.
PACE = [
    (0, 0, 30),
    (29, 1, 30),  # at least something came in time …
    (59, 2, 1),  # … but a minute brings 120,000 bytes, or it is the last
    (59, 200_000, 9),  # a minute, and a second for each 25,000 bytes that have come
    (100, 2_000_000, 30),
    (130, 70_000_000, 30),  # much at once buys no rest: …
    (189, 70_000_001, 1),  # … this minute brought a byte
    (191, 70_000_002, 0),
]


def test_body_keeps_its_pace():
    async def story():
        body = Body(never_asked, PHOTOS, StoredBodies(), STRANGER)
        body.began = body.stretch_began = 1_000.0
        pace = []
        for at, count, _left in PACE:
            body.count = count
            pace.append((at, count, round(body.seconds_left(1_000.0 + at))))
        return pace

    assert asyncio.run(story()) == PACE


async def never_asked():
    raise AssertionError


@pytest.mark.parametrize(
    ("headers", "number"),
    [([length(7)], 7), ([CHUNKED], None), ([], 0), ([(b"content-length", b"-1")], None), ([length(0)], 0)],
)
def test_declared_length(headers, number):
    assert declared_length(dict(headers)) == number


@pytest.mark.parametrize(
    ("header", "seen"), [("203.0.113.9", b"203.0.113.9"), ("198.51.100.1, 203.0.113.9", b"203.0.113.9")]
)
def test_only_what_the_nearest_proxy_wrote_is_believed(header, seen):
    """What stands before it in the header came from outside."""
    heard = []

    async def application(scope, receive, send):
        heard.append(dict(scope["headers"])[b"x-forwarded-for"])

    scope = {"type": "http", "headers": [(b"x-forwarded-for", header.encode())]}
    asyncio.run(believe_nearest_proxy(application)(scope, None, None))
    assert heard == [seen]


# ---- the proxy and the disk ----


def proxy_limits():
    """Return {matcher of the Caddyfile: largest body in bytes}."""
    text = (ROOT / "deploy" / "proxy" / "Caddyfile").read_text()
    names = dict(re.findall(r"^\t@(\w+) ((?:not )?path .*)$", text, re.M))
    sizes = dict(re.findall(r"request_body @(\w+) \{\s*max_size (\d+)MB", text))
    return {names[name]: int(size) * 1_000_000 for name, size in sizes.items()}


def test_proxy_takes_what_we_take_and_no_more():
    ours: dict[int, list[str]] = {}
    for begin, most, _staff in project.BODY_LIMITS:
        ours.setdefault(most, []).append(f"{begin}*")
    all_paths = " ".join(path for paths in ours.values() for path in paths)
    limits = {" ".join(["path", *paths]): most for most, paths in ours.items()}
    assert proxy_limits() == limits | {f"not path {all_paths}": project.BODY_SMALL}


def test_disk_for_bodies_holds_what_is_read_at_once():
    """Of each body there may be two: as it came, and its photos apart."""
    compose = (ROOT / "docker-compose.yml").read_text()
    web = int(re.search(r'tmpfs: \["/tmp:size=(\d+)m"\]', compose)[1]) * 2**20
    processes = int(re.search(r"WEB_PROCESSES:-(\d+)", compose)[1])
    assert web >= 2 * body_limits.BYTES_AT_ONCE * processes
