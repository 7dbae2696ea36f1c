"""The same people in every test: `officer` works at Old Wharf's office, `outsider` at New Wharf's."""

import pytest
from django.conf import settings as project
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import settings as drawn

from incidents.models import Membership
from tests import factories

project.PASSWORD_HASHERS = ["tests.hashers.Quick"]
# How long an example takes says nothing where other tests run beside it.
drawn.register_profile("patient", deadline=None)
drawn.load_profile("patient")
empty_tables = TransactionTestCase._fixture_teardown


def empty_tables_with_history(case):
    """After a test with real commits the tables are emptied, the jobs' too; what guards them steps aside."""
    guards = (
        "ALTER TABLE incidents_event {} TRIGGER history_is_not_emptied",
        "ALTER TABLE cameras_seal {} TRIGGER seals_are_not_emptied",
        "ALTER TABLE cameras_look {} TRIGGER looks_are_not_emptied",
    )
    with connection.cursor() as cursor:
        for guard in guards:
            cursor.execute(guard.format("DISABLE"))
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers, procrastinate_periodic_defers CASCADE")
    empty_tables(case)
    with connection.cursor() as cursor:
        for guard in guards:
            cursor.execute(guard.format("ENABLE"))


TransactionTestCase._fixture_teardown = empty_tables_with_history


# Begun first, so that at the end no worker is left alone with a long file while the others have nothing to do.
LONG = [
    "test_bin",
    "test_wall",
    "test_control",
    "test_desk",
    "test_citizen",
    "test_reform_true_city",
    "test_patrol",
    "test_editions",
]


# These drive a browser or whole processes on a machine that may be busy: such a test is tried a second time, and the
# run says so (RERUN). All others have one try.
SECOND_TRY = ("tests/browser/", "tests/test_bin.py")


def pytest_collection_modifyitems(items):
    """Files that take long come first; within a file, and among the others, the order stays."""
    for item in items:
        if any(part in item.path.as_posix() for part in SECOND_TRY):
            item.add_marker(pytest.mark.flaky(reruns=1))
    place = {f"{name}.py": position for position, name in enumerate(LONG)}
    items.sort(key=lambda item: place.get(item.path.name, len(LONG)))


@pytest.fixture(autouse=True)
def citys_language():
    """A test begins in the city's language, whatever the last page of the test before was written in."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def own_storage(settings, tmp_path):
    """Pictures of a test go into its own folder; its pages name static files as they lie in the tree."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def town(db):
    return factories.town()


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
