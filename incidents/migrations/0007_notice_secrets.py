"""When the codes and private links of a message were erased."""

from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_view_addresses")]
    operations = [
        LockTables({"incidents_notice": "ACCESS EXCLUSIVE"}),
        migrations.AddField("notice", "secrets_erased_at", models.DateTimeField(blank=True, editable=False, null=True)),
    ]
