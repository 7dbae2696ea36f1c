"""Who in the control room has what in hand, its log, and how shifts are handed over."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from cameras import sql
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0005_names_in_the_administration"),
        ("incidents", "0047_area_matters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LockTables(dict.fromkeys(("incidents_incident", "incidents_user", "cameras_camera"), "ACCESS EXCLUSIVE")),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(help_text="When the shift began")),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("figures", models.JSONField(default=dict)),
                (
                    "cameras",
                    models.JSONField(default=list, help_text="Of cameras that failed long ago: name and what is wrong"),
                ),
                ("note", models.TextField(blank=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-given_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HandOverItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("done", models.TextField(blank=True)),
                ("then", models.CharField(blank=True, max_length=200)),
                ("is_read", models.BooleanField(default=False)),
                (
                    "hand_over",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="cameras.handover"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="RoomClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(help_text="When it ends by itself")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("given_back", "given back"),
                            ("taken_over", "taken over"),
                            ("term", "its time was up"),
                            ("closed", "the incident has ended"),
                        ],
                        max_length=10,
                    ),
                ),
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
        migrations.CreateModel(
            name="RoomLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "kind",
                    models.CharField(
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
                            ("exported", "Clip handed out"),
                            ("handed_over", "Shift handed over"),
                            ("received", "Shift taken over"),
                        ],
                        max_length=12,
                    ),
                ),
                ("text", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        help_text="Nobody: it happened by itself",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cameras.camera"
                    ),
                ),
                (
                    "corrects",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrections",
                        to="cameras.roomline",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                models.Value(1), condition=models.Q(("taken_at", None)), name="one_hand_over_waits_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("taken_at", None), ("taken_by", None)),
                    models.Q(("taken_at__isnull", False), ("taken_by__isnull", False)),
                    _connector="OR",
                ),
                name="who_takes_a_shift_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoveritem",
            constraint=models.UniqueConstraint(
                fields=("hand_over", "incident"), name="an_incident_is_handed_over_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="roomclaim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("incident",),
                name="an_incident_is_in_one_hand_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomclaim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end", ""), ("ended_at", None)),
                    models.Q(("ended_at__isnull", False), models.Q(("end", ""), _negated=True)),
                    _connector="OR",
                ),
                name="what_is_in_hand_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="roomline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "correction"), ("corrects__isnull", False), models.Q(("text", ""), _negated=True)
                    ),
                    models.Q(models.Q(("kind", "correction"), _negated=True), ("corrects", None)),
                    _connector="OR",
                ),
                name="a_correction_names_its_line",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/room_log")),
    ]
