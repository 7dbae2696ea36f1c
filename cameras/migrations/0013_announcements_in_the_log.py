"""Announcements stand in the control room's log, each line of them once."""

import django.db.models.deletion
from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0012_feeds"),
        ("incidents", "0052_announcements"),
    ]

    operations = [
        LockTables({"cameras_roomline": "ACCESS EXCLUSIVE", "incidents_announcementline": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="roomline",
            name="announced",
            field=models.OneToOneField(
                help_text="Of which it tells",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.announcementline",
            ),
        ),
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
    ]
