"""The history of all incidents lies in parts (docs/adr/0037), while the service goes on.

Each operation can be done again: where this is broken off, `migrate` goes on with what is not done yet.
"""

from django.db import connection, migrations, transaction

from geoapp.table_changes import WITHIN_S, lock_tables
from incidents import sql

# At least so many more lines can be written until the first new part begins, which is made before anybody sees a limit.
LEFT = 1_000_000
# What refers to a line of history: the table, its column, and the name of the key.
REFERENCES = (
    ("cameras_evidence", "event_id", "cameras_evidence_event_id_dd184b5a_fk_incidents_event_id"),
    ("cameras_nopicture", "event_id", "cameras_nopicture_event_id_912dd6f7_fk_incidents_event_id"),
    ("incidents_contactcode", "event_id", "incidents_contactcode_event_id_c4dffdb9_fk_incidents_event_id"),
    ("incidents_correction", "event_id", "incidents_correction_event_id_a1d7b951_fk_incidents_event_id"),
    ("incidents_coverednote", "event_id", "incidents_coverednote_event_id_43c987b3_fk_incidents_event_id"),
    ("incidents_eventseal", "event_id", "incidents_eventseal_event_id_3364ce21_fk_incidents_event_id"),
    ("incidents_mention", "event_id", "incidents_mention_event_id_e030c184_fk_incidents_event_id"),
    ("incidents_notice", "event_id", "incidents_notice_event_id_330bce35_fk_incidents_event_id"),
    ("incidents_partnerupdate", "event_id", "incidents_partnerupdate_event_id_cc71807f_fk_incidents_event_id"),
    ("incidents_photo", "event_id", "incidents_photo_event_id_6636aa0d_fk_incidents_event_id"),
    ("incidents_rating", "result_id", "incidents_rating_result_id_8380e945_fk_incidents_event_id"),
)
IN_PARTS = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'incidents_event'::regclass"
BOUND = (
    "SELECT FROM pg_constraint WHERE conrelid = 'incidents_event'::regclass AND conname = 'numbers_of_the_oldest_part'"
)
VALID = "SELECT convalidated FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s"


def ask(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return cursor.fetchone() if cursor.description else None


def change_tables(statement, **modes):
    """Run a statement that takes no time, in a transaction that holds these tables."""
    with transaction.atomic():
        lock_tables(modes, within_s=WITHIN_S)
        ask(statement)


def bound_numbers(apps, schema_editor):
    """Say up to which number the lines go that are there now, and prove it beside the traffic."""
    if ask(IN_PARTS) == (True,):
        return
    if ask(BOUND) is None:
        (last,) = ask("SELECT last_value FROM incidents_event_id_seq")
        bound = (last // LEFT + 2) * LEFT
        change_tables(
            f"ALTER TABLE incidents_event ADD CONSTRAINT numbers_of_the_oldest_part CHECK (id < {bound}) NOT VALID",
            incidents_event="ACCESS EXCLUSIVE",
        )
    ask("ALTER TABLE incidents_event VALIDATE CONSTRAINT numbers_of_the_oldest_part")


def free_references(apps, schema_editor):
    """Keys refer to the table that becomes a part: they are taken away, one by one, and made anew below."""
    if ask(IN_PARTS) == (True,):
        return
    for table, _column, name in REFERENCES:
        if ask(VALID, table, name) is not None:
            modes = {"incidents_event": "ACCESS EXCLUSIVE", table: "ACCESS EXCLUSIVE"}
            change_tables(f"ALTER TABLE {table} DROP CONSTRAINT {name}", **modes)


def divide_history(apps, schema_editor):
    if ask(IN_PARTS) == (False,):
        change_tables(
            sql.statement("history_into_parts"),
            incidents_event="ACCESS EXCLUSIVE",
            incidents_incident="SHARE ROW EXCLUSIVE",
            incidents_authority="SHARE ROW EXCLUSIVE",
            incidents_user="SHARE ROW EXCLUSIVE",
        )


def bind_references(apps, schema_editor):
    """The keys anew, each held from now on, and then proven for what is there, beside the traffic."""
    for table, column, name in REFERENCES:
        there = ask("SELECT to_regclass(%s) IS NOT NULL", table)  # cameras come after incidents in a new database
        if there == (True,) and ask(VALID, table, name) is None:
            change_tables(
                f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}) REFERENCES incidents_event (id)"
                " DEFERRABLE INITIALLY DEFERRED NOT VALID",
                incidents_event="SHARE ROW EXCLUSIVE",
                **{table: "SHARE ROW EXCLUSIVE"},
            )
    for table, _column, name in REFERENCES:
        if ask(VALID, table, name) == (False,):
            ask(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_built_beside_requests")]
    atomic = False

    operations = [
        migrations.RunSQL(sql.statement("guards/history_parts"), migrations.RunSQL.noop),
        migrations.RunPython(bound_numbers, migrations.RunPython.noop),
        migrations.RunPython(free_references, migrations.RunPython.noop),
        migrations.RunPython(divide_history, migrations.RunPython.noop),
        # Nobody but this looks after the figures of the whole: VACUUM only renews those of its parts.
        migrations.RunSQL("ANALYZE incidents_event", migrations.RunSQL.noop),
        migrations.RunPython(bind_references, migrations.RunPython.noop),
    ]
