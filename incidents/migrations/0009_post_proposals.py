"""When a post was asked for, and who matched a group of the provider with a post."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_notice_secrets_index")]
    operations = [
        LockTables(
            {
                "incidents_user": "SHARE ROW EXCLUSIVE",
                "incidents_membership": "ACCESS EXCLUSIVE",
                "incidents_grouppost": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.AddField("membership", "asked_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "grouppost",
            "asked_by",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
