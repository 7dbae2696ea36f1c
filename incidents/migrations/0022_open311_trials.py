"""What is sent to the test endpoint is told for an hour; systems of no unit pass on what citizens write there."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_chats_by_any_way")]

    operations = [
        LockTables({"incidents_partnerupdate": "ACCESS EXCLUSIVE"}),
        migrations.AlterField(
            "partnerupdate",
            "authority",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.authority",
            ),
        ),
        migrations.AddField(
            "partnerupdate",
            "key",
            models.ForeignKey(
                blank=True,
                help_text="Of a system of no unit, which passes on what somebody wrote there",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.apikey",
            ),
        ),
        migrations.AddConstraint(
            "partnerupdate",
            models.UniqueConstraint(fields=["key", "update_id"], name="a_system_says_a_thing_once"),
        ),
        migrations.AddConstraint(
            "partnerupdate",
            models.CheckConstraint(
                condition=models.Q(authority=None) ^ models.Q(key=None), name="an_update_is_of_a_unit_or_of_a_system"
            ),
        ),
        migrations.CreateModel(
            "TrialReport",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("request", models.JSONField(help_text="In the words of GeoReport, as everybody reads it")),
                ("sent_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.apikey"
                    ),
                ),
            ],
        ),
    ]
