"""Announcements to people near by, what is said of them, and who is still to be told."""

import datetime

import django.contrib.gis.db.models.fields
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0051_names_in_the_history"),
    ]

    operations = [
        LockTables(
            dict.fromkeys(
                ("incidents_incident", "incidents_authority", "incidents_user", "incidents_follow"), "ACCESS EXCLUSIVE"
            )
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
                    ("announced", "Announced to people near by"),
                    ("undone", "The last step was taken back"),
                    ("viewed", "Contact looked at"),
                ],
                max_length=12,
                verbose_name="what happened",
            ),
        ),
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("flood", "Flooding"),
                            ("closed_road", "Road closed"),
                            ("outage", "Power or water cut"),
                            ("fire", "Fire, danger"),
                            ("works", "Works"),
                            ("other", "Announcement"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "area_code",
                    models.CharField(blank=True, help_text="Of a ward, in the edition of that day", max_length=20),
                ),
                (
                    "middle",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, help_text="Of a circle (EPSG:4326)", null=True, srid=4326
                    ),
                ),
                ("radius_m", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "place_name",
                    models.CharField(help_text="What the ward, or the middle of the circle, is called", max_length=200),
                ),
                ("place_name_en", models.CharField(blank=True, max_length=200)),
                (
                    "reach",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        help_text="The ward as it was drawn, or the circle", srid=4326
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="announcements",
                        to="incidents.incident",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="announcements",
                        to="incidents.authority",
                    ),
                ),
            ],
            options={
                "verbose_name": "announcement",
                "verbose_name_plural": "announcements",
            },
        ),
        migrations.CreateModel(
            name="AnnouncementLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("issued", "Announced"),
                            ("corrected", "Corrected"),
                            ("ended", "Ended early"),
                            ("taken_back", "Taken back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("text", models.CharField(max_length=300)),
                ("text_en", models.CharField(blank=True, max_length=300)),
                ("starts_at", models.DateTimeField()),
                ("until", models.DateTimeField(help_text="When it ends by itself; of what ended early, when that was")),
                ("urgent", models.BooleanField(help_text="Who follows the place is told at once")),
                ("event", models.BigIntegerField(help_text="The key of the line in the incident's history", null=True)),
                (
                    "announcement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.announcement"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "takes_back",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_back_by",
                        to="incidents.announcementline",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FollowedAnnouncement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "follow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="announced", to="incidents.follow"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.announcementline"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("middle", None), ("radius_m", None), models.Q(("area_code", ""), _negated=True)),
                    models.Q(
                        ("area_code", ""), ("middle__isnull", False), ("radius_m__gte", 50), ("radius_m__lte", 5000)
                    ),
                    _connector="OR",
                ),
                name="an_announcement_is_for_a_ward_or_a_circle",
            ),
        ),
        migrations.AddIndex(
            model_name="announcementline",
            index=models.Index(fields=["until"], name="announcements_by_end"),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "issued")), fields=("announcement",), name="an_announcement_is_issued_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["ended", "taken_back"]), ("starts_at__lt", models.F("until")), _connector="OR"
                ),
                name="an_announcement_has_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "until__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(days=7))
                        ),
                    )
                ),
                name="an_announcement_ends_within_a_week",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "starts_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("at"), "+", models.Value(datetime.timedelta(days=7))
                        ),
                    )
                ),
                name="an_announcement_begins_within_a_week",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="an_announcement_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "taken_back"), ("takes_back__isnull", False)),
                    models.Q(models.Q(("kind", "taken_back"), _negated=True), ("takes_back", None)),
                    _connector="OR",
                ),
                name="what_takes_back_names_its_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="followedannouncement",
            constraint=models.UniqueConstraint(
                fields=("follow", "line"), name="an_announcement_waits_once_for_a_follower"
            ),
        ),
        migrations.RunSQL(sql.statement("guards/announcements")),
    ]
