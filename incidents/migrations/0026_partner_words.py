"""A unit's own system may speak XML only, and call matters by codes of its own."""

from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0025_questions")]

    operations = [
        LockTables({"incidents_authority": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            "authority",
            "georeport_format",
            models.CharField(
                choices=[("json", "JSON"), ("xml", "XML")],
                db_default="json",
                default="json",
                help_text="What its own system speaks; XML is what every one must",
                max_length=4,
            ),
        ),
        migrations.AddField(
            "authority",
            "georeport_services",
            models.TextField(
                blank=True, db_default="", help_text="What matters are called there, one a line: RD.01 = pothole"
            ),
        ),
    ]
