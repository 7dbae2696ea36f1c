"""Test the streaming replica: what is read from it, its lag, and its promotion."""

import copy
import itertools
import os
import subprocess
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from geoapp.db import connections as database
from geoapp.db.replica import REPLICA, ReplicaWatch
from gis_data.models import City
from incidents.models import Authority, Category, Incident, Membership, Report
from tests import factories, owner
from tests.fakes.replicated_postgres import free_port, replicate
from tests.machine import patience

LAG_S = 600  # so long that no test takes as long
SINCE, OTHER = "this morning", "last night"  # when a server began: what tells it from another


@pytest.mark.parametrize(
    ("steps", "lag_s"),
    [
        # At each second: how far the primary's log goes, and how far the replica has come.
        ([(100, 100)], 0),
        ([(100, 90)], 0),
        ([(100, 90), (100, 90), (100, 90)], 2),
        ([(100, 90), (200, 90), (300, 100)], 1),
        ([(100, 90), (200, 90), (300, 250)], 0),
        ([(100, 100), (100, 100), (100, 100)], 0),
        ([(100, 90), (None, 90), (None, 90)], 2),
        ([(100, 90), (None, 100)], 0),
        ([(100, 100), (200, None)], None),
    ],
)
def test_lag_is_the_age_of_what_is_missing(monkeypatch, steps, lag_s):
    watch = ReplicaWatch(database.connect_to_watch)
    for at, (primary, position) in enumerate(steps):
        answers = {
            "default": None if primary is None else (primary, SINCE),
            REPLICA: None if position is None else (position, OTHER, True),
        }
        monkeypatch.setattr(watch, "ask", lambda alias, _statement, answers=answers: answers[alias])
        watch.check(at)
    assert watch.lag_s == lag_s


@pytest.mark.parametrize(("began", "lag_s"), [(SINCE, 0), (OTHER, None)])
def test_promoted_beside_a_primary_is_not_read(monkeypatch, began, lag_s):
    """Two addresses of one server are one; two servers that both write have parted."""
    watch = ReplicaWatch(database.connect_to_watch)
    answers = {"default": (100, SINCE), REPLICA: (100, began, False)}
    monkeypatch.setattr(watch, "ask", lambda alias, _statement: answers[alias])
    watch.check(0)
    assert watch.lag_s == lag_s


@pytest.mark.parametrize(
    ("lag_s", "asked_s_ago", "usable"),
    [(None, 0, False), (0, 0, True), (59, 0, True), (61, 0, False), (0, 59, True), (0, 61, False), (30, 31, False)],
)
def test_read_while_it_is_recent(monkeypatch, settings, lag_s, asked_s_ago, usable):
    """Also where whoever asks it hangs, since it is cut off: what is known of it grows old."""
    settings.REPLICA_LAG_S = 60
    watch = ReplicaWatch(database.connect_to_watch)
    monkeypatch.setattr(watch, "start", lambda: None)
    watch.lag_s, watch.asked_at = lag_s, time.monotonic() - asked_s_ago
    assert watch.is_usable() is usable


def test_without_a_replica_nothing_is_asked(django_assert_num_queries, db):
    with django_assert_num_queries(0), database.on_replica() as is_replica:
        assert not is_replica
    assert database.replica_watch.thread is None


# ---- two servers ----


@pytest.fixture(scope="module")
def pair(django_db_setup):
    """Two servers, of the module: pytest-django asks for databases before the first test."""
    with replicate(connection.settings_dict) as pair:
        settings.DATABASES[REPLICA] = address(pair.replica, owner.READER)
        yield pair
        forget(REPLICA)
        del settings.DATABASES[REPLICA]


def address(port, role):
    """Return an entry of `DATABASES` for a pair's tables on one of its servers, by role."""
    own = copy.deepcopy(connection.settings_dict)
    own |= {"HOST": "127.0.0.1", "PORT": str(port), "NAME": "geoapp", "USER": role, "PASSWORD": ""}
    own["OPTIONS"].pop("options", None)
    own["OPTIONS"]["pool"] = own["OPTIONS"]["pool"] | {"timeout": 2}
    return own


def forget(alias):
    connections[alias].close()
    connections[alias].close_pool()
    del connections[alias]


@pytest.fixture
def replica_pair(pair, transactional_db, monkeypatch):
    """The service as it runs on the two servers, with the town; the lag is measured when the test says so."""
    before = connection.settings_dict.copy()
    for numbers in connection._type_infos.values():  # other servers have other numbers for the types of PostGIS
        monkeypatch.delitem(numbers, connection.alias, raising=False)
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(address(pair.primary, owner.OWNER))
    connection.settings_dict["OPTIONS"]["options"] = f"-c role={owner.SERVICE}"  # as in all tests
    settings.DATABASES[REPLICA] = address(pair.replica, owner.READER)
    forget(REPLICA)
    monkeypatch.setattr(database, "replica_watch", watch := ReplicaWatch(database.connect_to_watch))
    monkeypatch.setattr(watch, "start", lambda: None)
    monkeypatch.setattr(settings, "REPLICA_LAG_S", LAG_S)
    try:
        town = factories.town() if not City.objects.exists() else SimpleNamespace(
            hole=Category.objects.get(code="ST.1"), office=Authority.objects.get(code="old")
        )  # fmt: skip
        pair.catch_up()
        yield SimpleNamespace(pair=pair, watch=watch, town=town)
    finally:
        for session in list(watch.sessions):
            watch.forget(session)
        connection.close()
        connection.close_pool()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


on_both = pytest.mark.django_db(transaction=True, databases=["default", REPLICA])
TILE = "/tiles/incidents/8/135/86"
PAGES = [
    f"{TILE}.json?state=all&days=0", f"{TILE}.mvt?state=all&days=0", f"{TILE}.json?state=all&days=0&words=hole",
    "/list/areas/?state=all&days=0", "/tiles/density/8/135/86.json?state=all&days=0",
    "/list/areas/?state=all&days=0&words=hole", "/tiles/density/8/135/86.json?state=all&days=0&words=hole",
    "/ogc/collections", "/ogc/collections/incidents",
    "/ogc/collections/incidents?f=html", "/ogc/collections/incidents/items", "/ogc/collections/incidents/items?f=html",
    "/ogc/collections/cameras/items", "/data/", "/data/?collection=incidents", "/data/incidents.csv", "/stats/",
    "/stats/areas.csv",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.xdist_group("bin")
@on_both
def test_pages_are_read_from_the_replica_while_it_is_recent(replica_pair, client):
    pair, watch = replica_pair.pair, replica_pair.watch
    began = Incident.objects.count()

    def count_shown():
        return client.get("/ogc/collections/incidents/items?f=json").json()["numberReturned"]

    pair.say(pair.replica, "SELECT pg_wal_replay_pause()")
    factories.incident(replica_pair.town.hole)
    watch.check(0)
    assert count_shown() == began
    watch.check(LAG_S / 2)
    assert count_shown() == began
    watch.check(LAG_S + 1)
    assert count_shown() == began + 1  # by the primary
    pair.catch_up()
    watch.check(LAG_S + 2)
    assert (watch.lag_s, count_shown()) == (0, began + 1)

    pair.kill(pair.replica)
    assert count_shown() == began + 1
    assert watch.lag_s is None
    pair.start_replica()


@pytest.mark.deep
@pytest.mark.slow
@pytest.mark.xdist_group("bin")
@on_both
def test_what_may_be_late_is_read_by_the_reader(replica_pair, client):
    """Whoever asks for it, signed in or not."""
    leader = factories.person("leader", replica_pair.town.office, Membership.Role.LEADER)
    replica_pair.pair.catch_up()
    replica_pair.watch.check(0)
    read = {}
    for who in ("a stranger", "a leader"):
        if who == "a leader":
            client.force_login(leader)
        for page in PAGES:
            with CaptureQueriesContext(connections[REPLICA]) as queries:
                answer = client.get(page)
                assert answer.status_code in (200, 204), page
                b"".join(answer) if answer.streaming else answer.content
            read[page, who] = len(queries) > 1
    assert read == dict.fromkeys(read, True)


class Citizens:
    """Two clients that report at both web servers in turn, each until its report is confirmed."""

    def __init__(self, ports):
        self.ports, self.over, self.told, self.answers = ports, threading.Event(), [], []
        self.threads = [threading.Thread(target=self.report, args=(who,), daemon=True) for who in range(2)]
        for thread in self.threads:
            thread.start()

    def report(self, who):
        for number in itertools.count():
            if self.over.is_set():
                return
            words, ports = f"Hole {who}-{number}", itertools.cycle(self.ports)
            form = {
                "lon": f"{10.001 + number * 0.0002:.4f}", "lat": f"50.00{2 + who}", "category": "ST.1", "join": "new",
                "text": words, "sending": str(uuid4()),
            }  # fmt: skip
            while not self.over.is_set() and not self.send(next(ports), form):
                self.over.wait(0.1)

    def send(self, port, form):
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience(10)) as browser:
            try:
                browser.get("/report/")
                answer = browser.post("/report/", data=form | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]})
            except (httpx.HTTPError, KeyError):
                return False
        self.answers.append(answer.status_code)
        if answer.status_code == 303:
            self.told.append(form["text"])
        return answer.status_code == 303

    def wait_for(self, more):
        """Wait until so many more reports are confirmed."""
        wanted, end = len(self.told) + more, time.monotonic() + patience(60)
        while len(self.told) < wanted:
            assert time.monotonic() < end, f"no report is taken: {self.answers[-5:]}"
            time.sleep(0.02)

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join(patience(60))


WEB = settings.BASE_DIR / "bin" / "web"
LIMITED_BY = ("address", "place", "category")


@contextmanager
def web_servers(pair, folder):
    """Start two web servers that know both databases; yields their ports."""
    hosts = f"127.0.0.1:{pair.primary},127.0.0.1:{pair.replica}"
    web_env = os.environ | {
        "DATABASE_URL": f"postgis://geoapp@{hosts}/geoapp?target_session_attrs=read-write",
        "DATABASE_REPLICA_URL": f"postgis://geoapp_reader@{hosts}/geoapp?target_session_attrs=prefer-standby",
        "SITE_URL": "http://127.0.0.1", "DEBUG": "1", "LOG_LEVEL": "ERROR", "WEB_PROCESSES": "1", "PYTHONWARNINGS": "",
        "LIMITS": ",".join(
            [f"{kind}:{by}=1000/s" for kind in ("report", "hold") for by in LIMITED_BY] + ["cost:address=1000000/s"]
        ),
        "ALLOWED_HOSTS": "127.0.0.1", "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1",
    }  # fmt: skip
    for name in ("DATABASE_OWNER_URL", "DATABASE_READER_URL"):
        web_env.pop(name, None)
    ports = [free_port(), free_port()]
    servers = [
        subprocess.Popen([WEB], env=web_env | {"PORT": str(port), "VAR_DIR": str(folder / str(port))}) for port in ports
    ]  # fmt: skip
    try:
        for port, server in zip(ports, servers, strict=True):
            end = time.monotonic() + patience(60)
            while not answers(port):
                assert server.poll() is None, "a web server did not start"
                assert time.monotonic() < end, "a web server does not answer"
                time.sleep(0.1)
        yield ports
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait(patience(30))


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@pytest.mark.deep
@pytest.mark.slow
@pytest.mark.xdist_group("bin")
@on_both
def test_nothing_is_lost_when_the_primary_dies(replica_pair, tmp_path):
    """What was acknowledged stands on both: the primary waits for the replica. It stands there once."""
    pair = replica_pair.pair
    pair.say(pair.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    pair.say(pair.primary, "SELECT pg_reload_conf()")
    with web_servers(pair, tmp_path) as ports:
        citizens = Citizens(ports)
        try:
            citizens.wait_for(4)
            pair.kill(pair.primary)
            pair.promote()
            citizens.wait_for(4)
        finally:
            citizens.stop()
    rows = pair.say(
        pair.replica,
        "SELECT report.text, count(event.id) FROM incidents_report report"
        " JOIN incidents_event event USING (incident_id) GROUP BY report.id",
    )
    opened = ((Report.text.field.open_text(stored), lines) for stored, lines in rows)
    assert sorted(row for row in opened if row[0] in citizens.told) == sorted((words, 2) for words in citizens.told)
    pair.take_back()
