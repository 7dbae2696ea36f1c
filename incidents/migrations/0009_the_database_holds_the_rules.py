"""PostgreSQL itself refuses a step that the law of states does not know, a loop in the tree of units, and any change of
history but the erasure of a note; and nobody is told of one cause twice.
"""

from django.db import migrations, models
from django.db.models import Q

# From → to: what workflow.STEPS makes possible (a test compares them). A change of boundaries moves incidents without
# steps: it says so by SET LOCAL incidents.reform = 'on'.
PASSAGES = """
received passed_on|accepted|waiting|assigned|rejected
assigned passed_on|accepted|waiting|received|resolved|rejected
passed_on accepted|waiting|assigned|received|resolved|rejected
accepted working|waiting|extension|assigned|received|resolved|rejected
working waiting|extension|assigned|received|resolved|rejected
extension working|waiting|assigned|received|resolved|rejected
waiting working|assigned|received|resolved
resolved closed|disputed|working
closed disputed|working
rejected disputed|working
disputed working|closed
"""
PAIRS = [
    (origin, target)
    for origin, targets in (line.split() for line in PASSAGES.strip().splitlines())
    for target in targets.split("|")
]
GUARDS = f"""
CREATE TABLE incidents_passage (origin varchar(10), target varchar(10), PRIMARY KEY (origin, target));
INSERT INTO incidents_passage VALUES {", ".join(f"('{origin}', '{target}')" for origin, target in PAIRS)};

CREATE FUNCTION refuse_unlawful_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('incidents.reform', true) IS DISTINCT FROM 'on'
       AND NOT EXISTS (SELECT FROM incidents_passage WHERE origin = OLD.state AND target = NEW.state) THEN
        RAISE EXCEPTION 'an incident does not go from % to %', OLD.state, NEW.state
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER states_follow_the_law BEFORE UPDATE OF state ON incidents_incident
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_unlawful_state();

CREATE FUNCTION refuse_loop_of_units() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        WITH RECURSIVE above AS (
            SELECT id, parent_id FROM incidents_authority WHERE id = NEW.parent_id
            UNION SELECT unit.id, unit.parent_id FROM incidents_authority unit JOIN above ON unit.id = above.parent_id
        ) SELECT FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'a unit cannot stand above itself' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER units_form_a_tree BEFORE INSERT OR UPDATE OF parent_id ON incidents_authority
    FOR EACH ROW WHEN (NEW.parent_id IS NOT NULL) EXECUTE FUNCTION refuse_loop_of_units();

CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('incidents.erasure', true) = 'on' THEN
        IF NEW.note = '' AND NEW.erased_at IS NOT NULL
           AND to_jsonb(NEW) - 'note' - 'erased_at' = to_jsonb(OLD) - 'note' - 'erased_at' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the history of an incident is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
"""
UNGUARD = """
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history of an incident is only ever added to' USING ERRCODE = 'restrict_violation';
END
$$;
DROP TRIGGER units_form_a_tree ON incidents_authority;
DROP FUNCTION refuse_loop_of_units();
DROP TRIGGER states_follow_the_law ON incidents_incident;
DROP FUNCTION refuse_unlawful_state();
DROP TABLE incidents_passage;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_notices_have_causes")]
    operations = [
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("cause", "medium", "address"), name="nobody_hears_of_a_cause_twice"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("state__in", ["sent", "delivered"]), _negated=True), ("sent_at__isnull", False), _connector="OR"
                ),
                name="what_is_sent_says_when",
            ),
        ),
        migrations.RunSQL(GUARDS, UNGUARD),
    ]
