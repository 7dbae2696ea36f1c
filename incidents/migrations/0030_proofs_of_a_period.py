"""Proofs know when their incident was reported, and its category: periods of years are counted without a join."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables

FILL = """UPDATE incidents_proof SET received_at = incident.received_at, category_id = incident.category_id
FROM incidents_incident incident WHERE incident.id = incidents_proof.incident_id"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0029_neighbours")]

    operations = [
        LockTables(
            {
                "incidents_proof": "ACCESS EXCLUSIVE",
                "incidents_category": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.AddField(
            model_name="proof",
            name="received_at",
            field=models.DateTimeField(help_text="When the incident was reported", null=True),
        ),
        migrations.AddField(
            model_name="proof",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.category",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="proof",
            name="received_at",
            field=models.DateTimeField(help_text="When the incident was reported"),
        ),
        migrations.AlterField(
            model_name="proof",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.category",
            ),
        ),
        migrations.AddIndex(
            model_name="proof",
            index=models.Index(fields=["received_at"], include=["category", "incident"], name="proofs_by_report"),
        ),
    ]
