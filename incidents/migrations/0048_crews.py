"""Crews of units with their shifts, and which crew an incident is given to."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import incidents.models.crews
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0047_area_matters"),
    ]

    operations = [
        LockTables(
            {
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_user": "ACCESS EXCLUSIVE",
                "incidents_authority": "ACCESS EXCLUSIVE",
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
                    ("crewed", "Given to a crew"),
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
            name="Crew",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "others",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="People of it who have no account",
                        validators=[django.core.validators.MaxValueValidator(99)],
                        verbose_name="people without an account",
                    ),
                ),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=incidents.models.crews.every_day,
                        help_text="Monday is 0",
                        size=None,
                    ),
                ),
                ("starts", models.TimeField(verbose_name="shift begins")),
                ("ends", models.TimeField(help_text="Before `starts`: on the next morning", verbose_name="shift ends")),
                (
                    "room",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="With so many it is full",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="full with",
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, help_text="When it was given up", null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="crews", to="incidents.authority"
                    ),
                ),
                ("members", models.ManyToManyField(blank=True, related_name="crews", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="incident",
            name="crew",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Which crew of the unit",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.crew",
            ),
        ),
        migrations.AddConstraint(
            model_name="crew",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("authority", "name"),
                name="a_crew_has_its_name_at_its_unit",
            ),
        ),
        migrations.AddConstraint(
            model_name="crew",
            constraint=models.CheckConstraint(
                condition=models.Q(("starts", models.F("ends")), _negated=True), name="a_shift_has_hours"
            ),
        ),
        migrations.AddConstraint(
            model_name="crew",
            constraint=models.CheckConstraint(condition=models.Q(("days__len__gt", 0)), name="a_shift_has_days"),
        ),
        migrations.AddConstraint(
            model_name="crew",
            constraint=models.CheckConstraint(condition=models.Q(("room__gt", 0)), name="a_crew_has_room"),
        ),
    ]
