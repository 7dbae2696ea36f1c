"""That a camera gave no picture of a moment is said, and why; and what it reported is a moment of its own."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

GUARD = """
CREATE FUNCTION refuse_to_change_no_picture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'that there was no picture is only ever added' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER no_picture_stays BEFORE UPDATE OR DELETE ON cameras_nopicture
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_no_picture();
"""
UNGUARD = """
DROP TRIGGER no_picture_stays ON cameras_nopicture;
DROP FUNCTION refuse_to_change_no_picture();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0016_cameras_report_what_they_find"),
        ("incidents", "0021_a_technician_looks_after_the_cameras"),
    ]

    operations = [
        migrations.AlterField(
            model_name="evidence",
            name="moment",
            field=models.CharField(
                choices=[
                    ("before", "before it was reported"),
                    ("reported", "when it was reported"),
                    ("step", "at a step"),
                    ("resolved", "when it was resolved"),
                    ("pinned", "kept by hand"),
                    ("found", "what the camera reported"),
                ],
                default="reported",
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="NoPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("before", "before it was reported"),
                            ("reported", "when it was reported"),
                            ("step", "at a step"),
                            ("resolved", "when it was resolved"),
                            ("pinned", "kept by hand"),
                            ("found", "what the camera reported"),
                        ],
                        max_length=10,
                    ),
                ),
                ("distance_m", models.FloatField()),
                ("sees", models.BooleanField(default=False, help_text="As in Evidence")),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("unreachable", "no connection to the camera"),
                            ("silent", "the camera did not answer in time"),
                            ("forbidden", "its address is not an allowed one"),
                            ("no_image", "what it sent was no whole picture"),
                            ("nothing", "it sent none at that moment"),
                            ("paused", "it is paused for privacy"),
                        ],
                        max_length=12,
                    ),
                ),
                ("moment_at", models.DateTimeField(help_text="Of when the picture would have been")),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it was asked for the last time"
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cameras.camera"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        help_text="As in Evidence",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.event",
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
                "ordering": ["moment_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "camera", "moment", "event"),
                        name="no_picture_of_a_moment_is_said_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
