"""A stretch of pictures that is kept stands in the shift log: for Django only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0007_findings_put_off")]

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
    ]
