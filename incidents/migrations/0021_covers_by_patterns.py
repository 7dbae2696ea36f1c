"""How far older words are covered by newer patterns, and covers by nobody."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0020_digests")]
    operations = [
        LockTables({"incidents_coverednote": "ACCESS EXCLUSIVE"}),
        migrations.CreateModel(
            name="CoverPass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("patterns", models.CharField(help_text="SHA-256 of the code that finds contacts", max_length=64)),
                ("last", models.BigIntegerField(default=0, help_text="The last line of history that was looked at")),
            ],
        ),
        migrations.AlterField(
            model_name="coverednote",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
    ]
