"""What the administration calls the fields of these tables: for Django only."""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.table_changes import NamesOnly


class Migration(NamesOnly):
    dependencies = [
        ("cameras", "0008_kept_stretches"),
        ("incidents", "0046_enquiries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="camera",
            name="active",
            field=models.BooleanField(default=True, verbose_name="in use"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="code",
            field=models.CharField(max_length=40, unique=True, verbose_name="code"),
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
                    ("unvisited", "nobody looked"),
                    ("unknown", "never seen"),
                ],
                default="unknown",
                max_length=12,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="health_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="in this state since"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="height_m",
            field=models.FloatField(blank=True, help_text="Above the road", null=True, verbose_name="height, metres"),
        ),
        migrations.AlterField(
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
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="moved_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="picture changed last"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="name",
            field=models.CharField(max_length=150, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="period_s",
            field=models.PositiveSmallIntegerField(
                default=30, help_text="Seconds between two fetches", verbose_name="seconds between fetches"
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="place",
            field=django.contrib.gis.db.models.fields.PointField(srid=4326, verbose_name="place"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="public",
            field=models.BooleanField(
                default=False,
                help_text="Whether everybody may see a covered, delayed still of it",
                verbose_name="shown to everybody",
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="road",
            field=models.CharField(blank=True, max_length=150, verbose_name="road"),
        ),
        migrations.AlterField(
            model_name="camera",
            name="source",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="cameras",
                to="cameras.source",
                verbose_name="source",
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="url",
            field=models.CharField(
                blank=True,
                help_text="Where its picture is fetched; empty: not fetched",
                max_length=500,
                verbose_name="address of its picture",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who kept it by hand",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="kept by",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="camera",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="evidence",
                to="cameras.camera",
                verbose_name="camera",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="distance_m",
            field=models.FloatField(verbose_name="distance, metres"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="incident",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="incidents.incident",
                verbose_name="incident",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="kept_at",
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name="kept at"),
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
                    ("found", "what the camera reported"),
                ],
                default="reported",
                max_length=10,
                verbose_name="moment",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="reason",
            field=models.TextField(blank=True, verbose_name="reason"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="sees",
            field=models.BooleanField(
                default=False,
                help_text="The place lay in the camera's view; else it was the nearest",
                verbose_name="sees the place",
            ),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="sha256",
            field=models.CharField(help_text="Of the bytes as received", max_length=64, verbose_name="checksum"),
        ),
        migrations.AlterField(
            model_name="evidence",
            name="taken_at",
            field=models.DateTimeField(
                help_text="When the picture was received from the camera", verbose_name="picture of"
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="at_once",
            field=models.PositiveSmallIntegerField(
                default=16, help_text="So many pictures are asked of it at a time", verbose_name="pictures at a time"
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="code",
            field=models.CharField(max_length=40, unique=True, verbose_name="code"),
        ),
        migrations.AlterField(
            model_name="source",
            name="down_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="down since"),
        ),
        migrations.AlterField(
            model_name="source",
            name="name",
            field=models.CharField(max_length=150, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="source",
            name="networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43),
                blank=True,
                default=list,
                help_text="Private networks in which its cameras may stand, as 10.0.0.0/8",
                size=None,
                verbose_name="private networks",
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="owner",
            field=models.CharField(blank=True, max_length=150, verbose_name="run by"),
        ),
        migrations.AlterField(
            model_name="source",
            name="quickest_s",
            field=models.PositiveSmallIntegerField(
                default=10,
                help_text="Seconds between two pictures of one camera, at the least",
                verbose_name="shortest pause, seconds",
            ),
        ),
        migrations.AlterField(
            model_name="view",
            name="angle_deg",
            field=models.FloatField(blank=True, null=True, verbose_name="opening, degrees"),
        ),
        migrations.AlterField(
            model_name="view",
            name="bearing_deg",
            field=models.FloatField(blank=True, null=True, verbose_name="direction, degrees"),
        ),
        migrations.AlterField(
            model_name="view",
            name="camera",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="views",
                to="cameras.camera",
                verbose_name="camera",
            ),
        ),
        migrations.AlterField(
            model_name="view",
            name="current",
            field=models.BooleanField(default=True, verbose_name="looks this way now"),
        ),
        migrations.AlterField(
            model_name="view",
            name="judged_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="judged at"),
        ),
        migrations.AlterField(
            model_name="view",
            name="name",
            field=models.CharField(blank=True, max_length=80, verbose_name="name"),
        ),
        migrations.AlterField(
            model_name="view",
            name="range_m",
            field=models.FloatField(blank=True, null=True, verbose_name="reach, metres"),
        ),
        migrations.AlterField(
            model_name="view",
            name="state",
            field=models.CharField(
                choices=[
                    ("fits", "as in the reference picture"),
                    ("shifted", "moved a little; zones follow"),
                    ("lost", "looks elsewhere; zones are not safe"),
                    ("turns", "two views alternate; zones are not safe"),
                    ("unknown", "no reference picture yet"),
                ],
                default="unknown",
                max_length=8,
                verbose_name="state",
            ),
        ),
        migrations.AlterField(
            model_name="view",
            name="verified",
            field=models.BooleanField(
                default=False, help_text="A person compared it with the picture", verbose_name="compared by a person"
            ),
        ),
        migrations.AlterField(
            model_name="view",
            name="zones",
            field=models.JSONField(blank=True, default=list, verbose_name="privacy zones"),
        ),
    ]
