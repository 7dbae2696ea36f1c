"""Name the test that leaves rows in the database, or a changed sequence.

The tests of a process share one database. Most are rolled back; after those with real commits `tests/conftest.py`
empties the tables. What gets past both changes what later tests of that process see, and which those are differs from
run to run.
"""

from dataclasses import dataclass, field

from django.db import connection

SEQUENCES = """
SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences
WHERE schemaname = 'public' AND sequencename NOT LIKE 'procrastinate%%'
"""
FILLED = "SELECT '{0}' WHERE EXISTS (SELECT FROM {0})"


@dataclass
class DatabaseWatch:
    """Compare committed rows of `tables` after each test of a process."""

    tables: list[str] = field(default_factory=list)
    sequences: dict[str, int] = field(default_factory=dict)

    def find_leftovers(self) -> list[str]:
        """Return tables with rows, and sequences that were set back."""
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(FILLED.format(table) for table in self.tables))
            filled = [table for (table,) in cursor.fetchall()]
            cursor.execute(SEQUENCES)
            numbers = dict(cursor.fetchall())
        turned_back = [name for name, number in numbers.items() if number < self.sequences.get(name, 0)]
        self.sequences = numbers
        return filled + turned_back


NEEDS_A_DATABASE = {"db", "transactional_db"}


def needs_database(item):
    return bool(item.get_closest_marker("django_db") or NEEDS_A_DATABASE & {*item.fixturenames})


def mark_users_of_database(items):
    """Mark with `django_db` the tests that use the database by a fixture of their module.

    pytest-django makes a test database only where a test of the run is marked or asks for `db`. Without one the
    connection is to the database that no test may touch.
    """
    for item in items:
        if "django_db_setup" in item.fixturenames and not needs_database(item):
            item.add_marker("django_db")
