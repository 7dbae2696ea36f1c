"""What cameras report, until a person decides."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0015_the_wall_is_laid_out"),
        ("incidents", "0021_a_technician_looks_after_the_cameras"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="look",
            name="how",
            field=models.CharField(
                choices=[
                    ("wall", "on the wall"),
                    ("focus", "opened in the control room"),
                    ("live", "live stream"),
                    ("picture", "its picture alone"),
                    ("history", "earlier pictures"),
                    ("desk", "at the desk"),
                    ("evidence", "kept picture"),
                    ("export", "exported"),
                    ("pin", "kept by hand"),
                    ("finding", "as a proposal"),
                    ("health", "proof of its health"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("moved", "The camera was turned away"),
                            ("covered", "The camera is covered"),
                            ("blurred", "The camera's picture is blurred"),
                            ("crowd", "A crowd"),
                            ("traffic", "Standing traffic"),
                            ("water", "Water on the road"),
                        ],
                        max_length=8,
                    ),
                ),
                ("since", models.DateTimeField(help_text="Since when it is seen")),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now, help_text="When it was seen last")),
                ("score", models.FloatField(blank=True, help_text="0–1, how sure what found it is", null=True)),
                (
                    "picture",
                    models.CharField(blank=True, help_text="The picture that shows it, in the storage", max_length=100),
                ),
                ("taken_at", models.DateTimeField(blank=True, help_text="When that picture was taken", null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("made", "made an incident"),
                            ("dismissed", "dismissed"),
                            ("gone", "passed by itself"),
                        ],
                        default="open",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="cameras.camera"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "-pk"],
                "indexes": [models.Index(fields=["kind", "-decided_at"], name="findings_decided")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("camera", "kind"),
                        name="a_camera_reports_a_thing_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("by", None), ("decided_at", None), ("incident", None), ("state", "open")),
                            models.Q(
                                ("by", None), ("decided_at__isnull", False), ("incident", None), ("state", "gone")
                            ),
                            models.Q(
                                ("by__isnull", False),
                                ("decided_at__isnull", False),
                                ("incident__isnull", False),
                                ("state", "made"),
                            ),
                            models.Q(
                                ("by__isnull", False),
                                ("decided_at__isnull", False),
                                ("incident", None),
                                ("state", "dismissed"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="a_finding_is_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("score", None), models.Q(("score__gte", 0), ("score__lte", 1)), _connector="OR"
                        ),
                        name="a_score_is_a_share",
                    ),
                ],
            },
        ),
    ]
