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
                    ("taken", "Now handling it"),
                    ("given_back", "Returned"),
                    ("term", "No longer handled: time expired"),
                    ("created", "Incident created"),
                    ("remarked", "Remark to the unit"),
                    ("asked", "Unit asked"),
                    ("urged", "Unit reminded"),
                    ("graded", "Severity changed"),
                    ("ordered", "Directive"),
                    ("called", "Telephone call"),
                    ("step_done", "Procedure step done"),
                    ("step_undone", "Procedure step marked as not done"),
                    ("announced", "Announced to people nearby"),
                    ("recalled", "Announcement ended or revoked"),
                    ("made", "Incident created from a camera alert"),
                    ("merged", "Added to an incident, from a camera alert"),
                    ("dismissed", "Camera alert dismissed"),
                    ("kept", "Section of pictures saved"),
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
