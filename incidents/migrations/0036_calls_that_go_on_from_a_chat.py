"""A call may go on from a chat that was handed to an operator."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables

CHAT = models.ForeignKey(
    "incidents.correspondent",
    django.db.models.deletion.SET_NULL,
    blank=True,
    null=True,
    related_name="calls",
    help_text="The chat from which it goes on",
)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0035_heading_of_a_photo")]

    operations = [
        LockTables({"incidents_call": "ACCESS EXCLUSIVE", "incidents_follower": "SHARE ROW EXCLUSIVE"}),
        migrations.AddField("call", "chat", CHAT),
    ]
