import datetime

import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import cameras.models.feeds
import geoapp.crypto.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("incidents", "0002_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Card",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("cameras", models.PositiveSmallIntegerField(help_text="How many had sent it when it was learnt")),
                ("learnt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="DeadShift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=20, unique=True)),
                ("heard_at", models.DateTimeField(help_text="When it was heard of last")),
            ],
        ),
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
                ("credit", models.CharField(blank=True, max_length=150, verbose_name="owner of the data")),
                (
                    "url",
                    models.CharField(
                        max_length=500,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^https?://[^\\s/@]+(/\\S*)?$", "Enter an address with http or https."
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
                        verbose_name="fetched every",
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
                        verbose_name="a value is valid for",
                    ),
                ),
                ("name_key", models.CharField(blank=True, max_length=60, verbose_name="field with the name")),
                ("value_key", models.CharField(blank=True, max_length=60, verbose_name="field with the value")),
                ("time_key", models.CharField(blank=True, max_length=60, verbose_name="field with the time")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="unit of measure")),
                (
                    "levels",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[cameras.models.feeds.check_levels],
                        verbose_name="thresholds",
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                ("asked_at", models.DateTimeField(editable=False, null=True, verbose_name="last fetched")),
                ("read_at", models.DateTimeField(editable=False, null=True, verbose_name="last successful")),
                ("failing_since", models.DateTimeField(editable=False, null=True, verbose_name="failing since")),
                (
                    "fault",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("address", "The address may not be called, or there is no such host"),
                            ("connection", "There is no answer at the address"),
                            ("slow", "The answer takes too long"),
                            ("large", "The answer is too large"),
                            ("status", "The server refuses"),
                            ("redirects", "The address redirects too often"),
                            ("xml", "The answer is not XML, or not safe to read"),
                            ("json", "The answer is not JSON"),
                            ("format", "The answer does not have the selected format"),
                            ("empty", "Nothing in the answer has a location that can be drawn"),
                            ("key", "Its key can no longer be decrypted and must be entered again"),
                        ],
                        editable=False,
                        max_length=12,
                        verbose_name="why",
                    ),
                ),
                (
                    "detail",
                    models.CharField(blank=True, editable=False, max_length=150, verbose_name="answer received"),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, editable=False, verbose_name="skipped, without a location"),
                ),
                (
                    "key_header",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="If the server needs a key: Authorization, X-Api-Key …",
                        max_length=60,
                        validators=[
                            django.core.validators.RegexValidator(
                                "(?i)^(?!(host|cookie|connection|content-.*|transfer-.*|te|upgrade|expect|range|accept.*)$)[a-z][a-z0-9-]*\\Z",
                                "Enter a header that may hold a key, like Authorization.",
                            )
                        ],
                        verbose_name="header of the key",
                    ),
                ),
                (
                    "secret",
                    geoapp.crypto.fields.LockedField(
                        blank=True, db_default="", default="", editable=False, help_text="The whole value of key_header"
                    ),
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
                            ("secret", ""), models.Q(("key_header", ""), _negated=True), _connector="OR"
                        ),
                        name="a_key_of_a_feed_has_its_header",
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
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            (
                                "many",
                                "more than 120 cameras in 10 minutes without an incident, not counting the rotation of the wall",
                            ),
                            ("elsewhere", "saved pictures of more than 40 incidents of other units in an hour"),
                            ("night", "at night (22–5), for the first time in 14 days, without an incident"),
                            ("long", "one camera open for 3 hours in a day"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("first", models.DateTimeField(help_text="When it began")),
                ("last", models.DateTimeField()),
                (
                    "count",
                    models.PositiveIntegerField(help_text="Cameras, incidents, lines or minutes, as the rule counts"),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-last"],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "by", "day"), name="a_day_is_flagged_once_by_a_rule")
                ],
            },
        ),
        migrations.CreateModel(
            name="Habits",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="habits",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sound_urgent",
                    models.BooleanField(default=True, help_text="A tone when something urgent is reported"),
                ),
                (
                    "sound_disputed",
                    models.BooleanField(default=True, help_text="A tone when citizens disagree with a result"),
                ),
                (
                    "keys",
                    models.BooleanField(
                        default=True, help_text="Single letters and digits act while the wall has the focus"
                    ),
                ),
            ],
        ),
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
                "constraints": [
                    models.UniqueConstraint(
                        models.Value(1), condition=models.Q(("taken_at", None)), name="one_hand_over_waits_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("taken_at", None), ("taken_by", None)),
                            models.Q(("taken_at__isnull", False), ("taken_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="who_takes_a_shift_is_named",
                    ),
                ],
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
                "constraints": [
                    models.UniqueConstraint(fields=("hand_over", "incident"), name="an_incident_is_handed_over_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("ended_why", models.TextField(blank=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("incident",),
                        name="an_incident_is_held_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None), ("ended_why", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                ("ended_by__isnull", False),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="who_ends_a_hold_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Layout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("shared", models.BooleanField(default=False, help_text="Everybody in the control room may choose it")),
                (
                    "size",
                    models.CharField(
                        choices=[
                            ("4x3", "4 × 3"),
                            ("5x4", "5 × 4"),
                            ("6x5", "6 × 5"),
                            ("8x5", "8 × 5"),
                            ("8x6", "8 × 6"),
                            ("10x8", "10 × 8"),
                        ],
                        default="5x4",
                        max_length=5,
                    ),
                ),
                ("state", models.CharField(default="all", max_length=8)),
                ("group", models.CharField(blank=True, max_length=200)),
                ("words", models.CharField(blank=True, max_length=60)),
                ("pins", models.JSONField(blank=True, default=dict)),
                (
                    "dwell_s",
                    models.PositiveSmallIntegerField(
                        default=24,
                        validators=[
                            django.core.validators.MinValueValidator(5),
                            django.core.validators.MaxValueValidator(600),
                        ],
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="layouts", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("owner", "name"), name="a_person_names_a_layout_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dwell_s__gte", 5),
                            ("dwell_s__lte", 600),
                            ("size__in", ("4x3", "5x4", "6x5", "8x5", "8x6", "10x8")),
                        ),
                        name="a_layout_can_be_shown",
                    ),
                ],
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
                            ("given_back", "returned"),
                            ("taken_over", "taken over"),
                            ("term", "time expired"),
                            ("closed", "the incident is closed"),
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
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("incident",),
                        name="an_incident_is_in_one_hand_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end", ""), ("ended_at", None)),
                            models.Q(("ended_at__isnull", False), models.Q(("end", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="what_is_in_hand_ends_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("sealed_at", models.DateTimeField(db_index=True)),
                ("leaves", models.PositiveIntegerField()),
                ("root", models.BinaryField(help_text="Of the tree of SHA-256 over the leaves, as in RFC 6962")),
                (
                    "digest",
                    models.BinaryField(help_text="SHA-256 of the digest before, and of number, time, leaves and root"),
                ),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.CreateModel(
            name="SealHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("signature", models.BinaryField(help_text="Ed25519 over `signed_bytes`", null=True)),
                ("key", models.BinaryField(help_text="The public key of the signature", null=True)),
                ("timestamp", models.BinaryField(help_text="The answer of an RFC 3161 authority, DER", null=True)),
                (
                    "stamped_at",
                    models.DateTimeField(editable=False, help_text="The moment that the time stamp says", null=True),
                ),
                (
                    "mailed_at",
                    models.DateTimeField(editable=False, help_text="When it was sent to other offices", null=True),
                ),
                ("line", models.BigIntegerField(help_text="The number of the last seal")),
            ],
            options={
                "ordering": ["-day"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Stands in the names of its packs", max_length=20, unique=True)),
                ("machine", models.CharField(max_length=100)),
                ("began_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("heard_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "not_kept_since",
                    models.DateTimeField(
                        blank=True, help_text="Since when its pictures cannot be kept; empty while they can", null=True
                    ),
                ),
                ("not_kept_why", models.CharField(blank=True, db_default="", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("owner", models.CharField(blank=True, max_length=150, verbose_name="run by")),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=43),
                        blank=True,
                        default=list,
                        help_text="Private networks for its cameras, like 10.0.0.0/8",
                        size=None,
                        verbose_name="private networks",
                    ),
                ),
                (
                    "at_once",
                    models.PositiveSmallIntegerField(
                        default=16,
                        help_text="How many pictures may be fetched from it at a time",
                        verbose_name="pictures at a time",
                    ),
                ),
                (
                    "quickest_s",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="Least number of seconds between two pictures of one camera",
                        verbose_name="shortest pause, seconds",
                    ),
                ),
                ("down_since", models.DateTimeField(blank=True, null=True, verbose_name="down since")),
            ],
            options={
                "verbose_name": "source of cameras",
                "verbose_name_plural": "sources of cameras",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("at_once__gte", 1), ("quickest_s__gte", 1)), name="a_source_can_be_asked"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Camera",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("road", models.CharField(blank=True, max_length=150, verbose_name="road")),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326, verbose_name="place")),
                (
                    "height_m",
                    models.FloatField(blank=True, help_text="Above the road", null=True, verbose_name="height, metres"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("jpeg", "still pictures over HTTP"),
                            ("mjpeg", "MJPEG stream"),
                            ("hls", "HLS stream"),
                            ("rtsp", "RTSP stream"),
                        ],
                        default="jpeg",
                        max_length=5,
                        verbose_name="kind",
                    ),
                ),
                (
                    "url",
                    models.CharField(
                        blank=True,
                        help_text="Where its picture is fetched; empty: not fetched",
                        max_length=500,
                        verbose_name="address of its picture",
                    ),
                ),
                (
                    "credentials",
                    geoapp.crypto.fields.LockedField(blank=True, editable=False, help_text="user:password"),
                ),
                (
                    "period_s",
                    models.PositiveSmallIntegerField(
                        default=30, help_text="Seconds between two fetches", verbose_name="seconds between fetches"
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "public",
                    models.BooleanField(
                        default=False,
                        help_text="Whether everyone may see a redacted, delayed still picture from it",
                        verbose_name="shown to everyone",
                    ),
                ),
                (
                    "paused_until",
                    models.DateTimeField(blank=True, help_text="Nobody is shown its picture until then", null=True),
                ),
                ("paused_why", models.CharField(blank=True, max_length=200)),
                (
                    "health",
                    models.CharField(
                        choices=[
                            ("live", "live"),
                            ("late", "late"),
                            ("stale", "no new pictures"),
                            ("frozen", "frozen"),
                            ("card", "notice instead of a picture"),
                            ("dark", "dark"),
                            ("covered", "covered"),
                            ("blurred", "blurred"),
                            ("moved", "turned away"),
                            ("unreadable", "unreadable picture"),
                            ("offline", "no connection"),
                            ("source-down", "its source is down"),
                            ("paused", "paused"),
                            ("unvisited", "not monitored"),
                            ("unknown", "never worked"),
                        ],
                        default="unknown",
                        max_length=12,
                        verbose_name="state",
                    ),
                ),
                ("health_since", models.DateTimeField(blank=True, null=True, verbose_name="in this state since")),
                (
                    "rhythm_s",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Seconds in which it has a new picture, where it is slower than it is asked",
                        null=True,
                    ),
                ),
                (
                    "aimed_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When it was last turned on purpose: what it saw before counts no more",
                        null=True,
                    ),
                ),
                ("last_taken_at", models.DateTimeField(blank=True, null=True)),
                ("last_sha256", models.CharField(blank=True, max_length=64)),
                ("moved_at", models.DateTimeField(blank=True, null=True, verbose_name="picture changed last")),
                (
                    "away_since",
                    models.DateTimeField(
                        blank=True,
                        help_text="Since when nothing is reached at its address; empty after a try that did",
                        null=True,
                    ),
                ),
                (
                    "refused",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Whether the last try was refused, by its server or by our rules; that says nothing of its source",
                    ),
                ),
                (
                    "left_at",
                    models.DateTimeField(
                        blank=True,
                        editable=False,
                        help_text="Since when no patrol looked after it; empty while one does, and before the first",
                        null=True,
                    ),
                ),
                ("watched_until", models.DateTimeField(blank=True, null=True)),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cameras",
                        to="cameras.source",
                        verbose_name="source",
                    ),
                ),
            ],
            options={
                "verbose_name": "camera",
                "verbose_name_plural": "cameras",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("active", True)), fields=["place"], name="active_cameras"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leaf", models.PositiveIntegerField(help_text="Its place among the seal's leaves, from 0", null=True)),
                ("proof", models.JSONField(null=True)),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("before", "before the report"),
                            ("reported", "when it was reported"),
                            ("step", "at a step"),
                            ("resolved", "when it was resolved"),
                            ("pinned", "saved by staff"),
                            ("found", "what the camera detected"),
                        ],
                        default="reported",
                        max_length=10,
                        verbose_name="moment",
                    ),
                ),
                ("distance_m", models.FloatField(verbose_name="distance, metres")),
                (
                    "sees",
                    models.BooleanField(
                        default=False,
                        help_text="The location was in the camera's view; otherwise it was the nearest camera",
                        verbose_name="sees the place",
                    ),
                ),
                (
                    "taken_at",
                    models.DateTimeField(
                        help_text="When the picture was received from the camera", verbose_name="picture of"
                    ),
                ),
                (
                    "sha256",
                    models.CharField(help_text="Of the bytes as received", max_length=64, verbose_name="checksum"),
                ),
                ("file", models.CharField(max_length=100)),
                ("kind", models.CharField(default="jpg", help_text="jpg or png, by its first bytes", max_length=4)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                (
                    "health",
                    models.CharField(blank=True, help_text="How the camera was found by this picture", max_length=12),
                ),
                ("received", models.JSONField(default=dict, help_text="What the source said of it, as in Frame")),
                ("register", models.JSONField(default=dict, help_text="The camera as the register had it then")),
                (
                    "ring",
                    models.BooleanField(default=False, help_text="Copied out of the ring: it was a leaf there before"),
                ),
                ("reason", models.TextField(blank=True, verbose_name="reason")),
                ("kept_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="saved at")),
                ("unpinned_at", models.DateTimeField(blank=True, null=True)),
                ("frame_leaf", models.PositiveIntegerField(null=True)),
                ("frame_proof", models.JSONField(null=True)),
                ("checked_at", models.DateTimeField(blank=True, null=True)),
                ("fault", models.CharField(blank=True, help_text="What the last check found wrong", max_length=200)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who saved it",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="saved by",
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="evidence",
                        to="cameras.camera",
                        verbose_name="camera",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        help_text="The line of history around which it was kept",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.event",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                        verbose_name="incident",
                    ),
                ),
                (
                    "unpinned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "frame_seal",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cameras.seal"
                    ),
                ),
                (
                    "seal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_leaves",
                        to="cameras.seal",
                    ),
                ),
            ],
            options={
                "verbose_name": "picture saved as evidence",
                "verbose_name_plural": "pictures saved as evidence",
                "indexes": [
                    models.Index(condition=models.Q(("seal", None)), fields=["id"], name="evidence_to_seal"),
                    models.Index(fields=["sha256"], name="evidence_by_picture"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("unpinned_at", None)),
                        fields=("incident", "camera", "moment", "event", "taken_at"),
                        name="a_frame_is_kept_once_for_a_moment",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("moment", "pinned"), _negated=True),
                            models.Q(("by__isnull", False), models.Q(("reason", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="who_keeps_by_hand_says_why",
                    ),
                ],
            },
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
                            ("traffic", "Stopped traffic"),
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
                            ("made", "incident created"),
                            ("dismissed", "dismissed"),
                            ("gone", "ended without action"),
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
                (
                    "later_until",
                    models.DateTimeField(blank=True, help_text="A person put it off: not shown before", null=True),
                ),
                (
                    "boxes",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="What makes it so in that picture: x, y, width, height of each, in parts of it",
                    ),
                ),
                (
                    "usual",
                    models.FloatField(
                        blank=True, help_text="How many of these are usual there at that hour", null=True
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
        migrations.SeparateDatabaseAndState(
            # Its table is partitioned, which Django cannot make: sql/guards/frames.sql does.
            state_operations=[
                migrations.CreateModel(
                    name="Frame",
                    fields=[
                        (
                            "camera",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="frames", to="cameras.camera"
                            ),
                        ),
                        ("taken_at", models.DateTimeField(help_text="When its last byte came")),
                        ("sha256", models.CharField(help_text="Of the bytes as received", max_length=64)),
                        ("pack", models.CharField(help_text="The pack's name below the media folder", max_length=80)),
                        ("offset", models.PositiveBigIntegerField(help_text="Where the picture begins in its pack")),
                        ("length", models.PositiveIntegerField(help_text="Bytes")),
                        ("kind", models.CharField(help_text="jpg or png, by its first bytes", max_length=4)),
                        ("width", models.PositiveSmallIntegerField()),
                        ("height", models.PositiveSmallIntegerField()),
                        (
                            "health",
                            models.CharField(
                                blank=True, help_text="How the camera was found by this picture", max_length=12
                            ),
                        ),
                        ("received", models.JSONField(default=dict)),
                        (
                            "seal",
                            models.BigIntegerField(
                                help_text="The number of the seal among whose leaves it is", null=True
                            ),
                        ),
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "camera", "taken_at", blank=True, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                    ],
                ),
            ]
        ),
        migrations.CreateModel(
            name="HealthInterval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "health",
                    models.CharField(
                        choices=[
                            ("live", "live"),
                            ("late", "late"),
                            ("stale", "no new pictures"),
                            ("frozen", "frozen"),
                            ("card", "notice instead of a picture"),
                            ("dark", "dark"),
                            ("covered", "covered"),
                            ("blurred", "blurred"),
                            ("moved", "turned away"),
                            ("unreadable", "unreadable picture"),
                            ("offline", "no connection"),
                            ("source-down", "its source is down"),
                            ("paused", "paused"),
                            ("unvisited", "not monitored"),
                            ("unknown", "never worked"),
                        ],
                        max_length=12,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("seen", "A picture of the street arrived"),
                            ("Silent", "It accepts the connection but does not answer"),
                            ("TooSlow", "The picture was not complete in time"),
                            ("Unreachable", "There is no answer at its address"),
                            ("Forbidden", "Its address is not allowed for cameras"),
                            ("Refused", "It refuses the connection, or the name and password"),
                            ("BadAnswer", "Its server answers, but not with a picture"),
                            ("BrokenOff", "The answer broke off"),
                            ("TooLarge", "The answer is too large for a picture"),
                            ("WebPage", "The answer is a web page"),
                            ("NotAPicture", "The answer is not a picture"),
                            ("SourceDown", "No camera of its source can be reached"),
                            ("paused", "Paused in the register"),
                            ("NoPatrol", "No patrol was running, which is not a fault of the camera"),
                            ("look", "The picture itself shows it"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "detail",
                    models.CharField(
                        blank=True, help_text="What the camera's server said, such as 404", max_length=200
                    ),
                ),
                (
                    "sha256",
                    models.CharField(blank=True, help_text="Of the bytes of that picture as received", max_length=64),
                ),
                ("taken_at", models.DateTimeField(blank=True, help_text="When that picture came", null=True)),
                (
                    "proof",
                    models.CharField(blank=True, help_text="The picture, made small, in the storage", max_length=100),
                ),
                (
                    "received",
                    models.JSONField(
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        help_text="How that picture lay over its view, as Frame.received has it; empty where nobody wrote it down",
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="health_intervals",
                        to="cameras.camera",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["camera", "-since"], name="how_a_camera_was"),
                    models.Index(fields=["until"], name="health_intervals_that_ended"),
                    models.Index(
                        fields=["health", "until"], include=("camera", "since"), name="how_long_cameras_were_so"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("camera",), name="a_camera_is_one_way_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                        name="a_health_interval_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoPicture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "moment",
                    models.CharField(
                        choices=[
                            ("before", "before the report"),
                            ("reported", "when it was reported"),
                            ("step", "at a step"),
                            ("resolved", "when it was resolved"),
                            ("pinned", "saved by staff"),
                            ("found", "what the camera detected"),
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
                            ("forbidden", "its address is not allowed"),
                            ("refused", "its server refuses the connection, or the name and password"),
                            ("no_image", "it did not send a complete picture"),
                            ("nothing", "it did not send a picture at that moment"),
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
        migrations.CreateModel(
            name="Outbreak",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("blind", models.PositiveIntegerField(help_text="Cameras that did not see, at the worst moment")),
                ("cameras", models.PositiveIntegerField(help_text="All that were looked at")),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all over the city",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="cameras.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-began_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("source",),
                        name="a_source_fails_once_at_a_time",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField()),
                ("why", models.CharField(max_length=200)),
                ("ended_at", models.DateTimeField(blank=True, help_text="Before its time", null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pauses", to="cameras.camera"
                    ),
                ),
                (
                    "ended_by",
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
                "ordering": ["-since", "-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("since"))), name="a_pause_takes_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True), name="a_pause_has_its_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", None)),
                            models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_pause_is_ended_by_somebody",
                    ),
                ],
            },
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
                            ("taken", "Now handling it"),
                            ("given_back", "Returned"),
                            ("term", "No longer handled: time expired"),
                            ("created", "Incident created"),
                            ("remarked", "Remark to the unit"),
                            ("asked", "Unit asked"),
                            ("urged", "Unit reminded"),
                            ("graded", "Severity changed"),
                            ("ordered", "Directive"),
                            ("announced", "Announced to people nearby"),
                            ("recalled", "Announcement ended or revoked"),
                            ("made", "Incident created from a camera alert"),
                            ("merged", "Added to an incident, from a camera alert"),
                            ("dismissed", "Camera alert dismissed"),
                            ("kept", "Section of pictures saved"),
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
                (
                    "announced",
                    models.OneToOneField(
                        help_text="Of which it tells",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.announcementline",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "correction"),
                                ("corrects__isnull", False),
                                models.Q(("text", ""), _negated=True),
                            ),
                            models.Q(models.Q(("kind", "correction"), _negated=True), ("corrects", None)),
                            _connector="OR",
                        ),
                        name="a_correction_names_its_line",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StorageOutage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(help_text="When a patrol had trouble last")),
                ("why", models.CharField(help_text="The name of the error, such as ENOSPC", max_length=200)),
                (
                    "told_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty while it is too short to tell anybody", null=True
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-began_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("ended_at",),
                        name="one_storage_outage_at_a_time",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leaf", models.PositiveIntegerField(help_text="Its place among the seal's leaves, from 0", null=True)),
                ("proof", models.JSONField(null=True)),
                ("sha256", models.CharField(max_length=64)),
                ("why", models.CharField(max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "evidence",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tombstone", to="cameras.evidence"
                    ),
                ),
                (
                    "seal",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="%(class)s_leaves",
                        to="cameras.seal",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("seal", None)), fields=["id"], name="tombstones_to_seal")],
            },
        ),
        migrations.CreateModel(
            name="UsualTally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.PositiveSmallIntegerField()),
                ("usual", models.JSONField(default=dict)),
                ("learnt_at", models.DateTimeField()),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="usual_tallies", to="cameras.camera"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("camera", "hour"), name="an_hour_of_a_camera_is_learnt_once"),
                    models.CheckConstraint(condition=models.Q(("hour__lt", 24)), name="a_day_has_24_hours"),
                ],
            },
        ),
        migrations.CreateModel(
            name="View",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=80, verbose_name="name")),
                ("current", models.BooleanField(default=True, verbose_name="currently looks this way")),
                ("bearing_deg", models.FloatField(blank=True, null=True, verbose_name="direction, degrees")),
                ("angle_deg", models.FloatField(blank=True, null=True, verbose_name="angle, degrees")),
                ("range_m", models.FloatField(blank=True, null=True, verbose_name="range, metres")),
                ("drawn", django.contrib.gis.db.models.fields.PolygonField(blank=True, null=True, srid=4326)),
                ("hidden", django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4326)),
                ("footprint", django.contrib.gis.db.models.fields.MultiPolygonField(blank=True, null=True, srid=4326)),
                (
                    "verified",
                    models.BooleanField(
                        default=False,
                        help_text="A person checked it against the picture",
                        verbose_name="checked by a person",
                    ),
                ),
                (
                    "reference",
                    models.CharField(blank=True, help_text="The reference picture, in the storage", max_length=100),
                ),
                ("zones", models.JSONField(blank=True, default=list, verbose_name="privacy zones")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("fits", "as in the reference picture"),
                            ("shifted", "moved slightly; zones follow"),
                            ("lost", "looks elsewhere; zones are not reliable"),
                            ("turns", "two alternating views; zones are not reliable"),
                            ("unknown", "no reference picture yet"),
                        ],
                        default="unknown",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("transform", models.JSONField(blank=True, null=True)),
                ("judged_at", models.DateTimeField(blank=True, null=True, verbose_name="judged at")),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="views",
                        to="cameras.camera",
                        verbose_name="camera",
                    ),
                ),
            ],
            options={
                "verbose_name": "field of view",
                "verbose_name_plural": "fields of view",
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("current", True)), fields=["footprint"], name="what_cameras_see_now"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("current", True)),
                        fields=("camera",),
                        name="a_camera_looks_one_way_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("bearing_deg", None),
                                models.Q(("bearing_deg__gte", 0), ("bearing_deg__lt", 360)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("angle_deg", None),
                                models.Q(("angle_deg__gt", 0), ("angle_deg__lte", 360)),
                                _connector="OR",
                            ),
                            models.Q(
                                ("range_m", None), models.Q(("range_m__gt", 0), ("range_m__lte", 5000)), _connector="OR"
                            ),
                        ),
                        name="a_view_has_sound_angles",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Still",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("taken_at", models.DateTimeField(help_text="When the picture as received came from the camera")),
                ("parent_sha256", models.CharField(help_text="Of the bytes as received", max_length=64)),
                ("sha256", models.CharField(help_text="Of the covered picture", max_length=64)),
                ("file", models.CharField(max_length=120)),
                ("width", models.PositiveSmallIntegerField()),
                ("height", models.PositiveSmallIntegerField()),
                ("zones", models.JSONField(default=list)),
                ("transform", models.JSONField(null=True)),
                ("found", models.JSONField(default=dict, help_text="How many faces and lines of text were covered")),
                ("tools", models.JSONField(default=dict, help_text="What covered it, and its version")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "camera",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stills", to="cameras.camera"
                    ),
                ),
                (
                    "view",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="cameras.view"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["camera", "-taken_at"], name="stills_of_a_camera")],
                "constraints": [
                    models.UniqueConstraint(fields=("camera", "taken_at"), name="a_picture_is_covered_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ViewLogEntry",
            fields=[
                ("id", models.BigIntegerField(help_text="From 1, without gaps", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("wall", "on the wall"),
                            ("focus", "opened in the control room"),
                            ("live", "live stream"),
                            ("picture", "its picture alone"),
                            ("history", "earlier pictures"),
                            ("desk", "at the desk"),
                            ("evidence", "saved picture"),
                            ("export", "exported"),
                            ("pin", "saved by staff"),
                            ("finding", "as a proposal"),
                            ("health", "proof of its condition"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "cameras",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Earlier pictures: those of which hour", null=True)),
                ("purpose", models.CharField(blank=True, help_text="As the person stated it", max_length=200)),
                ("pictures", models.PositiveIntegerField(help_text="How many were shown when it began")),
                ("digest", models.BinaryField(help_text="SHA-256 of the digest before and this line")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="view_log_entries",
                        to=settings.AUTH_USER_MODEL,
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
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["by", "-at"], name="view_log_of_a_person"),
                    models.Index(fields=["at"], name="view_log_by_time"),
                    django.contrib.postgres.indexes.GinIndex(fields=["cameras"], name="view_log_of_a_camera"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id__gte", 1)), name="view_log_is_numbered_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("cameras", []), ("evidence", []), _negated=True),
                        name="a_view_log_entry_is_of_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ViewLogHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("line", models.BigIntegerField(help_text="The number of the last line")),
                ("key", models.BinaryField(help_text="The public key of the signature", null=True)),
                (
                    "mailed_at",
                    models.DateTimeField(editable=False, help_text="When it was sent to other offices", null=True),
                ),
                ("signature", models.BinaryField(help_text="Ed25519 over `signed_bytes`", null=True)),
                (
                    "stamped_at",
                    models.DateTimeField(editable=False, help_text="The moment that the time stamp says", null=True),
                ),
                ("timestamp", models.BinaryField(help_text="The answer of an RFC 3161 authority, DER", null=True)),
            ],
            options={
                "ordering": ["-day"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Baseline",
            fields=[
                (
                    "camera",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="baseline",
                        serialize=False,
                        to="cameras.camera",
                    ),
                ),
                ("usual", models.JSONField(default=dict)),
                ("references", models.JSONField(default=list)),
                ("learnt_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "camera",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="cameras.camera",
                    ),
                ),
                (
                    "shift",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="leases", to="cameras.shift"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "camera",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="tally",
                        serialize=False,
                        to="cameras.camera",
                    ),
                ),
                ("looked_at", models.DateTimeField(help_text="When it was its turn last")),
                (
                    "taken_at",
                    models.DateTimeField(help_text="When the picture was taken in which was counted last", null=True),
                ),
                ("people", models.PositiveSmallIntegerField(null=True)),
                ("vehicles", models.PositiveSmallIntegerField(null=True)),
                (
                    "standing",
                    models.PositiveSmallIntegerField(
                        help_text="Vehicles that stood there a minute before, too", null=True
                    ),
                ),
                ("things", models.JSONField(default=list)),
                ("gauges", models.JSONField(default=dict)),
            ],
        ),
    ]
