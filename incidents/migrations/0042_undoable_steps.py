"""An act at a desk can be taken back for a minute: how the incident was, and PostgreSQL lets its state go back by it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0041_videos")]

    operations = [
        LockTables(
            {
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_event": "ACCESS EXCLUSIVE",
                "incidents_user": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("received", "Received"),
                    ("joined", "One more report joined"),
                    ("assigned", "Assigned"),
                    ("passed_on", "Passed on outside"),
                    ("accepted", "Accepted"),
                    ("begun", "Work has begun"),
                    ("asked", "The unit asks"),
                    ("answered", "The reporter answered"),
                    ("handed_over", "Handed over"),
                    ("handed_back", "Handed back"),
                    ("more_time", "More time asked for"),
                    ("extended", "More time granted"),
                    ("no_more_time", "More time refused"),
                    ("resolved", "Resolved"),
                    ("rejected", "Not accepted"),
                    ("confirmed", "The reporter confirmed it"),
                    ("closed", "Closed"),
                    ("disputed", "The reporter does not agree"),
                    ("upheld", "The reporter is right: reopened"),
                    ("overruled", "The result stands"),
                    ("rated", "Rated"),
                    ("reopened", "Reopened"),
                    ("redrawn", "Boundaries changed"),
                    ("restored", "Boundary change taken back"),
                    ("claimed", "Taken over by another unit"),
                    ("reminded", "Reminded"),
                    ("directed", "Directive"),
                    ("task_asked", "Another unit was asked for a part"),
                    ("task_done", "A part was answered"),
                    ("merged", "Merged into another"),
                    ("gathered", "Another was merged into it"),
                    ("split", "Reports were taken apart"),
                    ("relocated", "The place was corrected"),
                    ("reclassified", "The kind of matter was corrected"),
                    ("given", "Given to a person"),
                    ("redated", "The deadline was calculated anew"),
                    ("graded", "The severity was changed"),
                    ("released", "Shown in public"),
                    ("hidden", "Taken out of the public"),
                    ("covered", "Parts were covered"),
                    ("erased", "Personal data were erased"),
                    ("evidence", "Camera pictures kept"),
                    ("pinned", "A picture was kept by hand"),
                    ("unpinned", "A picture is no longer kept by hand"),
                    ("exported", "Evidence was handed out"),
                    ("held", "Evidence must not be deleted"),
                    ("unheld", "Evidence may be deleted in its time"),
                    ("forgotten", "Evidence was deleted in its time"),
                    ("withdrawn", "Withdrawn by the reporter"),
                    ("note", "Note"),
                    ("inquired", "Another unit asks"),
                    ("urged", "Another unit reminds"),
                    ("remarked", "Another unit comments"),
                    ("replied", "The unit in charge answers"),
                    ("offered", "Another unit says it is theirs"),
                    ("declined", "It stays where it is"),
                    ("undone", "The last step was taken back"),
                    ("viewed", "Contact looked at"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="UndoableStep",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="undoable",
                        serialize=False,
                        to="incidents.event",
                    ),
                ),
                ("before", models.JSONField(help_text="The fields that a step changes, as they were")),
                (
                    "was",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside"),
                            ("accepted", "Accepted"),
                            ("working", "In progress"),
                            ("extension", "More time asked for"),
                            ("waiting", "Waiting for reporter"),
                            ("disputed", "Disputed"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Not accepted"),
                            ("merged", "Merged into another"),
                        ],
                        help_text="The state before",
                        max_length=10,
                    ),
                ),
                ("steps_taken", models.PositiveIntegerField(help_text="After it: whoever goes on takes more")),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
            ],
        ),
        migrations.RunSQL(sql.statement("guards/states"), migrations.RunSQL.noop),
    ]
