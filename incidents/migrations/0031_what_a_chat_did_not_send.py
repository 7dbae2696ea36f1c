"""Correspondents remember what they did not send, and how often they were not understood."""

from django.db import migrations, models

import geoapp.crypto.fields
from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0030_proofs_of_a_period"),
    ]

    operations = [
        LockTables({"incidents_follower": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="correspondent",
            name="failures",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, help_text="How many messages in a row were not understood"
            ),
        ),
        migrations.AddField(
            model_name="correspondent",
            name="unsent",
            field=geoapp.crypto.fields.EncryptedListField(
                blank=True,
                db_default=[],
                default=list,
                help_text="The draft that was given up, and further matters of one message",
            ),
        ),
        migrations.AddField(
            model_name="correspondent",
            name="unsent_until",
            field=models.DateTimeField(blank=True, help_text="Until when that can be taken up again", null=True),
        ),
    ]
