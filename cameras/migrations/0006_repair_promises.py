"""When a camera that has a fault is to see again."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0005_procedures")]
    operations = [
        migrations.CreateModel(
            name="RepairPromise",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("until", models.DateTimeField()),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cameras.camera"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["camera", "-made_at"], name="promises_of_a_camera")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("made_at"))), name="a_promise_is_for_a_time_to_come"
                    )
                ],
            },
        ),
    ]
