"""Make the invented town once a process; later tests get the same rows by one statement.

Making it row by row takes some forty statements, and most tests begin with it. The rules are then those that the
process has read already: they get the same marks each time (see incidents/rulebook.py), or each test would read them.
"""

import pickle
from uuid import uuid4

from django.db import connection
from psycopg import sql

from gis_data.models import Area, AreaPiece, City, Edition, GroundShape, Street
from incidents.models import Authority, CalendarDay, Category, EscalationStep, Question, RoutingRule, ServiceLevel
from tests import factories

MODELS = (
    City,
    Edition,
    Area,
    AreaPiece,
    Street,
    GroundShape,
    Authority,
    Category,
    RoutingRule,
)  # who is named goes before who names it
RULES = (City, Authority, Category, RoutingRule, ServiceLevel, CalendarDay, EscalationStep, Question)
copies = []  # the statement, and the town as `factories.town` gave it
home = []  # the host and name of the process's own test database


def load_town():
    """Return the town of `factories.town`, with the same primary keys in all tests of a process.

    They come from the sequences of the process's own test database: another database, whose sequences stand elsewhere,
    gets its town by `factories.town`.
    """
    assert home == address_of_database(), "load_town is for the process's own test database"
    if not copies:
        before = [newest(model) for model in MODELS]
        town = factories.town()
        statements = [*map(insertion, MODELS, before), *([] if any(before) else [marking(uuid4())])]
        copies.extend(["; ".join(statements), pickle.dumps(town)])
        return town
    statement, town = copies
    with connection.cursor() as cursor:
        cursor.execute(statement)
    return pickle.loads(town)


def address_of_database():
    return [connection.settings_dict["HOST"], connection.settings_dict["NAME"]]


def newest(model):
    last = model.objects.order_by("pk").last()
    return last.pk if last else 0


def insertion(model, after):
    """Return the statement that inserts this table's rows with higher keys again."""
    table = model._meta.db_table
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields if not field.generated)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT row::text FROM {table} row WHERE id > %s ORDER BY id", [after])
        rows = ", ".join(sql.Literal(row).as_string(connection.connection) for (row,) in cursor.fetchall())
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest(ARRAY[{rows}]::{table}[])"


def marking(mark):
    """Return the statement that marks the rules where they are exactly the town's."""
    alone = " AND ".join(f"(SELECT count(*) FROM {model._meta.db_table}) = {model.objects.count()}" for model in RULES)
    return f"UPDATE incidents_edit SET mark = '{mark}' WHERE {alone}"
