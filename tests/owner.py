"""Run statements as the owner of the tables; tests otherwise have the service's rights.

The session is the owner's, who made the test database; every connection takes the service's role as it begins, so that
all tests have the service's rights and no more. Where the address of the owner is not known, both are one.
"""

from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection

from geoapp.db import connections

SERVICE = settings.DATABASE_ROLES["service"]
PASSWORDS = {SERVICE: settings.DATABASES["default"]["PASSWORD"]}
PASSWORDS |= {database["USER"]: database["PASSWORD"] for database in settings.DATABASES.values()}
OWNER = settings.DATABASE_OWNER.get("USER", SERVICE)
READER = settings.DATABASE_ROLES["reader"] if settings.DATABASE_OWNER else SERVICE


def sign_in_as_owner():
    """Connect as owner to create, copy and drop databases."""
    connection.settings_dict.update(
        {name: settings.DATABASE_OWNER[name] for name in ("USER", "PASSWORD") if settings.DATABASE_OWNER}
    )


def become_service():
    """Use the service role from the next connection on."""
    connection.close()
    connection.close_pool()
    options = connection.settings_dict["OPTIONS"]
    options["options"] = f"{options.get('options', '')} -c role={SERVICE}".strip()


def sign_in(role):
    """Return a new connection with this role, as the service or an injected statement has it."""
    parameters = connections.connection_parameters()
    options = parameters["options"].replace(f"-c role={SERVICE}", "")
    return psycopg.connect(**parameters | {"user": role, "password": PASSWORDS.get(role), "options": options})


@contextmanager
def as_owner():
    """Inside, this connection has the owner's rights: it can switch guards off.

    What failed inside a transaction takes this back with all else.
    """
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{OWNER}"')
        yield cursor
        cursor.execute(f'SET ROLE "{SERVICE}"')


@contextmanager
def without_guards(table):
    """Inside, change a table as owner without triggers. Deferred constraints are checked before."""
    with as_owner() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
