"""Words that not everybody may read lie encrypted: their fields, and the words by which PostgreSQL finds incidents.

What lies plain from before is encrypted by the next migration.
"""

from django.db import migrations

import geoapp.crypto.fields
from geoapp.db.online_migrations import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_about_staff")]
    operations = [
        LockTables(
            {
                "incidents_report": "ACCESS EXCLUSIVE",
                "incidents_incident": "SHARE ROW EXCLUSIVE",
                "incidents_event": "SHARE ROW EXCLUSIVE",
                "incidents_heldreport": "ACCESS EXCLUSIVE",
                "incidents_draft": "ACCESS EXCLUSIVE",
                "incidents_notice": "ACCESS EXCLUSIVE",
                "incidents_call": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.AlterField(
            model_name="coverednote",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, sealed_as="incidents.event.note", shown_if="is_shown"
            ),
        ),
        migrations.AlterField(
            model_name="directive",
            name="report",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="directive",
            name="what",
            field=geoapp.crypto.fields.SealedTextField(),
        ),
        migrations.AlterField(
            model_name="draft",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="draft",
            name="where",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, help_text="The place in the writer's own words", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="note",
            field=geoapp.crypto.fields.SealedTextField(blank=True, shown_if="is_shown"),
        ),
        migrations.AlterField(
            model_name="extension",
            name="note",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="extension",
            name="reason",
            field=geoapp.crypto.fields.SealedTextField(),
        ),
        migrations.AlterField(
            model_name="heldreport",
            name="address",
            field=geoapp.crypto.fields.SealedTextField(blank=True, max_length=200, null=True),
        ),
        migrations.AlterField(
            model_name="heldreport",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="incident",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True,
                help_text="What the first reporter wrote, without phone numbers and addresses: public",
                shown_if="published",
            ),
        ),
        migrations.AlterField(
            model_name="merge",
            name="reason",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="rating",
            name="reason",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="report",
            name="address",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, db_default="", help_text="Where it is, in the reporter's own words", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="public_text",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True,
                db_default="",
                help_text="What others than the unit may read of it: without contacts, or covered",
                shown_if="is_shown",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="text",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="subjectrequest",
            name="note",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="subjectrequest",
            name="outcome",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="subtask",
            name="answer",
            field=geoapp.crypto.fields.SealedTextField(blank=True),
        ),
        migrations.AlterField(
            model_name="subtask",
            name="what",
            field=geoapp.crypto.fields.SealedTextField(),
        ),
        migrations.AlterField(
            model_name="takeoveroffer",
            name="reason",
            field=geoapp.crypto.fields.SealedTextField(),
        ),
        migrations.AlterField(
            model_name="call",
            name="handed_note",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, help_text="What whoever handed it over says of it", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="call",
            name="spot_title",
            field=geoapp.crypto.fields.SealedTextField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="call",
            name="where",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, help_text="Where, in the caller's words", max_length=200
            ),
        ),
        migrations.AlterField(
            model_name="heldreport",
            name="refusal",
            field=geoapp.crypto.fields.SealedTextField(
                blank=True, help_text="Why, as the sender reads it", max_length=500
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="subject",
            field=geoapp.crypto.fields.SealedTextField(blank=True, max_length=200),
        ),
        *(migrations.RunSQL(sql.statement(f"guards/{name}")) for name in ("history", "search_words")),
    ]
