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
        )
    ]
