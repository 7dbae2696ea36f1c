"""Browsers in which the own reports are found again, and reports that their senders took back."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0022_open311_trials"),
    ]

    operations = [
        LockTables({"incidents_report": "ACCESS EXCLUSIVE", "incidents_heldreport": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="report",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, help_text="When its sender took it back", null=True),
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
        migrations.CreateModel(
            name="Browser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of the key in its cookie", max_length=64, unique=True)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When its own reports were looked at last, by days"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["seen_at"], name="browsers_by_use")],
            },
        ),
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("sent", "sent from there"),
                            ("kept", "kept by its link"),
                            ("me_too", "“me too” by one tap"),
                        ],
                        max_length=6,
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "read_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="Until when what the city wrote was read in it"
                    ),
                ),
                (
                    "browser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="kept", to="incidents.browser"
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_in",
                        to="incidents.heldreport",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_in",
                        to="incidents.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("browser", "report"), name="a_browser_keeps_a_report_once"),
                    models.UniqueConstraint(fields=("browser", "held"), name="a_browser_keeps_a_held_report_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("held", None), ("report__isnull", False)),
                            models.Q(("held__isnull", False), ("report", None)),
                            _connector="OR",
                        ),
                        name="what_is_kept_is_one_report",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("read_at__gte", models.F("since"))), name="it_is_read_after_it_is_kept"
                    ),
                ],
            },
        ),
    ]
