"""PostgreSQL itself refuses to change or delete a line of history; and the numbers of references never repeat."""

from django.db import migrations

GUARD = """
CREATE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of an incident is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR DELETE ON incidents_event
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_history();
CREATE TRIGGER history_is_not_emptied BEFORE TRUNCATE ON incidents_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_history();
"""
UNGUARD = """
DROP TRIGGER history_is_not_emptied ON incidents_event;
DROP TRIGGER history_is_append_only ON incidents_event;
DROP FUNCTION refuse_to_change_history();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]
    operations = [
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunSQL("CREATE SEQUENCE incident_serial", "DROP SEQUENCE incident_serial"),
    ]
