"""Test the share of database connections and the time limits of anonymous requests."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client

from geoapp.db import admission
from geoapp.db import connections as database
from geoapp.db.admission import PLACES, POOL
from geoapp.db.places import Places, Purpose, Visitor
from tests import owner

READERS = PLACES.most["readers"]
HEADS = "/history/heads.json"  # reads a table that neither the desk nor signing in needs
WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database place ON place.oid = database
WHERE relation = %s::regclass AND NOT granted AND datname = current_database()
"""


@contextmanager
def lock_table(table):
    """Lock the table; yields a function that waits until so many statements wait for it."""
    with database.connect() as holder:
        holder.execute(f'SET ROLE "{owner.OWNER}"')
        holder.execute("BEGIN")
        holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

        def wait_for(count):
            for _try in range(600):
                if holder.execute(WAITING, [table]).fetchone()[0] == count:
                    return
                time.sleep(0.05)
            raise AssertionError(f"{count} statements did not come to wait")

        yield wait_for


def ask(path, client=None, *, address="203.0.113.7"):
    """Send the request in a thread of its own, which returns its connection."""
    try:
        return (client or Client(REMOTE_ADDR=address)).get(path)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_officer_is_served_while_strangers_wait(client, officer, monkeypatch):
    monkeypatch.setattr(admission, "READ_S", 600)
    monkeypatch.setattr(admission, "WAIT_S", 600)
    client.force_login(officer)
    with ThreadPoolExecutor(READERS + 3) as pool:
        with lock_table("incidents_historyhead") as wait_for:
            strangers = [pool.submit(ask, HEADS, address=f"203.0.113.{number}") for number in range(READERS + 3)]
            wait_for(READERS)
            assert client.get("/desk/").status_code == 200
            assert Client(REMOTE_ADDR="203.0.113.1").get("/report/").status_code == 200
            assert [request.done() for request in strangers] == [False] * len(strangers)
        assert [request.result().status_code for request in strangers] == [200] * len(strangers)


@pytest.mark.django_db(transaction=True)
def test_who_only_carries_a_cookie_is_a_stranger(officer, monkeypatch):
    """A cookie of no session gives no connection of those that are left to staff."""
    monkeypatch.setattr(admission, "WAIT_S", 0.1)
    stranger = Client()
    stranger.cookies["sessionid"] = "abcdefghijklmnopqrstuvwxyz012345"
    with every_place_taken():
        assert stranger.get(HEADS).status_code == 503
    assert stranger.get(HEADS).status_code == 200


@contextmanager
def every_place_taken():
    visitors = [Visitor(f"network {number}", Purpose.REPORT) for number in range(PLACES.most["all"])]
    assert all(PLACES.take(visitor, 0) for visitor in visitors)
    try:
        yield
    finally:
        for visitor in visitors:
            PLACES.leave(visitor)


@pytest.mark.django_db(transaction=True)
def test_limit_of_a_stranger_ends_with_the_request(client):
    """The connection goes back to the pool as it was: whoever has it next has all the time there is."""
    assert client.get(HEADS).status_code == 200
    connection.close()
    pool = connection.pool
    connections = [pool.getconn() for _one in range(pool.get_stats()["pool_available"])]
    assert connections
    try:
        assert {connection_taken.execute("SHOW statement_timeout").fetchone() for connection_taken in connections} == {
            ("0",)
        }
    finally:
        for connection_taken in connections:
            pool.putconn(connection_taken)


def test_places_come_back_whatever_a_page_does(client, town, monkeypatch):
    monkeypatch.setattr(admission, "WAIT_S", 0)
    for path in (HEADS, "/no-such-page/", "/desk/", "/?days=never", "/i/none/", "/healthz") * 6:
        assert client.get(path).status_code in (200, 302, 400, 404)
    with every_place_taken():
        assert client.get(HEADS).status_code == 503


@pytest.mark.server_limit
@pytest.mark.django_db(transaction=True)
def test_slow_statement_of_a_stranger_gives_503(client, monkeypatch):
    monkeypatch.setattr(admission, "READ_S", 0.05)
    with lock_table("incidents_historyhead"):
        answer = client.get(HEADS)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
    assert answer.json() == {"error": "Hệ thống đang quá tải. Hãy thử lại sau ít giây.", "code": 503}
    assert client.get(HEADS).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_statements_of_staff_have_their_time(client, officer, monkeypatch):
    """The same connection served a stranger before."""
    monkeypatch.setattr(admission, "READ_S", 0.05)
    assert client.get(HEADS).status_code == 200
    client.force_login(officer)
    with ThreadPoolExecutor(1) as pool:
        with lock_table("incidents_historyhead") as wait_for:
            response = pool.submit(ask, HEADS, client)
            wait_for(1)
            time.sleep(0.2)  # four times what a stranger has
            assert response.done() is False
        assert response.result().status_code == 200


@pytest.mark.parametrize(
    ("language", "path", "accept", "sentence"),
    [
        ("vi", "/", "text/html", "<h1>Hệ thống đang quá tải</h1>"),
        ("en", "/", "text/html", "<h1>Very busy at the moment</h1>"),
        (
            "en",
            "/list/",
            "*/*",
            '{"error": "The service is very busy. Try again in a few seconds.", "code": 503}',
        ),
        (
            "en",
            "/ogc/collections",
            "application/json",
            '{"code": "ServerBusy", "description": "The service is very busy',
        ),
        ("en", "/open311/v2/requests.xml", "*/*", "<code>503</code><description>The service is very busy"),
        ("en", "/open311/v2/requests.json", "*/*", '"code": 503, "description": "The service is very busy'),
        ("en", "/mapit/areas/WARD", "*/*", '"code": 503'),
    ],
)
def test_503_is_said_in_the_form_that_was_asked_for(client, town, monkeypatch, language, path, accept, sentence):
    monkeypatch.setattr(admission, "WAIT_S", 0)
    client.cookies["django_language"] = language
    with every_place_taken():
        answer = client.get(path, headers={"accept": accept})
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert sentence in answer.content.decode()


def test_page_that_was_sent_says_that_nothing_was_kept(client, town, monkeypatch):
    monkeypatch.setattr(admission, "WAIT_S", 0)
    client.cookies["django_language"] = "en"
    with every_place_taken():
        answer = client.post("/report/", {}, headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert "What you sent was not saved." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_probes_answer_while_the_whole_pool_is_taken(client, path):
    with whole_pool_taken():
        assert client.get(path).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_empty_pool_gives_503(client, officer, monkeypatch):
    client.force_login(officer)
    with whole_pool_taken():
        connection.pool.timeout = 0.1
        answers = [client.get("/desk/"), Client().get("/")]
    assert [answer.status_code for answer in answers] == [503, 503]
    assert "Own" not in answers[0]  # nobody could look whose session it is: the device wipes nothing
    assert client.get("/desk/").status_code == 200


@contextmanager
def whole_pool_taken():
    connection.close()
    patience, connections_taken = connection.pool.timeout, []
    try:
        stats = connection.pool.get_stats()
        elsewhere = stats["pool_size"] - stats["pool_available"]  # with threads of earlier tests
        connections_taken += (connection.pool.getconn(timeout=10) for _one in range(POOL - elsewhere))
        yield
    finally:
        connection.pool.timeout = patience
        for connection_taken in connections_taken:
            connection.pool.putconn(connection_taken)


@pytest.mark.django_db(transaction=True)
def test_healthz_says_503_while_the_database_is_gone(client):
    host = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/no/such/socket"
    try:
        assert client.get("/healthz").status_code == 503
    finally:
        connection.settings_dict["HOST"] = host
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_place_is_free_again_when_its_connection_was_lost(rf):
    """As when the database dies: the answer that was ready goes out, and others find the place."""
    request = rf.get(HEADS)
    assert admission.take_place(request)
    with database.connect() as other:
        other.execute(f'SET ROLE "{owner.OWNER}"')
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])
    admission.leave_place(request)
    assert PLACES.in_use == 0


READ, MUCH, REPORT = Purpose.READ, Purpose.READ_MUCH, Purpose.REPORT


@pytest.mark.parametrize(
    ("present", "more"),
    [
        ([], {("a", READ), ("b", READ), ("a", MUCH), ("b", MUCH), ("a", REPORT), ("b", REPORT)}),
        # Of one network two readers are let in, and one that reads much.
        ([("a", READ), ("a", READ)], {("b", READ), ("b", MUCH), ("a", REPORT), ("b", REPORT)}),
        ([("a", MUCH)], {("a", READ), ("b", READ), ("b", MUCH), ("a", REPORT), ("b", REPORT)}),
        # Two at once read much, and a place is left to who reads little.
        ([("a", MUCH), ("c", MUCH)], {("a", READ), ("b", READ), ("a", REPORT), ("b", REPORT)}),
        # Readers leave places to who reports, …
        ([("a", READ), ("c", READ), ("d", READ)], {("a", REPORT), ("b", REPORT)}),
        # … and one network does to the others.
        ([("a", REPORT)] * 3, {("a", READ), ("b", READ), ("a", MUCH), ("b", MUCH), ("b", REPORT)}),
        ([("a", REPORT)] * 3 + [("b", REPORT)] * 2, set()),
    ],
)
def test_who_is_let_in_beside_whom(present, more):
    places = Places(5)
    assert all(places.take(Visitor(*visitor), 0) for visitor in present)
    let_in = set()
    for visitor in [(network, purpose) for network in "ab" for purpose in Purpose]:
        if places.take(Visitor(*visitor), 0):
            places.leave(Visitor(*visitor))
            let_in.add(visitor)
    for visitor in present:
        places.leave(Visitor(*visitor))
    assert (let_in, places.in_use, places.kinds) == (more, 0, {})


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_any_number_of_places_lets_everybody_in(count):
    places = Places(count)
    for purpose in Purpose:
        assert places.take(Visitor("a", purpose), 0)
        places.leave(Visitor("a", purpose))
