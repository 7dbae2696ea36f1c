"""Planned works among announcements: months with hours of work, wards, a second person, pictures, utilities' offers."""

import datetime

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.db.online_migrations import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0041_emergency"),
    ]

    operations = [
        LockTables(
            {
                "incidents_announcement": "ACCESS EXCLUSIVE",
                "incidents_announcementline": "ACCESS EXCLUSIVE",
                "incidents_user": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="AnnouncementPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caption", models.CharField(help_text="What it shows", max_length=120)),
                ("picture", models.FileField(upload_to="announced/%Y/%m/")),
                ("small", models.FileField(upload_to="announced/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="OfferedWorks",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("feed", models.SlugField(help_text="The code of the feed", max_length=40)),
                ("source", models.CharField(help_text="Whose feed it is", max_length=150)),
                ("key", models.CharField(max_length=300)),
                (
                    "digest",
                    models.CharField(help_text="Of what it says; another one is to be decided anew", max_length=64),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("flood", "Flooding"),
                            ("closed_road", "Road closed"),
                            ("outage", "Power or water cut"),
                            ("fire", "Fire, danger"),
                            ("works", "Works"),
                            ("health", "Epidemic prevention"),
                            ("other", "Announcement"),
                        ],
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("text", models.CharField(blank=True, max_length=2000)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("reach", django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4326)),
                ("starts_at", models.DateTimeField(blank=True, null=True)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "To be decided"), ("taken", "Announced"), ("dropped", "Discarded")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="announcement",
            name="an_announcement_is_for_a_ward_or_a_circle",
        ),
        migrations.RemoveConstraint(
            model_name="announcementline",
            name="an_announcement_has_an_end",
        ),
        migrations.RemoveConstraint(
            model_name="announcementline",
            name="an_announcement_ends_within_a_week",
        ),
        migrations.RemoveConstraint(
            model_name="announcementline",
            name="an_announcement_begins_within_a_week",
        ),
        migrations.AddField(
            model_name="announcement",
            name="area_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                db_default=[],
                default=list,
                help_text="Of the wards that planned works reach",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="planned",
            field=models.BooleanField(db_default=False, default=False, help_text="Lasts months, with hours of work"),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="decides",
            field=models.ForeignKey(
                blank=True,
                help_text="What a second person read",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="incidents.announcementline",
            ),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="hours_from",
            field=models.TimeField(blank=True, help_text="Of each working day; empty: day and night", null=True),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="hours_to",
            field=models.TimeField(blank=True, help_text="Where it is earlier: of the next day", null=True),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="note",
            field=models.CharField(blank=True, db_default="", help_text="Why it was returned", max_length=300),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="planned",
            field=models.BooleanField(db_default=False, default=False, help_text="As its announcement"),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="title",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="title_en",
            field=models.CharField(blank=True, db_default="", max_length=120),
        ),
        migrations.AddField(
            model_name="announcementline",
            name="weekdays",
            field=models.CharField(db_default="1234567", default="1234567", help_text="Monday is 1", max_length=7),
        ),
        migrations.AlterField(
            model_name="announcement",
            name="kind",
            field=models.CharField(
                choices=[
                    ("flood", "Flooding"),
                    ("closed_road", "Road closed"),
                    ("outage", "Power or water cut"),
                    ("fire", "Fire, danger"),
                    ("works", "Works"),
                    ("health", "Epidemic prevention"),
                    ("other", "Announcement"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="announcement",
            name="reach",
            field=django.contrib.gis.db.models.fields.MultiPolygonField(
                help_text="The ward as it was drawn, the circle, or the area of planned works", srid=4326
            ),
        ),
        migrations.AlterField(
            model_name="announcementline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("issued", "Published"),
                    ("corrected", "Corrected"),
                    ("ended", "Ended early"),
                    ("taken_back", "Withdrawn"),
                    ("proposed", "Waiting for a second person"),
                    ("refused", "Returned"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="announcementline",
            name="text",
            field=models.CharField(max_length=2000),
        ),
        migrations.AlterField(
            model_name="announcementline",
            name="text_en",
            field=models.CharField(blank=True, max_length=2000),
        ),
        migrations.AddIndex(
            model_name="announcement",
            index=django.contrib.postgres.indexes.GinIndex(fields=["area_codes"], name="announcements_by_wards"),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("middle", None),
                        ("planned", False),
                        ("radius_m", None),
                        models.Q(
                            models.Q(("area_code", ""), _negated=True), ("emergency__isnull", False), _connector="OR"
                        ),
                    ),
                    models.Q(
                        ("area_code", ""),
                        ("middle__isnull", False),
                        ("planned", False),
                        ("radius_m__gte", 50),
                        ("radius_m__lte", 5000),
                    ),
                    models.Q(
                        ("area_code", ""),
                        ("emergency", None),
                        ("middle", None),
                        ("planned", True),
                        ("radius_m", None),
                        models.Q(("area_codes", []), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="an_announcement_is_for_a_ward_or_a_circle",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["ended", "taken_back", "refused"]),
                    ("starts_at__lt", models.F("until")),
                    _connector="OR",
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
                    ),
                    models.Q(
                        ("planned", True),
                        (
                            "until__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("starts_at"), "+", models.Value(datetime.timedelta(days=366))
                            ),
                        ),
                    ),
                    _connector="OR",
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
                    ),
                    models.Q(
                        ("planned", True),
                        (
                            "starts_at__lte",
                            django.db.models.expressions.CombinedExpression(
                                models.F("at"), "+", models.Value(datetime.timedelta(days=366))
                            ),
                        ),
                    ),
                    _connector="OR",
                ),
                name="an_announcement_begins_within_a_week",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("planned", True), models.Q(("title", ""), _negated=True), ("urgent", False)),
                    models.Q(
                        ("decides", None),
                        ("hours_from", None),
                        ("hours_to", None),
                        ("planned", False),
                        ("title", ""),
                        ("title_en", ""),
                        ("weekdays", "1234567"),
                        django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length("text"), 300),
                        django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("text_en"), 300
                        ),
                        models.Q(("kind__in", ["proposed", "refused"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="planned_works_have_a_title_and_others_few_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hours_from", None), ("hours_to", None)),
                    models.Q(("hours_from__isnull", False), ("hours_to__isnull", False)),
                    _connector="OR",
                ),
                name="hours_of_work_have_both_ends",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcementline",
            constraint=models.CheckConstraint(
                condition=models.Q(("weekdays__regex", "^1?2?3?4?5?6?7?$"), models.Q(("weekdays", ""), _negated=True)),
                name="works_have_days_of_the_week",
            ),
        ),
        migrations.AddField(
            model_name="announcementpicture",
            name="announcement",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pictures", to="incidents.announcement"
            ),
        ),
        migrations.AddField(
            model_name="announcementpicture",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="offeredworks",
            name="announcement",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.announcement",
            ),
        ),
        migrations.AddField(
            model_name="offeredworks",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="offeredworks",
            constraint=models.UniqueConstraint(fields=("feed", "key"), name="a_feed_offers_works_once"),
        ),
        migrations.AddConstraint(
            model_name="offeredworks",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("announcement", None), ("decided_by", None), ("state", "waiting")),
                    models.Q(("announcement__isnull", False), ("decided_by__isnull", False), ("state", "taken")),
                    models.Q(("announcement", None), ("decided_by__isnull", False), ("state", "dropped")),
                    _connector="OR",
                ),
                name="offered_works_are_decided_by_a_person",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/planned_works"), migrations.RunSQL.noop),
    ]
