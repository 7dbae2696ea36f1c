"""PostgreSQL itself refuses to move the deadlines and the severity by which an ended incident was judged."""

from django.db import migrations

# A change of boundaries that is taken back may: it says so by SET LOCAL incidents.reform = 'on'.
GUARD = """
CREATE FUNCTION refuse_to_move_ended_deadlines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('incidents.reform', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'the deadlines of an incident that has ended do not move' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER deadlines_of_ended_ones_stay
    BEFORE UPDATE OF accept_by, due_at, first_due_at, reckoning, severity ON incidents_incident
    FOR EACH ROW WHEN (
        OLD.closed_at IS NOT NULL AND NEW.closed_at IS NOT NULL
        AND (OLD.accept_by, OLD.due_at, OLD.first_due_at, OLD.reckoning, OLD.severity)
            IS DISTINCT FROM (NEW.accept_by, NEW.due_at, NEW.first_due_at, NEW.reckoning, NEW.severity)
    ) EXECUTE FUNCTION refuse_to_move_ended_deadlines();
"""
UNGUARD = """
DROP TRIGGER deadlines_of_ended_ones_stay ON incidents_incident;
DROP FUNCTION refuse_to_move_ended_deadlines();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_a_technician_looks_after_the_cameras")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
