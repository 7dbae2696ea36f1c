"""What others than the unit may read of a report is kept beside it; what is erased of the history leaves no trace.

Lines that were written before have no salt and keep verifying. Reports get their public words here: of a first one what
everybody reads of its incident, of one that joined what covers the line with which it came, else its words without
contacts. What was erased and is still covered by a part of its words, or still stands in public, goes.
"""

import django.contrib.postgres.functions
from django.db import migrations, models
from django.db.models import Q

from incidents.redaction import without_contacts

GUARD = """
CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('incidents.erasure', true) = 'on' THEN
        IF NEW.note = '' AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL
           AND to_jsonb(NEW) - 'note' - 'salt' - 'erased_at' = to_jsonb(OLD) - 'note' - 'salt' - 'erased_at' THEN
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
TOGETHER = 5000  # reports of one statement
WRITE = """
UPDATE incidents_report report SET public_text = given.words
FROM unnest(%s::bigint[], %s::text[]) AS given (id, words) WHERE report.id = given.id
"""
# Each report with the line with which it came: both were written under the incident's lock, in this order.
CAME = """
WITH line AS (
    SELECT id, incident_id, row_number() OVER (PARTITION BY incident_id ORDER BY id) AS place
    FROM incidents_event WHERE kind IN ('received', 'joined')
), sent AS (
    SELECT id, incident_id, text, erased_at, row_number() OVER (PARTITION BY incident_id ORDER BY id) AS place
    FROM incidents_report
), came AS (
    SELECT sent.id AS report_id, line.id AS event_id, sent.incident_id, sent.place, sent.text, sent.erased_at
    FROM sent JOIN line USING (incident_id, place)
)
"""
FIRST = f"""{CAME}
UPDATE incidents_report report SET public_text = incident.text
FROM came JOIN incidents_incident incident ON incident.id = came.incident_id
WHERE report.id = came.report_id AND came.place = 1 AND report.public_text <> incident.text
"""
JOINED = f"""{CAME}
UPDATE incidents_report report SET public_text = cover.text
FROM came JOIN incidents_coverednote cover ON cover.event_id = came.event_id
WHERE report.id = came.report_id AND came.place > 1
"""
# Who was forgotten with the own words: the report has none any more.
LINES = f"""{CAME}
UPDATE incidents_event event SET note = '', salt = NULL, erased_at = came.erased_at
FROM came WHERE event.id = came.event_id AND came.erased_at IS NOT NULL AND came.text = '' AND event.note <> ''
"""
WORDS = f"""{CAME}
UPDATE incidents_incident incident SET text = ''
FROM came
WHERE incident.id = came.incident_id AND came.place = 1 AND came.erased_at IS NOT NULL AND came.text = ''
    AND incident.text <> ''
"""
COVERS = """
DELETE FROM incidents_coverednote cover USING incidents_event event
WHERE event.id = cover.event_id AND event.erased_at IS NOT NULL
"""


def fill(apps, schema_editor):
    reports = apps.get_model("incidents", "Report").objects.exclude(text="").values_list("pk", "text").order_by("pk")
    with schema_editor.connection.cursor() as cursor:
        last = 0
        while some := list(reports.filter(pk__gt=last)[:TOGETHER]):
            cursor.execute(WRITE, [[pk for pk, _text in some], [without_contacts(text) for _pk, text in some]])
            last = some[-1][0]
        cursor.execute("SELECT set_config('incidents.erasure', 'on', true)")
        for statement in (LINES, WORDS, COVERS, FIRST, JOINED):
            cursor.execute(statement)
        cursor.execute("SELECT set_config('incidents.erasure', 'off', true)")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0024_an_address_says_apart_whether_it_is_near")]
    operations = [
        migrations.AddField("report", "public_text", models.TextField(
            blank=True, db_default="", help_text="What others than the unit may read of it: without contacts, or covered"
        )),
        migrations.AddField("report", "address", models.CharField(
            blank=True, db_default="", help_text="Where it is, in the reporter's own words", max_length=200
        )),
        # First without a default, for the lines that were sealed without a salt.
        migrations.AddField("event", "salt", models.UUIDField(
            blank=True, editable=False, null=True,
            help_text="Drawn by chance, sealed with the note and erased with it: else a short note is found by trying",
        )),
        migrations.AlterField("event", "salt", models.UUIDField(
            blank=True, editable=False, null=True, db_default=django.contrib.postgres.functions.RandomUUID(),
            help_text="Drawn by chance, sealed with the note and erased with it: else a short note is found by trying",
        )),
        migrations.AlterField("link", "note_digest", models.BinaryField(
            help_text="SHA-256 of salt and note: it stays when the note is erased"
        )),
        migrations.RunSQL(GUARD, UNGUARD),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.AddField("inbound", "phone", models.CharField(
            blank=True, db_default="", help_text="Until it is taken", max_length=20
        )),
        migrations.AddField("inbound", "text", models.TextField(blank=True, db_default="", help_text="Until it is taken")),
        migrations.AddField("subjectrequest", "erased_at", models.DateTimeField(
            blank=True, help_text="When it was forgotten who asked", null=True
        )),
        migrations.RemoveConstraint("subjectrequest", "a_request_names_an_address"),
        migrations.AddConstraint("subjectrequest", models.CheckConstraint(
            condition=~Q(phone="", email="", zalo="") | Q(erased_at__isnull=False), name="a_request_names_an_address"
        )),
        migrations.AddConstraint("subjectrequest", models.CheckConstraint(
            condition=Q(erased_at=None)
            | Q(phone="", email="", zalo="", note="", outcome="", done_at__isnull=False),
            name="an_erased_request_says_nothing",
        )),
    ]  # fmt: skip
