"""What a caller answers to the questions of a matter."""

from django.db import migrations

from geoapp.encrypted import EncryptedTextField
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0034_own_codes")]

    operations = [
        LockTables({"incidents_call": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            "call",
            "answers",
            EncryptedTextField(
                blank=True,
                db_default="",
                help_text="JSON: what was answered, by the codes of the questions of the kind",
            ),
        ),
    ]
