"""Emergency mode with its history and bulletins; shelters and depths of water."""

import datetime

import django.contrib.gis.db.models.fields
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import incidents.models.emergencies
from geoapp.db.online_migrations import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0039_public_questions"),
    ]

    operations = [
        LockTables(
            {
                "incidents_announcement": "ACCESS EXCLUSIVE",
                "incidents_category": "ACCESS EXCLUSIVE",
                "incidents_follower": "ACCESS EXCLUSIVE",
                "incidents_authority": "SHARE ROW EXCLUSIVE",
                "incidents_user": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.CreateModel(
            name="Emergency",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("flood", "Flooding"),
                            ("storm", "Storm"),
                            ("fire", "Large fire"),
                            ("outage", "Large power or water cut"),
                            ("other", "Other emergency"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "practice",
                    models.BooleanField(default=False, help_text="Seen by signed-in staff only; nothing is sent"),
                ),
                ("title", models.CharField(max_length=90)),
                ("title_en", models.CharField(blank=True, max_length=90)),
                ("advice", models.CharField(blank=True, help_text="What people should do", max_length=200)),
                ("advice_en", models.CharField(blank=True, max_length=200)),
                ("source", models.CharField(blank=True, help_text="Who says so: a weather service", max_length=120)),
                (
                    "area_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        default=list,
                        help_text="Wards; none: the city",
                        size=None,
                    ),
                ),
                ("place_name", models.CharField(max_length=200)),
                ("place_name_en", models.CharField(blank=True, max_length=200)),
                (
                    "reach",
                    django.contrib.gis.db.models.fields.MultiPolygonField(
                        help_text="The wards as they were drawn; the city simplified", srid=4326
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                ("until", models.DateTimeField(help_text="When it ends by itself")),
                (
                    "ended_at",
                    models.DateTimeField(
                        blank=True, help_text="When it was ended before, or its end was noted", null=True
                    ),
                ),
                (
                    "over_at",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.Coalesce("ended_at", "until"),
                        output_field=models.DateTimeField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "emergency mode",
                "verbose_name_plural": "emergency modes",
            },
        ),
        migrations.CreateModel(
            name="EmergencyBulletin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="From 1")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("figures", models.JSONField(help_text="Numbers by name: `emergency.bulletins`")),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="EmergencyLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("on", "Switched on"),
                            ("changed", "Changed"),
                            ("off", "Switched off"),
                            ("expired", "Ended automatically"),
                        ],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField()),
                ("title", models.CharField(max_length=90)),
                ("advice", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Shelter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                ("address", models.CharField(max_length=200)),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("capacity", models.PositiveIntegerField(blank=True, help_text="People", null=True)),
                ("open", models.BooleanField(default=False)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="WaterDepth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("street", models.CharField(max_length=200)),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("depth_cm", models.PositiveIntegerField(help_text="0: the street is passable again")),
                ("measured_at", models.DateTimeField()),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("gauge", "gauge"),
                            ("camera", "camera"),
                            ("staff", "staff on site"),
                            ("citizen", "a citizen"),
                        ],
                        max_length=8,
                    ),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="announcement",
            name="an_announcement_is_for_a_ward_or_a_circle",
        ),
        migrations.AddField(
            model_name="category",
            name="emergencies",
            field=models.CharField(
                blank=True,
                db_default="",
                editable=False,
                help_text="In which kinds of emergency mode it is offered first: flood storm",
                max_length=60,
            ),
        ),
        migrations.AlterField(
            model_name="accountline",
            name="kind",
            field=models.CharField(
                choices=[
                    ("given", "assigned the post"),
                    ("asked", "assigned the post, waiting for approval"),
                    ("confirmed", "approved the post"),
                    ("refused", "refused the post"),
                    ("ended", "ended the post"),
                    ("lost", "asked to replace a lost second factor"),
                    ("replaced", "approved: the second factors were removed"),
                    ("kept", "refused to replace the second factor"),
                    ("factor", "added a second factor"),
                    ("removed", "removed a second factor"),
                    ("password", "set the password"),
                    ("linked", "linked with the city account"),
                    ("opened", "created the account"),
                    ("changed", "changed the account"),
                    ("locked", "locked the account"),
                    ("unlocked", "unlocked the account"),
                    ("signed_out", "signed the person out everywhere"),
                    ("emergency", "switched emergency mode"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="emergency",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.authority"
            ),
        ),
        migrations.AddField(
            model_name="announcement",
            name="emergency",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="announcements",
                to="incidents.emergency",
            ),
        ),
        migrations.AddConstraint(
            model_name="announcement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("middle", None),
                        ("radius_m", None),
                        models.Q(
                            models.Q(("area_code", ""), _negated=True), ("emergency__isnull", False), _connector="OR"
                        ),
                    ),
                    models.Q(
                        ("area_code", ""), ("middle__isnull", False), ("radius_m__gte", 50), ("radius_m__lte", 5000)
                    ),
                    _connector="OR",
                ),
                name="an_announcement_is_for_a_ward_or_a_circle",
            ),
        ),
        migrations.AddField(
            model_name="emergencybulletin",
            name="emergency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="bulletins", to="incidents.emergency"
            ),
        ),
        migrations.AddField(
            model_name="emergencyline",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="emergencyline",
            name="emergency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.emergency"
            ),
        ),
        migrations.AddField(
            model_name="shelter",
            name="changed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="waterdepth",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="emergency",
            index=models.Index(fields=["over_at"], name="emergencies_by_end"),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gt", models.F("starts_at"))), name="an_emergency_has_an_end"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "until__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("starts_at"), "+", models.Value(datetime.timedelta(days=7))
                        ),
                    )
                ),
                name="an_emergency_ends_within_a_week",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at", None),
                    models.Q(("ended_at__gte", models.F("starts_at")), ("ended_at__lte", models.F("until"))),
                    _connector="OR",
                ),
                name="an_emergency_ends_between_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=models.CheckConstraint(
                condition=models.Q(("title", ""), _negated=True), name="an_emergency_says_what_happens"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("practice", False)),
                expressions=[(incidents.models.emergencies.TimeRange("starts_at", "over_at"), "&&")],
                name="one_emergency_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergency",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("practice", True)),
                expressions=[(incidents.models.emergencies.TimeRange("starts_at", "over_at"), "&&")],
                name="one_practice_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencybulletin",
            constraint=models.UniqueConstraint(fields=("emergency", "number"), name="a_bulletin_has_its_number"),
        ),
        migrations.AddConstraint(
            model_name="emergencybulletin",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gte", 1)), name="bulletins_are_numbered_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "on")), fields=("emergency",), name="an_emergency_is_switched_on_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ["off", "expired"])),
                fields=("emergency",),
                name="an_emergency_ends_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by", None), ("kind", "expired")),
                    models.Q(models.Q(("kind", "expired"), _negated=True), ("by__isnull", False)),
                    _connector="OR",
                ),
                name="an_act_on_an_emergency_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="shelter",
            constraint=models.UniqueConstraint(fields=("name", "address"), name="a_shelter_stands_once"),
        ),
        migrations.AddConstraint(
            model_name="shelter",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("address", ""), _negated=True)),
                name="a_shelter_can_be_found",
            ),
        ),
        migrations.AddConstraint(
            model_name="shelter",
            constraint=models.CheckConstraint(
                condition=models.Q(("capacity", None), ("capacity__gte", 1), _connector="OR"),
                name="a_shelter_takes_somebody",
            ),
        ),
        migrations.AddIndex(
            model_name="waterdepth",
            index=models.Index(fields=["-measured_at"], name="depths_by_time"),
        ),
        migrations.AddConstraint(
            model_name="waterdepth",
            constraint=models.CheckConstraint(
                condition=models.Q(("depth_cm__lte", 500)), name="a_street_is_not_a_river"
            ),
        ),
        migrations.AddConstraint(
            model_name="waterdepth",
            constraint=models.CheckConstraint(
                condition=models.Q(("street", ""), _negated=True), name="a_depth_names_its_street"
            ),
        ),
        migrations.AddField(
            model_name="correspondent",
            name="told_emergency",
            field=models.ForeignKey(
                blank=True,
                help_text="Of which emergency mode they were told",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.emergency",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/emergencies"), migrations.RunSQL.noop),
    ]
