"""Posts, absences and posts of groups are written by the service only with its signature (docs/adr/0068)."""

from django.db import migrations, models

import geoapp.crypto.fields
from geoapp.db.online_migrations import LockTables
from incidents import sql
from incidents.accounts import signed_rows

DROP = """
DROP TRIGGER posts_are_signed ON incidents_membership;
DROP TRIGGER absences_are_signed ON incidents_absence;
DROP TRIGGER group_posts_are_signed ON incidents_grouppost;
DROP FUNCTION refuse_unsigned_row();
"""


def make_key(apps, schema_editor):
    signed_rows.renew_key()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0018_vacuum")]
    operations = [
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("locked", geoapp.crypto.fields.LockedField()),
                ("inner_pad", models.BinaryField()),
                ("outer_pad", models.BinaryField()),
            ],
        ),
        migrations.RunPython(make_key, migrations.RunPython.noop),
        LockTables(
            {
                "incidents_membership": "SHARE ROW EXCLUSIVE",
                "incidents_absence": "SHARE ROW EXCLUSIVE",
                "incidents_grouppost": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.RunSQL(sql.statement("guards/signed_rows"), DROP),
    ]
