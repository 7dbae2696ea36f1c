"""Incidents are merged and taken apart: tables, a state, and what PostgreSQL keeps and refuses of it.

0031_z looks whether the incidents that are there are as the new constraint says.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0002_guards"),
        ("incidents", "0036_corrections"),
    ]

    operations = [
        LockTables(
            {
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_report": "ACCESS EXCLUSIVE",
                "incidents_photo": "SHARE ROW EXCLUSIVE",
                "incidents_rating": "SHARE ROW EXCLUSIVE",
                "incidents_event": "SHARE ROW EXCLUSIVE",
                "incidents_user": "ACCESS EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "was",
                    models.JSONField(
                        help_text="What the incident was, and is again: state, published, waiting_since, photos"
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReportMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="incident",
            name="closed_at_says_when_it_was_closed",
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
                    ("claimed", "Taken over by the neighbour"),
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
                    ("viewed", "Contact looked at"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="state",
            field=models.CharField(
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
                help_text="The incident's state after this",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="state",
            field=models.CharField(
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
                default="received",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="reassignment",
            name="old_state",
            field=models.CharField(
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
                max_length=10,
            ),
        ),
        AddConstraintNotValid(
            model_name="incident",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state__in", ["resolved", "closed", "rejected", "merged"])),
                    models.Q(
                        models.Q(("state__in", ["resolved", "closed", "rejected", "merged"]), _negated=True),
                        ("closed_at", None),
                    ),
                    _connector="OR",
                ),
                name="closed_at_says_when_it_was_closed",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: by rule",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="into",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="gathered", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="stands",
            field=models.ForeignKey(
                help_text="As `into`, or what stands for that",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.incident",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="reportmove",
            name="merge",
            field=models.ForeignKey(
                blank=True,
                help_text="Empty: it was taken out",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="moves",
                to="incidents.merge",
            ),
        ),
        migrations.AddField(
            model_name="reportmove",
            name="origin",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
            ),
        ),
        migrations.AddField(
            model_name="reportmove",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="incidents.report"
            ),
        ),
        migrations.AddField(
            model_name="reportmove",
            name="target",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)),
                fields=("incident",),
                name="an_incident_is_merged_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("incident", models.F("into")), _negated=True), name="nothing_is_merged_into_itself"
            ),
        ),
        *(
            migrations.RunSQL(sql.statement(f"guards/{name}"), migrations.RunSQL.noop)
            for name in ("sums", "unit_sums")  # "states" names a table of 0042, which loads it
        ),
    ]
