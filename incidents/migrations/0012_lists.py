"""Lists and searches of two million incidents: one row of words for each. Those of today's rows are written by 0015."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql
from incidents.models.catalogue import Plain


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_sums")]

    operations = [
        LockTables(
            {
                "incidents_category": "ACCESS EXCLUSIVE",
                "incidents_incident": "SHARE ROW EXCLUSIVE",
                "incidents_report": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.AddField(
            model_name="category",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True, expression=Plain("name", "name_en"), output_field=models.TextField()
            ),
        ),
        migrations.CreateModel(
            name="IncidentWords",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="incidents.incident",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        # Whether a word is rare is told by a sample of all texts: one in ten thousand is rare enough for the index.
        migrations.RunSQL("ALTER TABLE incidents_incidentwords ALTER COLUMN text SET STATISTICS 1000"),
        migrations.RunSQL(sql.statement("guards/search_words")),
    ]
