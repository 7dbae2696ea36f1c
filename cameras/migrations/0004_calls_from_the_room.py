"""Telephone calls in the log of the control room."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0003_sealed_words")]
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
        )
    ]
