"""Feeds of others for the control room's map, and what they last said."""

import datetime

import django.contrib.gis.db.models.fields
import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import cameras.models.feeds


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0011_where_found"),
    ]

    operations = [
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rain", "Rain"),
                            ("tide", "Tide and water levels"),
                            ("alert", "Weather warnings"),
                            ("vehicles", "Own vehicles"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("title_en", models.CharField(blank=True, max_length=80, verbose_name="title in English")),
                ("credit", models.CharField(blank=True, max_length=150, verbose_name="whose data these are")),
                (
                    "url",
                    models.CharField(
                        max_length=500,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^https?://[^\\s/@]+(/\\S*)?$", "An address with http or https is wanted."
                            )
                        ],
                        verbose_name="address",
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        choices=[("georss", "GeoRSS"), ("cap", "CAP 1.2"), ("geojson", "GeoJSON, OGC API Features")],
                        max_length=10,
                        verbose_name="format",
                    ),
                ),
                (
                    "every",
                    models.DurationField(
                        default=datetime.timedelta(seconds=300),
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(seconds=10)),
                            django.core.validators.MaxValueValidator(datetime.timedelta(days=1)),
                        ],
                        verbose_name="asked every",
                    ),
                ),
                (
                    "valid",
                    models.DurationField(
                        default=datetime.timedelta(seconds=1800),
                        validators=[
                            django.core.validators.MinValueValidator(datetime.timedelta(seconds=30)),
                            django.core.validators.MaxValueValidator(datetime.timedelta(days=7)),
                        ],
                        verbose_name="a value is true for",
                    ),
                ),
                ("name_key", models.CharField(blank=True, max_length=60, verbose_name="where the name stands")),
                ("value_key", models.CharField(blank=True, max_length=60, verbose_name="where the value stands")),
                ("time_key", models.CharField(blank=True, max_length=60, verbose_name="where the time stands")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit of measure")),
                (
                    "levels",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[cameras.models.feeds.check_levels],
                        verbose_name="from which values on it is more",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                ("asked_at", models.DateTimeField(editable=False, null=True, verbose_name="last asked")),
                ("read_at", models.DateTimeField(editable=False, null=True, verbose_name="last read")),
                ("failing_since", models.DateTimeField(editable=False, null=True, verbose_name="failing since")),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address", "The address may not be called, or there is no such host"),
                            ("connection", "Nobody answers at the address"),
                            ("slow", "The answer takes too long"),
                            ("large", "The answer is too large"),
                            ("status", "The server refuses"),
                            ("redirects", "The address leads on too often"),
                            ("xml", "The answer is no XML, or one that is not safe to read"),
                            ("json", "The answer is no JSON"),
                            ("format", "The answer is not of the format that is set"),
                            ("empty", "Nothing in the answer has a place that can be drawn"),
                        ],
                        editable=False,
                        max_length=12,
                        verbose_name="why",
                    ),
                ),
                (
                    "detail",
                    models.CharField(blank=True, editable=False, max_length=150, verbose_name="what was answered"),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="left out, without a place"),
                ),
            ],
            options={
                "verbose_name": "feed of the map",
                "verbose_name_plural": "feeds of the map",
                "ordering": ["kind", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failing_since", None), ("fault", "")),
                            models.Q(("failing_since__isnull", False), models.Q(("fault", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_feed_that_fails_says_since_when_and_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("every__gte", datetime.timedelta(seconds=10)),
                            ("every__lte", datetime.timedelta(days=1)),
                            ("valid__gte", datetime.timedelta(seconds=30)),
                            ("valid__lte", datetime.timedelta(days=7)),
                        ),
                        name="a_feed_is_asked_in_a_rhythm",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FeedItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=300)),
                ("title", models.CharField(max_length=200)),
                ("text", models.CharField(blank=True, max_length=1000)),
                ("value", models.FloatField(null=True)),
                ("unit", models.CharField(blank=True, max_length=20)),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("Extreme", "Extreme danger"),
                            ("Severe", "Severe danger"),
                            ("Moderate", "Moderate danger"),
                            ("Minor", "Minor danger"),
                            ("Unknown", "Danger of unknown degree"),
                        ],
                        max_length=10,
                    ),
                ),
                ("heading", models.FloatField(null=True)),
                ("shape", django.contrib.gis.db.models.fields.GeometryField(srid=4326)),
                ("at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("gone_at", models.DateTimeField(db_index=True)),
                (
                    "feed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="cameras.feed"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("feed", "key"), name="a_feed_tells_a_thing_once"),
                    models.CheckConstraint(
                        condition=models.Q(("gone_at__gte", models.F("until"))), name="what_is_gone_was_old_before"
                    ),
                ],
            },
        ),
    ]
