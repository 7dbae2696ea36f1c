"""Photos that come ahead of their report."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0032_mails")]

    operations = [
        migrations.CreateModel(
            name="WaitingPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sending", models.UUIDField()),
                ("digest", models.CharField(max_length=64)),
                ("picture", models.FileField(upload_to="waiting/%Y/%m/")),
                ("small", models.FileField(upload_to="waiting/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("sending", "digest"), name="a_photo_waits_once"),
                ],
            },
        ),
    ]
