"""Sources and views; the ring's frames lie in packs, and their index is partitioned by day.

The frames of before are forgotten: they were the last few minutes.
"""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

RING = """
CREATE TABLE cameras_frame (
    camera_id bigint NOT NULL REFERENCES cameras_camera ON DELETE CASCADE,
    taken_at timestamptz NOT NULL,
    sha256 varchar(64) NOT NULL,
    pack varchar(80) NOT NULL,
    "offset" bigint NOT NULL CHECK ("offset" >= 0),
    length integer NOT NULL CHECK (length > 0),
    kind varchar(4) NOT NULL,
    width smallint NOT NULL,
    height smallint NOT NULL,
    health varchar(12) NOT NULL,
    received jsonb NOT NULL,
    PRIMARY KEY (camera_id, taken_at)
) PARTITION BY RANGE (taken_at);
CREATE TABLE cameras_frame_other PARTITION OF cameras_frame DEFAULT;

-- Makes the partition of one day (UTC), unless it is there. Several may ask at once. Rows of that day that came before
-- it, into the partition for all other days, move over.
CREATE FUNCTION cameras_frame_day(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    name text := 'cameras_frame_' || to_char(day, 'YYYYMMDD');
    first text := day || ' 00:00Z';
    last text := (day + 1) || ' 00:00Z';
BEGIN
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('cameras_frame'));
    IF to_regclass(name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE cameras_frame INCLUDING ALL)', name);
    EXECUTE format('WITH moved AS (DELETE FROM cameras_frame_other WHERE taken_at >= %L AND taken_at < %L RETURNING *)'
        ' INSERT INTO %I SELECT * FROM moved', first, last, name);
    EXECUTE format('ALTER TABLE cameras_frame ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, last);
END
$$;
"""
NO_RING = "DROP FUNCTION cameras_frame_day; DROP TABLE cameras_frame"


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0002_initial"),
        ("incidents", "0016_new_columns_fill_themselves"),
    ]

    operations = [
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=150)),
                ("owner", models.CharField(blank=True, max_length=150)),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        default=list,
                        help_text="Private networks (CIDR) in which its cameras may stand, beside those of CAMERA_NETWORKS",
                        size=None,
                    ),
                ),
                (
                    "at_once",
                    models.PositiveSmallIntegerField(
                        default=16, help_text="So many pictures are asked of it at a time"
                    ),
                ),
                (
                    "quickest_s",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="Seconds between two pictures of one camera, at the least"
                    ),
                ),
                ("down_since", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="View",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=80)),
                ("current", models.BooleanField(default=True)),
                ("bearing_deg", models.FloatField(blank=True, null=True)),
                ("angle_deg", models.FloatField(blank=True, null=True)),
                ("range_m", models.FloatField(blank=True, null=True)),
                ("drawn", django.contrib.gis.db.models.fields.PolygonField(blank=True, null=True, srid=4326)),
                ("hidden", django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4326)),
                ("footprint", django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4326)),
                ("verified", models.BooleanField(default=False, help_text="A person compared it with the picture")),
                (
                    "reference",
                    models.CharField(blank=True, help_text="The reference picture, in the storage", max_length=100),
                ),
                ("zones", models.JSONField(blank=True, default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("fits", "as in the reference picture"),
                            ("shifted", "moved a little; zones follow"),
                            ("lost", "looks elsewhere; zones are not safe"),
                            ("unknown", "no reference picture yet"),
                        ],
                        default="unknown",
                        max_length=8,
                    ),
                ),
                ("transform", models.JSONField(blank=True, null=True)),
                ("judged_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveField(
            model_name="camera",
            name="last_frame",
        ),
        migrations.DeleteModel(name="Frame"),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(RING, NO_RING)],
            state_operations=[
                migrations.CreateModel(
                    name="Frame",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "camera", "taken_at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        (
                            "camera",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="frames", to="cameras.camera"
                            ),
                        ),
                        ("taken_at", models.DateTimeField(help_text="When its last byte came")),
                        ("sha256", models.CharField(max_length=64, help_text="Of the bytes as received")),
                        ("pack", models.CharField(max_length=80, help_text="The pack's name below the media folder")),
                        ("offset", models.PositiveBigIntegerField(help_text="Where the picture begins in its pack")),
                        ("length", models.PositiveIntegerField(help_text="Bytes")),
                        ("kind", models.CharField(max_length=4, help_text="jpg or png, by its first bytes")),
                        ("width", models.PositiveSmallIntegerField()),
                        ("height", models.PositiveSmallIntegerField()),
                        (
                            "health",
                            models.CharField(
                                blank=True, max_length=12, help_text="How the camera was found by this picture"
                            ),
                        ),
                        ("received", models.JSONField(default=dict)),
                    ],
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="evidence",
            name="a_moment_is_kept_once_per_camera",
        ),
        migrations.AddField(
            model_name="camera",
            name="credentials",
            field=models.TextField(blank=True, editable=False, help_text="user:password, locked by the vault"),
        ),
        migrations.AddField(
            model_name="camera",
            name="height_m",
            field=models.FloatField(blank=True, help_text="Above the road", null=True),
        ),
        migrations.AddField(
            model_name="camera",
            name="kind",
            field=models.CharField(
                choices=[
                    ("jpeg", "single pictures over HTTP"),
                    ("mjpeg", "MJPEG stream"),
                    ("hls", "HLS stream"),
                    ("rtsp", "RTSP stream"),
                ],
                default="jpeg",
                max_length=5,
            ),
        ),
        migrations.AddField(
            model_name="camera",
            name="last_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="camera",
            name="last_taken_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="camera",
            name="paused_until",
            field=models.DateTimeField(blank=True, help_text="Nobody is shown its picture until then", null=True),
        ),
        migrations.AddField(
            model_name="camera",
            name="paused_why",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="camera",
            name="public",
            field=models.BooleanField(
                default=False, help_text="Whether everybody may see a covered, delayed still of it"
            ),
        ),
        migrations.AddField(
            model_name="camera",
            name="road",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="camera",
            name="watched_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="camera",
            name="health",
            field=models.CharField(
                choices=[
                    ("live", "live"),
                    ("late", "late"),
                    ("stale", "silent"),
                    ("frozen", "frozen"),
                    ("card", "a card instead of a picture"),
                    ("dark", "dark"),
                    ("covered", "covered"),
                    ("blurred", "blurred"),
                    ("moved", "turned away"),
                    ("unreadable", "unreadable picture"),
                    ("offline", "no connection"),
                    ("source-down", "its source is down"),
                    ("paused", "paused"),
                    ("unknown", "never seen"),
                ],
                default="unknown",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="url",
            field=models.CharField(
                blank=True, help_text="Where its picture is fetched; empty: not fetched", max_length=500
            ),
        ),
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
                ],
                default="reported",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="evidence",
            constraint=models.UniqueConstraint(
                fields=("incident", "camera", "moment", "taken_at"), name="a_frame_is_kept_once_for_a_moment"
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.CheckConstraint(
                condition=models.Q(("at_once__gte", 1), ("quickest_s__gte", 1)), name="a_source_can_be_asked"
            ),
        ),
        migrations.AddField(
            model_name="camera",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cameras",
                to="cameras.source",
            ),
        ),
        migrations.AddField(
            model_name="view",
            name="camera",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="views", to="cameras.camera"
            ),
        ),
        migrations.AddIndex(
            model_name="view",
            index=django.contrib.postgres.indexes.GistIndex(
                condition=models.Q(("current", True)), fields=["footprint"], name="what_cameras_see_now"
            ),
        ),
        migrations.AddConstraint(
            model_name="view",
            constraint=models.UniqueConstraint(
                condition=models.Q(("current", True)), fields=("camera",), name="a_camera_looks_one_way_at_a_time"
            ),
        ),
        migrations.AddConstraint(
            model_name="view",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bearing_deg", None),
                        models.Q(("bearing_deg__gte", 0), ("bearing_deg__lt", 360)),
                        _connector="OR",
                    ),
                    models.Q(
                        ("angle_deg", None), models.Q(("angle_deg__gt", 0), ("angle_deg__lte", 360)), _connector="OR"
                    ),
                    models.Q(("range_m", None), models.Q(("range_m__gt", 0), ("range_m__lte", 5000)), _connector="OR"),
                ),
                name="a_view_has_sound_angles",
            ),
        ),
    ]
