"""Whoever changes a rule leaves a mark in the same transaction, by which others see that what they have read is old."""

from django.db import migrations

# What incidents.rulebook keeps in memory.
WATCHED = (
    "incidents_category", "incidents_authority", "incidents_routingrule", "incidents_servicelevel",
    "incidents_calendarday", "incidents_rung", "gis_data_city",
)  # fmt: skip
# Several rows, so that those who edit at the same time do not wait for one another; marks are never given twice, so that
# what was read in a transaction that was rolled back is not taken for what stands there now.
MARKS = """
CREATE TABLE incidents_edit (slot smallint PRIMARY KEY, mark uuid NOT NULL DEFAULT gen_random_uuid());
INSERT INTO incidents_edit (slot) SELECT generate_series(1, 8);
CREATE VIEW incidents_edits AS SELECT string_agg(mark::text, ' ' ORDER BY slot) AS marks FROM incidents_edit;

CREATE FUNCTION mark_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE incidents_edit SET mark = gen_random_uuid()
    WHERE slot = (SELECT slot FROM incidents_edit LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        UPDATE incidents_edit SET mark = gen_random_uuid() WHERE slot = 1;
    END IF;
    RETURN NULL;
END
$$;
"""
WATCH = "".join(
    f"CREATE TRIGGER edits_leave_a_mark AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION mark_edit();\n"
    for table in WATCHED
)
UNMARK = f"""
{"".join(f"DROP TRIGGER edits_leave_a_mark ON {table};" for table in WATCHED)}
DROP FUNCTION mark_edit();
DROP VIEW incidents_edits;
DROP TABLE incidents_edit;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0005_turns_at_the_outside_geocoder"),
        ("incidents", "0017_words_are_found_in_a_column"),
    ]
    operations = [migrations.RunSQL(MARKS + WATCH, UNMARK)]
