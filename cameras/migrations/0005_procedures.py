"""Which steps of an incident's procedure were done in the control room."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0004_calls_from_the_room"), ("incidents", "0023_procedures")]
    operations = [
        migrations.AlterField(
            model_name="roomline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("written", "Note"),
                    ("correction", "Correction"),
                    ("taken", "Taken in hand"),
                    ("given_back", "Given back"),
                    ("term", "No longer in hand: time was up"),
                    ("created", "Incident made"),
                    ("remarked", "Remark to the unit"),
                    ("asked", "Unit asked"),
                    ("urged", "Unit reminded"),
                    ("graded", "Severity changed"),
                    ("ordered", "Directive"),
                    ("called", "Telephone call"),
                    ("step_done", "Step of the procedure done"),
                    ("step_undone", "Step of the procedure not done after all"),
                    ("announced", "Announced to people near by"),
                    ("recalled", "Announcement ended or taken back"),
                    ("made", "Incident made of what a camera reported"),
                    ("merged", "Added to an incident, from what a camera reported"),
                    ("dismissed", "What a camera reported was dismissed"),
                    ("kept", "Stretch of pictures kept"),
                    ("handed_over", "Shift handed over"),
                    ("received", "Shift taken over"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="StepTick",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.incident"
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.procedurestep"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("incident", "step"), name="a_step_is_ticked_once")],
            },
        ),
    ]
