"""The sums of units are counted. Nothing is locked but the empty tables of 0014: reports and steps go on meanwhile."""

from django.db import connection, migrations, transaction

from incidents import sums


def count_units(apps, schema_editor):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        sums.rebuild_units()


class Migration(migrations.Migration):
    atomic = False  # what is noted since 0014 is seen by a transaction of its own, at one moment
    dependencies = [("incidents", "0014_unit_sums")]

    operations = [migrations.RunPython(count_units, migrations.RunPython.noop)]
