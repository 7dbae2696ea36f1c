"""Shared fixtures: `officer` works at Old Wharf's office, `outsider` at New Wharf's."""

import fcntl
import gc
import logging
import os
import secrets
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import cv2
import pytest
from django.conf import settings as project
from django.db import OperationalError, connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import translation
from django.utils.timezone import localdate, now
from hypothesis import HealthCheck
from hypothesis import settings as drawn
from pytest_django.plugin import blocking_manager_key

from geoapp.crypto.keyring import Keyring
from geoapp.http import costs, rate_limits
from gis_data import policies as city_policies
from incidents.models import Membership
from tests import clock, factories, order, owner, signing_in, town
from tests.leftovers import DatabaseWatch, mark_users_of_database, needs_database

gc.disable()  # while all is imported
cv2.setNumThreads(1)  # as in the service: pictures are small, and threads of its own would only wait for one another
project.PASSWORD_HASHERS = ["tests.hashers.Quick"]
Client.force_login = signing_in.open_session
# WhiteNoise reads the whole folder for each new client, which took longer than most tests. No client here asks for a
# file of it; the servers of tests/browser have a folder of their own.
project.STATIC_ROOT = project.VAR / "no-static-files"
project.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Pages name static files as they stand in the tree.
project.STORAGES = project.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
# What a test has written in its transaction no other connection sees: geoapp/db/test_roles.py signs in as the reader.
for alias in ("reader", "replica"):
    project.DATABASES.pop(alias, None)
# How long an example takes says nothing where other tests run beside it; an example takes the town and leaves it as it
# was. A usual run draws the same examples each time, bin/test --deep others, and more of them.
patient = drawn(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
drawn.register_profile("usual", patient, max_examples=25, derandomize=True)
drawn.register_profile("deep", patient, max_examples=150, print_blob=True)
drawn.load_profile("usual")


def empty_what_was_filled(case):
    """Empty the tables with rows after a test that commits, with guards switched off.

    Django's own way truncates all hundred tables and makes its permissions anew, which takes longer than most tests.
    """
    renew_pool()
    for tries_left in reversed(range(5)):
        try:
            with transaction.atomic(), owner.as_owner():
                empty_tables()
            return
        except OperationalError:  # a server that is at work and we waited for one another
            if not tries_left:
                raise


def renew_pool():
    """Renew the pool: it counts connections of ended threads until the end of the run."""
    stats = connection.pool.get_stats()
    if stats["pool_size"] - stats["pool_available"] > 1:  # besides the one of this thread
        connection.close()
        connection.close_pool()


def empty_tables():
    """Truncate the tables while no server writes: one may still record a page that was left."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY.replace("TABLES", ", ".join(tables_of_ours())))


@cache
def tables_of_ours():
    """Return the tables to empty: all but migrations, content types, permissions and the key."""
    preserved = {"django_migrations", "django_content_type", "auth_permission", "incidents_signingkey"}
    jobs = ["procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers"]
    models = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return [*jobs, *sorted({*models} - preserved - {*jobs})]  # who names a job goes before it


# All in one statement. Triggers before rows are deleted step aside; of partitions those that stand at the parent.
EMPTY = """
DO $do$
DECLARE
    given regclass;
    has_rows boolean;
    filled oid[] := '{}';
    guards text[];
    guard text;
BEGIN
    LOCK TABLE TABLES IN EXCLUSIVE MODE;
    FOREACH given IN ARRAY '{TABLES}'::regclass[] LOOP
        -- A table that never had a row is no file yet; one with partitions is none itself.
        CONTINUE WHEN pg_relation_size(given) = 0
            AND NOT EXISTS (SELECT FROM pg_class WHERE oid = given AND relkind = 'p');
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', given) INTO has_rows;
        IF has_rows THEN filled := filled || given::oid; END IF;
    END LOOP;
    guards := ARRAY(
        SELECT format('%s %%s TRIGGER %I', tgrelid::regclass, tgname) FROM pg_trigger
        WHERE NOT tgisinternal AND tgtype & 2 = 2 AND tgtype & 8 = 8 AND tgrelid = ANY (filled)
    );
    FOREACH guard IN ARRAY guards LOOP
        EXECUTE 'ALTER TABLE ' || format(guard, 'DISABLE');
    END LOOP;
    FOREACH given IN ARRAY filled::regclass[] LOOP
        EXECUTE format('DELETE FROM %s', given);
    END LOOP;
    DELETE FROM incidents_sumchange;  -- that incidents went was noted there, and here
    DELETE FROM incidents_unitchange;
    DELETE FROM incidents_ratingchange;
    DELETE FROM incidents_acceptedchange;
    SET CONSTRAINTS ALL IMMEDIATE;  -- references are asked when all is gone
    FOREACH guard IN ARRAY guards LOOP
        EXECUTE 'ALTER TABLE ' || format(guard, 'ENABLE');
    END LOOP;
END $do$
"""
TransactionTestCase._fixture_teardown = empty_what_was_filled


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, django_db_blocker, request, tmp_path_factory, worker_id
):
    """Create the databases as owner; each worker's is a copy of one that was migrated once."""
    owner.sign_in_as_owner()
    if not request.config.getvalue("create_db") or worker_id == "master":
        return
    model = connection.settings_dict | {"NAME": f"test_{connection.settings_dict['NAME']}_model"}
    folder = tmp_path_factory.getbasetemp().parent
    with (folder / "model.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "model.made").exists():
            with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{model["NAME"]}"')
                cursor.execute(f'CREATE DATABASE "{model["NAME"]}"')
            environment = os.environ | {"DATABASE_URL": database_url(model | {"USER": owner.SERVICE})}
            migrate = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
            subprocess.run(migrate, check=True, env=environment, cwd=project.BASE_DIR)
            (folder / "model.made").touch()
    connection.settings_dict["TEST"]["TEMPLATE"] = model["NAME"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Run all tests as the service role from here on.

    bin/test hears that there is a test database now: a run in which no test needs one makes none.
    """
    with django_db_blocker.unblock(), transaction.atomic():  # a run that was killed has left its rows
        empty_tables()
        watch.tables = tables_of_ours()
    town.home[:] = town.address_of_database()
    owner.become_service()
    if "TEST_DATABASE_MADE" in os.environ:
        Path(os.environ["TEST_DATABASE_MADE"]).touch()


def database_url(server):
    """Return the URL of a database on the server of Django's settings, for another process."""
    secret = f":{quote(server['PASSWORD'], safe='')}" if server["PASSWORD"] else ""
    port = f":{server['PORT']}" if server["PORT"] else ""
    return f"postgis://{server['USER']}{secret}@{quote(server['HOST'], safe='')}{port}/{server['NAME']}"


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="keep how long each file took in tests/durations.txt")


def pytest_collection_modifyitems(config, items):
    """Order the tests for several workers; a single worker keeps their order."""
    mark_users_of_database(items)
    if config.getoption("--hypothesis-profile") != "deep":
        usual = order.rows_of_a_usual_run(item for item in items if not item.get_closest_marker("deep"))
        selected = {*usual}
        config.hook.pytest_deselected(items=[item for item in items if item not in selected])
        items[:] = usual
    took = order.read_durations()
    if "TEST_ORDER" in os.environ:
        items[:] = order.shuffle_files(items, os.environ["TEST_ORDER"])
        took = {}
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    if workers > 1:
        items[:] = order.for_workers(items, workers, took)


def pytest_report_header():
    return f"files in the order of TEST_ORDER={os.environ['TEST_ORDER']}" if "TEST_ORDER" in os.environ else None


def pytest_collection_finish():
    """Freeze imported objects, so that the garbage collector does not scan them repeatedly."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


def pytest_terminal_summary(terminalreporter, config):
    if config.option.record:
        order.record(
            test_report
            for some in terminalreporter.stats.values()
            for test_report in some
            if hasattr(test_report, "duration")
        )


def pytest_configure(config):
    """Refuse to set the clock for one of several workers: they share it."""
    if "CLOCK_MOMENT" in os.environ and hasattr(config, "workerinput"):
        raise pytest.UsageError("bin/test --clock runs one test after the other, without -n")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if "CLOCK_MOMENT" in os.environ and item.get_closest_marker("server_limit"):
        pytest.skip("a server that waits never sees its time limit end under libfaketime")
    clock.set_back()
    if "moment" in item.fixturenames:
        clock.wait_for_a_whole_day()


watch = DatabaseWatch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Fail a test that changes the database for good, and empty the tables for the next one.

    The server of the browser tests may write after a test's end: what it wrote goes before the first test without it.
    """
    result = yield
    with_server = is_browser_test(item)
    if not watch.tables or not needs_database(item) or (with_server and is_browser_test(nextitem)):
        return result
    with item.config.stash[blocking_manager_key].unblock():
        if not connection.in_atomic_block and (leftovers := watch.find_leftovers()):
            with transaction.atomic(), owner.as_owner():
                empty_tables()
            if not with_server:
                pytest.fail(f"{item.nodeid} leaves behind: {', '.join(leftovers)}", pytrace=False)
    return result


def is_browser_test(item):
    return item is not None and item.get_closest_marker("browser") is not None


@pytest.fixture
def moment():
    """Return the moment a test begins, in UTC. No day ends, there or in the city, within the next minute.

    Every test whose outcome depends on the day takes its clock from here. At import there is no such moment.
    """
    return now()


@pytest.fixture
def today(moment):
    """Return the city's day at that moment."""
    return localdate(moment)


class LogLines:
    """Lines of the service's log, as the handler of the settings formats them."""

    def __init__(self, stream):
        self.stream, self.written = stream, []

    def write(self, text):
        self.written.append(text)
        self.stream.write(text)

    def flush(self):
        self.stream.flush()


def log_handler():
    """Return the handler of the settings, which a test may have reconfigured."""
    return next(handler for handler in logging.getLogger().handlers if handler.get_name() == "stdout")


SEALED: set[str] = set()  # addresses, phone numbers and tokens of people that a test has brought into the database
OF_PEOPLE = {"phone", "email", "zalo", "token", "address", "endpoint", "user"}
seal = Keyring.seal


def seal_and_remember(self, value, place):
    if place.rpartition(".")[2] in OF_PEOPLE and len(value) >= 8:
        SEALED.add(value.decode())
    return seal(self, value, place)


Keyring.seal = seal_and_remember


@pytest.fixture(autouse=True)
def nobody_in_the_log():
    """Fail where a log line names a phone number, an address or a private link of the test's people."""
    SEALED.clear()
    handler = log_handler()
    lines = LogLines(handler.stream)
    handler.setStream(lines)
    yield lines.written
    handler.setStream(lines.stream)
    text = "".join(lines.written)
    named = sorted(secret for secret in SEALED if secret in text)
    assert not named, f"The log names {named}: {text}"


@pytest.fixture(autouse=True)
def citys_language():
    """Start each test in the city's language."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path_factory):
    """Store a test's pictures in a folder of its own, made at the first picture.

    Not in `tmp_path`: pytest makes that at once, looking through those of all tests before for the next number.
    """
    settings.MEDIA_ROOT = tmp_path_factory.getbasetemp() / "media" / secrets.token_hex(8)


@pytest.fixture(name="town")
def town_of_a_test(db):
    return town.load_town()


@pytest.fixture
def admin_user(db):
    """pytest-django's fixture, made by the owner: the service role may make no superuser."""
    return factories.superuser("admin")


@pytest.fixture
def officer(town):
    return factories.person("officer", town.office)


@pytest.fixture
def outsider(town):
    return factories.person("outsider", town.other)


@pytest.fixture
def operator(town):
    return factories.person("operator", town.desk, Membership.Role.OPERATOR)


@pytest.fixture
def controller(town):
    return factories.person("controller", town.desk, Membership.Role.CONTROL)


@pytest.fixture
def incident(town):
    return factories.incident(town.hole)


@pytest.fixture(autouse=True)
def full_buckets():
    """Start each test with full token buckets in memory; those in the database are rolled back."""
    rate_limits.buckets.clear()
    costs.expected.clear()


@pytest.fixture
def standing_clock(monkeypatch):
    """Stop the clock of rate limits during a test."""
    moment = now()
    monkeypatch.setattr(rate_limits, "now", lambda: moment)
    monkeypatch.setattr(rate_limits, "time", SimpleNamespace(monotonic=moment.timestamp))


@pytest.fixture
def policies(monkeypatch):
    """Let a test change the city's policies: `policies.quiet_hours = ""`."""

    class Changed:
        def __setattr__(self, name, value):
            changed = replace(city_policies.current(), **{name: value})
            monkeypatch.setattr(city_policies, "current", lambda: changed)

        def __getattr__(self, name):
            return getattr(city_policies.current(), name)

    monkeypatch.setattr(city_policies, "current", city_policies.Policies)
    return Changed()
