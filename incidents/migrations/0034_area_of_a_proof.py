"""Proofs know the area of their incident: statistics count them by area without a join."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables

FILL = """UPDATE incidents_proof SET area_id = incident.area_id
FROM incidents_incident incident WHERE incident.id = incidents_proof.incident_id"""
AREA = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": "gis_data.area"}


class Migration(migrations.Migration):
    dependencies = [("incidents", "0033_mails_that_ask_for_a_state")]

    operations = [
        LockTables({"incidents_proof": "ACCESS EXCLUSIVE", "gis_data_area": "SHARE ROW EXCLUSIVE"}),
        migrations.AddField("proof", "area", models.ForeignKey(null=True, **AREA)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("proof", "area", models.ForeignKey(**AREA)),
        migrations.RemoveIndex("proof", "proofs_by_report"),
        migrations.AddIndex(
            "proof",
            models.Index(fields=["received_at"], include=["category", "area", "incident"], name="proofs_of_a_period"),
        ),
    ]
