import datetime
import secrets
import uuid

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.crypto.fields
import incidents.models.aggregates
import incidents.models.calls
import incidents.models.catalogue
import incidents.models.crews
from incidents import sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("gis_data", "0001_initial"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        # Written by hand: what an index below is made of.
        migrations.RunSQL(sql.statement("guards/map_spot")),
        migrations.CreateModel(
            name="AcceptedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="AcceptedDay",
            fields=[
                ("day", models.DateField(help_text="By the city's clock", primary_key=True, serialize=False)),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="AccountsHead",
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
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("works", models.BooleanField(help_text="Whether offices work on this day", verbose_name="worked")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
            ],
            options={
                "verbose_name": "day off or worked",
                "verbose_name_plural": "days off or worked",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="DoneDay",
            fields=[
                ("day", models.DateField(help_text="By the city's clock", primary_key=True, serialize=False)),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="HistoryArchive",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("before", models.DateField(help_text="What it has is of incidents that had ended before this day")),
                ("name", models.CharField(help_text="The file's name when it was written", max_length=200)),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("lines", models.BigIntegerField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="HistoryHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("event_id", models.BigIntegerField(help_text="The number of the last line")),
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
            name="LimitBucket",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
                ("period", models.DurationField()),
                ("taken", models.BooleanField(help_text="Whether the last question got its tokens")),
            ],
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(help_text="Server, user and folder, as a digest", max_length=300, unique=True),
                ),
                ("uid_validity", models.PositiveBigIntegerField(default=0)),
                ("last_uid", models.PositiveBigIntegerField(default=0)),
                (
                    "read_at",
                    models.DateTimeField(blank=True, help_text="When it was read last, to its end or not", null=True),
                ),
                ("fault", models.CharField(blank=True, help_text="Why it could not be read last", max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="MapSum",
            fields=[
                (
                    "level",
                    models.SmallIntegerField(
                        help_text="Of the square: so many times was the world halved, as for tiles"
                    ),
                ),
                (
                    "cell",
                    models.BigIntegerField(
                        help_text="The number of the square: the first 2 × level bits of its incidents' spots"
                    ),
                ),
                (
                    "area_id",
                    models.IntegerField(help_text="0 where the squares are so large that areas are not told apart"),
                ),
                ("category_id", models.IntegerField()),
                ("state", models.CharField(max_length=10)),
                ("n", models.IntegerField()),
                ("lon", models.BigIntegerField(help_text="The sum, in steps of 1e-7 degrees")),
                ("lat", models.BigIntegerField()),
                ("west", models.IntegerField()),
                ("south", models.IntegerField()),
                ("east", models.IntegerField()),
                ("north", models.IntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level",
                        "cell",
                        "area_id",
                        "category_id",
                        "state",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PersonalDataViewHead",
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
            name="RatingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("stars", models.SmallIntegerField()),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SumChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("spot", models.BigIntegerField()),
                (
                    "lon",
                    models.IntegerField(
                        help_text="In steps of 1e-7 degrees: whole numbers can be taken out as they were put in"
                    ),
                ),
                ("lat", models.IntegerField()),
                ("area_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("published", models.BooleanField()),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="UnitChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("first_due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="UnitSum",
            fields=[
                ("days", models.SmallIntegerField(help_text="1, or 7 from a Monday on")),
                ("first_day", models.DateField(help_text="By the city's clock")),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("received", models.IntegerField()),
                ("done", models.IntegerField()),
                ("in_time", models.IntegerField(help_text="Done by the deadline, extensions included")),
                ("in_time_first", models.IntegerField(help_text="Done by the first deadline")),
                ("ended_late", models.IntegerField(help_text="Done or not accepted, after the deadline")),
                ("missed", models.IntegerField(help_text="Deadlines that passed before it was done or not accepted")),
                ("stars", models.IntegerField(help_text="The sum of the ratings")),
                ("ratings", models.IntegerField()),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "days",
                        "first_day",
                        "authority_id",
                        "category_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="E.164, for messages about your work",
                        max_length=20,
                        verbose_name="phone number",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("vi", "Tiếng Việt"), ("en", "English")],
                        default="vi",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("subject", models.CharField(editable=False, max_length=255, null=True, unique=True)),
                ("wrong_codes", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("wrong_codes_since", models.DateTimeField(editable=False, null=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "accounts",
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="AccountLine",
            fields=[
                ("id", models.BigIntegerField(help_text="From 1, without gaps", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
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
                        ],
                        max_length=10,
                    ),
                ),
                ("person_key", models.BigIntegerField(help_text="Whose account it is")),
                ("person", models.CharField(max_length=150)),
                (
                    "by_key",
                    models.BigIntegerField(help_text="Nobody: the operator of the server, or the provider", null=True),
                ),
                ("by", models.CharField(blank=True, max_length=150)),
                ("what", models.CharField(blank=True, help_text="Of a post: role, unit, area, field", max_length=400)),
                ("digest", models.BinaryField(help_text="SHA-256 of the digest before and this line")),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["person_key", "-id"], name="account_lines_of_a_person")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("id__gte", 1)), name="account_lines_are_numbered_from_one"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Authority",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                (
                    "kind",
                    models.CharField(
                        help_text="The kind of unit in the category tree: WARD, TMIC, POWER …",
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=150, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=150, verbose_name="name in English")),
                (
                    "duty_desk",
                    models.BooleanField(
                        default=False, help_text="Takes what no rule assigns", verbose_name="duty desk"
                    ),
                ),
                (
                    "office_hours",
                    models.CharField(
                        blank=True,
                        help_text="Mon-Fri 07:30-11:30 13:00-17:00; Sat 07:30-11:30. Empty: the city's",
                        max_length=200,
                        verbose_name="opening hours",
                    ),
                ),
                (
                    "works",
                    models.CharField(
                        choices=[
                            ("here", "at its desk here"),
                            ("email", "by e-mail with a signed link"),
                            ("georeport", "in its own system, by Open311"),
                        ],
                        default="here",
                        max_length=10,
                        verbose_name="way of working",
                    ),
                ),
                (
                    "georeport_url",
                    models.URLField(
                        blank=True,
                        help_text="Of its own system: https://…/open311/v2",
                        verbose_name="address of its own system",
                    ),
                ),
                (
                    "georeport_jurisdiction",
                    models.CharField(blank=True, max_length=80, verbose_name="jurisdiction in its own system"),
                ),
                ("georeport_key", geoapp.crypto.fields.LockedField(blank=True, editable=False)),
                (
                    "area",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="own_authority",
                        to="gis_data.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="incidents.authority",
                        verbose_name="unit above",
                    ),
                ),
                (
                    "georeport_format",
                    models.CharField(
                        choices=[("json", "JSON"), ("xml", "XML")],
                        db_default="json",
                        default="json",
                        help_text="Format its own system uses; every system supports XML",
                        max_length=4,
                        verbose_name="format of its own system",
                    ),
                ),
                (
                    "georeport_services",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="What types are called there, one per line: RD.01 = pothole",
                        verbose_name="types of incident in its own system",
                    ),
                ),
                (
                    "letter_head",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="Lines beside the unit's name at the top of a letter, as required by law",
                        max_length=300,
                        verbose_name="head of its letters",
                    ),
                ),
                (
                    "letter_signature",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="Lines at the end of a letter. Empty: the unit's name",
                        max_length=300,
                        verbose_name="signature of its letters",
                    ),
                ),
                (
                    "letters",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Its answers take the form of an official letter: on the private page, by e-mail and on paper",
                        verbose_name="answers by official letter",
                    ),
                ),
            ],
            options={
                "verbose_name": "unit",
                "verbose_name_plural": "units",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("duty_desk", True)), fields=("duty_desk",), name="there_is_one_duty_desk"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("pk")), _negated=True), name="a_unit_is_not_above_itself"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("works", "georeport"), _negated=True),
                            models.Q(("georeport_url", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="an_outside_system_has_its_address",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="The system that sends with it", max_length=80, unique=True, verbose_name="name"
                    ),
                ),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("active", models.BooleanField(default=True, verbose_name="key in use")),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        help_text="The unit whose own system processes its incidents with it",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, help_text="Created before 0.5: never", null=True, verbose_name="valid until"
                    ),
                ),
                (
                    "email",
                    geoapp.crypto.fields.EncryptedEmailField(
                        blank=True,
                        db_default="",
                        help_text="Who is notified when something fails: contact data",
                        max_length=254,
                        verbose_name="e-mail address",
                    ),
                ),
            ],
            options={
                "verbose_name": "key of another system",
                "verbose_name_plural": "keys of other systems",
            },
        ),
        migrations.CreateModel(
            name="Browser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(help_text="SHA-256 of the key in its cookie", max_length=64, unique=True)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When its own reports were looked at last, by days"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["seen_at"], name="browsers_by_use")],
            },
        ),
        migrations.CreateModel(
            name="Category",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("name_en", models.CharField(blank=True, max_length=100, verbose_name="name in English")),
                (
                    "icon",
                    models.CharField(help_text="A symbol of icons.svg: c-flood", max_length=30, verbose_name="icon"),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position in the list")),
                (
                    "everyday",
                    models.BooleanField(default=False, help_text="Shown first", verbose_name="common"),
                ),
                (
                    "emergency",
                    models.BooleanField(
                        default=False,
                        help_text="Shows the emergency numbers before anything else",
                        verbose_name="emergency",
                    ),
                ),
                (
                    "restricted",
                    models.BooleanField(default=False, help_text="Never shown in public", verbose_name="never public"),
                ),
                (
                    "cameras",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Cameras may be used: only for what can be seen in the street",
                        verbose_name="cameras may be used",
                    ),
                ),
                (
                    "publish",
                    models.CharField(
                        choices=[
                            ("at_once", "at once"),
                            ("accepted", "when the unit has accepted it"),
                            ("checked", "after review"),
                            ("never", "never"),
                        ],
                        default="at_once",
                        max_length=10,
                        verbose_name="when made public",
                    ),
                ),
                ("accept_within", models.CharField(blank=True, max_length=8, verbose_name="accept within")),
                ("resolve_within", models.CharField(blank=True, max_length=8, verbose_name="resolve within")),
                ("keywords", models.TextField(blank=True, verbose_name="keywords")),
                ("search", models.TextField(blank=True, editable=False)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="incidents.category",
                        verbose_name="group of types",
                    ),
                ),
                (
                    "confirm",
                    models.CharField(
                        choices=[
                            ("code", "confirmed by a code"),
                            ("person", "confirmed by a code, or once a person has accepted it"),
                            ("none", "at once"),
                        ],
                        db_default="person",
                        default="person",
                        help_text="When messages go to a phone number or e-mail address that somebody left",
                        max_length=10,
                        verbose_name="address confirmation",
                    ),
                ),
                (
                    "check_photos",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="If no model covers faces and number plates, photos wait until somebody has checked them",
                        verbose_name="photos are checked first",
                    ),
                ),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=incidents.models.catalogue.Plain("name", "name_en"),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "area_matter",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="It affects an area, like a flood: a camera nearby that does not see the place also counts",
                        verbose_name="nearby cameras count",
                    ),
                ),
            ],
            options={
                "verbose_name": "type of incident",
                "verbose_name_plural": "types of incident",
                "ordering": ["position", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("parent", None), ("resolve_within", "")),
                            models.Q(
                                ("accept_within__regex", "^[1-9][0-9]*(min|h|d|wmin|wh|wd)$"),
                                ("parent__isnull", False),
                                ("resolve_within__regex", "^[1-9][0-9]*(min|h|d|wmin|wh|wd)$"),
                            ),
                            _connector="OR",
                        ),
                        name="a_leaf_has_its_targets",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CallScript",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "danger",
                    models.CharField(
                        blank=True,
                        help_text="danger, hurt: only where the caller says so; empty: in any case",
                        max_length=10,
                    ),
                ),
                ("words", models.TextField(help_text="Read aloud")),
                ("words_en", models.TextField(blank=True)),
                ("transfer_to", models.CharField(blank=True, help_text="Who takes the call over", max_length=100)),
                ("transfer_to_en", models.CharField(blank=True, max_length=100)),
                ("number", models.CharField(blank=True, help_text="Under which they are reached", max_length=20)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="A type, a group, or any",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.category",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("category", "danger"), name="one_script_for_a_case_of_a_call", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("danger__in", ["", "danger", "hurt"])), name="a_script_is_for_a_danger"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnswerTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(help_text="resolve, reject, ask …", max_length=20, verbose_name="step")),
                ("title", models.CharField(max_length=80, verbose_name="title")),
                ("text", models.TextField(verbose_name="text")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "prepared answer",
                "verbose_name_plural": "prepared answers",
                "ordering": ["title"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("category", "step", "title"), name="an_answer_stands_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CategorySentence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=500)),
                ("measures", models.BooleanField(default=False)),
                (
                    "category",
                    models.ForeignKey(
                        help_text="Empty: about nothing to be reported",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sentences",
                        to="incidents.category",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ChatAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("platform", models.CharField(max_length=20, unique=True)),
                ("access_token", geoapp.crypto.fields.LockedField()),
                ("refresh_token", geoapp.crypto.fields.LockedField()),
                ("expires_at", models.DateTimeField()),
                ("refreshed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("fault", models.TextField(blank=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("refreshed_at"))),
                        name="a_token_lives_for_a_while",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChatEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=100, unique=True)),
                ("at", models.DateTimeField(help_text="When it was said")),
                ("came_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("body", geoapp.crypto.fields.EncryptedTextField(blank=True)),
                ("user", geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=40)),
                (
                    "words",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True,
                        db_default="",
                        help_text="What was said, for a person who answers; goes with its row",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("user"),
                        models.F("at"),
                        condition=models.Q(("taken_at", None)),
                        name="chat_to_be_taken",
                    ),
                    models.Index(fields=["came_at"], name="chat_by_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("taken_at", None), ("body", ""), _connector="OR"),
                        name="what_was_taken_keeps_no_words",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChatPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("large", models.BinaryField()),
                ("small", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="incidents.chatevent"
                    ),
                ),
                ("seconds", models.FloatField(db_default=0, default=0)),
                ("video", models.BinaryField(db_default=models.Value(b"", models.BinaryField()), default=b"")),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=80, verbose_name="label")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone number")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address")),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact",
                "verbose_name_plural": "contacts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", ""), ("phone", ""), _negated=True), name="a_contact_can_be_reached"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Correspondent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "greeted_at",
                    models.DateTimeField(
                        blank=True, help_text="When they were told what is kept of them, and why", null=True
                    ),
                ),
                ("heard_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    geoapp.crypto.fields.EncryptedTextField(
                        indexed=True, max_length=40, sealed_as="incidents.follower.user"
                    ),
                ),
                (
                    "asked_at",
                    models.DateTimeField(blank=True, help_text="When they asked for a person to answer", null=True),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(
                        blank=True, help_text="When that person took it over, or wrote last", null=True
                    ),
                ),
            ],
            options={
                "db_table": "incidents_follower",
                "indexes": [
                    models.Index(fields=["heard_at"], name="followers_by_silence"),
                    models.Index(
                        condition=models.Q(("asked_at", None), _negated=True),
                        fields=["asked_at"],
                        name="chats_for_a_person",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(geoapp.crypto.fields.BlindIndex("user"), name="a_follower_is_known_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("answered_by", None)),
                            models.Q(
                                ("answered_at__isnull", False),
                                ("answered_by__isnull", False),
                                ("asked_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="who_answers_was_asked_for",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Crew",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "others",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="People of it who have no account",
                        validators=[django.core.validators.MaxValueValidator(99)],
                        verbose_name="people without an account",
                    ),
                ),
                (
                    "days",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        default=incidents.models.crews.every_day,
                        help_text="Monday is 0",
                        size=None,
                    ),
                ),
                ("starts", models.TimeField(verbose_name="shift starts")),
                ("ends", models.TimeField(help_text="Before `starts`: on the next morning", verbose_name="shift ends")),
                (
                    "room",
                    models.PositiveSmallIntegerField(
                        default=6,
                        help_text="With so many it is full",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="busy with",
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, help_text="When it was given up", null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="crews", to="incidents.authority"
                    ),
                ),
                ("members", models.ManyToManyField(blank=True, related_name="crews", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("authority", "name"),
                        name="a_crew_has_its_name_at_its_unit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("starts", models.F("ends")), _negated=True), name="a_shift_has_hours"
                    ),
                    models.CheckConstraint(condition=models.Q(("days__len__gt", 0)), name="a_shift_has_days"),
                    models.CheckConstraint(condition=models.Q(("room__gt", 0)), name="a_crew_has_room"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=20, unique=True, verbose_name="reference number")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside the system"),
                            ("accepted", "Accepted"),
                            ("working", "In progress"),
                            ("extension", "Extension requested"),
                            ("waiting", "Waiting for reporter"),
                            ("disputed", "Disputed"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Not accepted"),
                            ("merged", "Merged into another"),
                        ],
                        default="received",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                (
                    "accuracy_m",
                    models.FloatField(
                        blank=True,
                        help_text="Radius in metres in which the reporter's device placed it",
                        null=True,
                        verbose_name="accuracy in metres",
                    ),
                ),
                (
                    "address",
                    models.CharField(blank=True, help_text="What names the place; see `address_title`", max_length=200),
                ),
                (
                    "near",
                    models.BooleanField(db_default=False, default=False, help_text="It lies near what `address` names"),
                ),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        help_text="What the first reporter wrote, without phone numbers and addresses: public",
                    ),
                ),
                ("published", models.BooleanField(default=True, verbose_name="public")),
                ("reports_count", models.PositiveIntegerField(default=1, verbose_name="number of reports")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at")),
                ("accept_by", models.DateTimeField(verbose_name="accept by")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                (
                    "first_due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="As due_at, without the extensions; empty where there were none",
                        null=True,
                    ),
                ),
                (
                    "due_date_trace",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        help_text="How the due date came about, line by line",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("normal", "normal"), ("dangerous", "dangerous")],
                        db_default="normal",
                        default="normal",
                        max_length=10,
                        verbose_name="severity",
                    ),
                ),
                (
                    "steps_taken",
                    models.PositiveIntegerField(
                        db_default=0, default=0, help_text="Steps taken: a form that saw fewer is stale"
                    ),
                ),
                (
                    "next_check_at",
                    models.DateTimeField(blank=True, help_text="When its next escalation step is due", null=True),
                ),
                (
                    "outside_reference",
                    models.CharField(
                        blank=True, db_default="", help_text="Its name in the unit's own system", max_length=100
                    ),
                ),
                ("waiting_since", models.DateTimeField(blank=True, null=True, verbose_name="waiting since")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="changed at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=incidents.models.catalogue.Plain("reference", "address", "text"),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="gis_data.area",
                        verbose_name="ward",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
                (
                    "handler",
                    models.ForeignKey(
                        blank=True,
                        help_text="Who of the unit",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "has_shown_photo",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Whether everybody may see a photo of it: PostgreSQL sets it (sql/guards/shown_photos.sql)",
                    ),
                ),
                (
                    "crew",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Which crew of the unit",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="incidents.crew",
                    ),
                ),
            ],
            options={
                "verbose_name": "incident",
                "verbose_name_plural": "incidents",
                "indexes": [
                    models.Index(fields=["authority", "state", "due_at"], name="a_desk_by_deadline"),
                    models.Index(fields=["authority", "-changed_at"], name="a_desk_by_change"),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", False)),
                        fields=["authority", "-closed_at"],
                        include=("id",),
                        name="done_of_a_unit",
                    ),
                    models.Index(
                        condition=models.Q(("reports_count__gt", 1)),
                        fields=["authority", "-reports_count", "due_at"],
                        name="most_reported",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["authority", "due_at"],
                        include=("id", "state", "received_at", "area", "category", "handler"),
                        name="work_of_a_unit",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at", None), ("crew__isnull", False)),
                        fields=["crew"],
                        name="what_crews_have",
                    ),
                    models.Index(
                        fields=["id"],
                        include=("authority", "category", "state", "published", "due_at", "closed_at"),
                        name="found_by_number",
                    ),
                    models.Index(condition=models.Q(("published", False)), fields=["id"], name="unpublished_ones"),
                    models.Index(condition=models.Q(("closed_at", None)), fields=["due_at"], name="open_by_deadline"),
                    models.Index(fields=["state", "due_at"], name="late_ones"),
                    models.Index(
                        fields=["-received_at"],
                        include=("id", "reference", "category", "state", "published"),
                        name="listed_newest_first",
                    ),
                    models.Index(fields=["area", "-received_at"], name="an_area_newest_first"),
                    models.Index(
                        condition=models.Q(("closed_at", None)),
                        fields=["area", "due_at"],
                        include=("id", "state", "authority", "category"),
                        name="open_in_an_area",
                    ),
                    models.Index(
                        condition=models.Q(("next_check_at__isnull", False)),
                        fields=["next_check_at"],
                        name="to_be_checked",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at__isnull", False)),
                        fields=["closed_at"],
                        include=("state", "received_at", "due_at", "first_due_at", "authority", "area", "category"),
                        name="done_with_figures",
                    ),
                    models.Index(
                        incidents.models.aggregates.MapSpot("place"),
                        condition=models.Q(("closed_at", None), ("published", True)),
                        include=(
                            "place",
                            "category",
                            "area",
                            "authority",
                            "state",
                            "received_at",
                            "due_at",
                            "has_shown_photo",
                            "id",
                        ),
                        name="open_on_the_map_with_photos",
                    ),
                    models.Index(
                        incidents.models.aggregates.MapSpot("place"),
                        condition=models.Q(("closed_at__isnull", False), ("published", True)),
                        include=("place", "category", "area", "state", "received_at", "id"),
                        name="ended_on_the_map",
                    ),
                    models.Index(
                        models.F("received_at"),
                        incidents.models.aggregates.MapSpot("place"),
                        condition=models.Q(("closed_at__isnull", False), ("published", True)),
                        include=("place", "category", "area", "state", "id"),
                        name="ended_on_the_map_by_day",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ["resolved", "closed", "rejected", "merged"]),
                            ),
                            models.Q(
                                models.Q(("state__in", ["resolved", "closed", "rejected", "merged"]), _negated=True),
                                ("closed_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="closed_at_says_when_it_was_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waiting"), ("waiting_since__isnull", False)),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("waiting_since", None)),
                            _connector="OR",
                        ),
                        name="waiting_since_says_since_when_it_waits",
                    ),
                ],
            },
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("middle", None), ("radius_m", None), models.Q(("area_code", ""), _negated=True)),
                            models.Q(
                                ("area_code", ""),
                                ("middle__isnull", False),
                                ("radius_m__gte", 50),
                                ("radius_m__lte", 5000),
                            ),
                            _connector="OR",
                        ),
                        name="an_announcement_is_for_a_ward_or_a_circle",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("joined", "One more report merged"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside the system"),
                            ("accepted", "Accepted"),
                            ("begun", "Work has begun"),
                            ("asked", "The unit asks"),
                            ("answered", "The reporter answered"),
                            ("handed_over", "Transferred"),
                            ("handed_back", "Handed back"),
                            ("more_time", "Extension requested"),
                            ("extended", "Extension granted"),
                            ("no_more_time", "Extension refused"),
                            ("resolved", "Resolved"),
                            ("rejected", "Not accepted"),
                            ("confirmed", "Confirmed by the reporter"),
                            ("closed", "Closed"),
                            ("disputed", "The reporter does not agree"),
                            ("upheld", "The reporter is right: work resumed"),
                            ("overruled", "The result stands"),
                            ("rated", "Rated"),
                            ("reopened", "Reopened"),
                            ("redrawn", "Boundaries changed"),
                            ("restored", "Boundary change revoked"),
                            ("claimed", "Taken over by another unit"),
                            ("reminded", "Reminded"),
                            ("directed", "Directive"),
                            ("task_asked", "Another unit was asked to help"),
                            ("task_done", "The unit asked to help has answered"),
                            ("merged", "Merged into another"),
                            ("gathered", "Another was merged into it"),
                            ("split", "Reports were separated"),
                            ("relocated", "The location was corrected"),
                            ("reclassified", "The type was corrected"),
                            ("given", "Assigned to a person"),
                            ("crewed", "Assigned to a crew"),
                            ("redated", "The deadline was recalculated"),
                            ("graded", "The severity was changed"),
                            ("released", "Made public"),
                            ("hidden", "No longer public"),
                            ("covered", "Parts were redacted"),
                            ("erased", "Personal data were erased"),
                            ("evidence", "Camera pictures saved"),
                            ("pinned", "A picture was saved by staff"),
                            ("unpinned", "A picture is no longer saved by staff"),
                            ("exported", "Evidence was exported"),
                            ("held", "Deletion of evidence was blocked"),
                            ("unheld", "Deletion of evidence was allowed again"),
                            ("forgotten", "Evidence was deleted on schedule"),
                            ("withdrawn", "Withdrawn by the reporter"),
                            ("note", "Note"),
                            ("inquired", "Another unit asks"),
                            ("urged", "Another unit reminds"),
                            ("remarked", "Another unit comments"),
                            ("replied", "The unit in charge answers"),
                            ("offered", "Another unit asks to take it over"),
                            ("declined", "The unit in charge keeps it"),
                            ("announced", "Announced to people nearby"),
                            ("undone", "The last step was undone"),
                            ("viewed", "Contact details viewed"),
                        ],
                        max_length=12,
                        verbose_name="what happened",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside the system"),
                            ("accepted", "Accepted"),
                            ("working", "In progress"),
                            ("extension", "Extension requested"),
                            ("waiting", "Waiting for reporter"),
                            ("disputed", "Disputed"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Not accepted"),
                            ("merged", "Merged into another"),
                        ],
                        help_text="The incident's state after this",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="moment")),
                ("note", models.TextField(blank=True)),
                ("public", models.BooleanField(default=True, verbose_name="public")),
                (
                    "reasons",
                    models.JSONField(
                        blank=True, default=list, help_text='[{"vi": "…", "en": "…"}]: why this authority'
                    ),
                ),
                (
                    "receipt",
                    models.JSONField(
                        blank=True,
                        help_text="Of an assignment: the rule, the edition, the areas, and the rules it beat",
                        null=True,
                    ),
                ),
                (
                    "salt",
                    models.UUIDField(
                        blank=True,
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        editable=False,
                        help_text="Drawn by chance, sealed with the note and erased with it: else a short note is found by trying",
                        null=True,
                    ),
                ),
                (
                    "erased_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the note was erased: a right of the data subject",
                        null=True,
                        verbose_name="erased at",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        help_text="The unit in charge of the step",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="done by",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="timeline",
                        to="incidents.incident",
                        verbose_name="incident",
                    ),
                ),
                (
                    "archive",
                    models.BigIntegerField(
                        blank=True,
                        editable=False,
                        help_text="The number of the archive that has its words and reasons",
                        null=True,
                    ),
                ),
            ],
            options={
                "verbose_name": "line of the history",
                "verbose_name_plural": "lines of the history",
                "ordering": ["pk"],
                "indexes": [
                    django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="lines_of_a_day"),
                    models.Index(
                        condition=models.Q(("kind__in", ["accepted", "disputed", "upheld"])),
                        fields=["kind", "at"],
                        include=("incident",),
                        name="watched_lines",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["redated", "graded", "released", "hidden", "covered", "erased", "given", "viewed"],
                            ),
                            models.Q(("by__isnull", False), ("public", False)),
                            _connector="OR",
                        ),
                        fields=["at"],
                        include=("id", "incident"),
                        name="quiet_lines",
                    ),
                    models.Index(
                        condition=models.Q(("kind__in", ["assigned", "handed_over", "handed_back", "claimed"])),
                        fields=["incident", "-at"],
                        include=("id",),
                        name="assignments",
                    ),
                ],
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
                            ("issued", "Published"),
                            ("corrected", "Corrected"),
                            ("ended", "Ended early"),
                            ("taken_back", "Withdrawn"),
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
            options={
                "indexes": [models.Index(fields=["until"], name="announcements_by_end")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "issued")),
                        fields=("announcement",),
                        name="an_announcement_is_issued_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ["ended", "taken_back"]), ("starts_at__lt", models.F("until")), _connector="OR"
                        ),
                        name="an_announcement_has_an_end",
                    ),
                    models.CheckConstraint(
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
                    models.CheckConstraint(
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
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="an_announcement_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "taken_back"), ("takes_back__isnull", False)),
                            models.Q(models.Q(("kind", "taken_back"), _negated=True), ("takes_back", None)),
                            _connector="OR",
                        ),
                        name="what_takes_back_names_its_line",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="correction",
                        serialize=False,
                        to="incidents.event",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="gis_data.area"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.category"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="incidents.incident"
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.authority"
                    ),
                ),
                (
                    "was",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.authority"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["category", "-at"], name="corrections_of_a_field")],
            },
        ),
        migrations.CreateModel(
            name="CoveredNote",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="cover",
                        serialize=False,
                        to="incidents.event",
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventSeal",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="seal",
                        serialize=False,
                        to="incidents.event",
                    ),
                ),
                (
                    "note_digest",
                    models.BinaryField(help_text="SHA-256 of salt and note: it stays when the note is erased"),
                ),
                (
                    "digest",
                    models.BinaryField(
                        help_text="SHA-256 of the digest before, the line's fields and the note's digest"
                    ),
                ),
            ],
            options={
                "ordering": ["event"],
            },
        ),
        migrations.CreateModel(
            name="UndoableStep",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="undoable",
                        serialize=False,
                        to="incidents.event",
                    ),
                ),
                ("before", models.JSONField(help_text="The fields that a step changes, as they were")),
                (
                    "was",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside the system"),
                            ("accepted", "Accepted"),
                            ("working", "In progress"),
                            ("extension", "Extension requested"),
                            ("waiting", "Waiting for reporter"),
                            ("disputed", "Disputed"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Not accepted"),
                            ("merged", "Merged into another"),
                        ],
                        help_text="The state before",
                        max_length=10,
                    ),
                ),
                ("steps_taken", models.PositiveIntegerField(help_text="After it: whoever goes on takes more")),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
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
            name="ContactCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(help_text="Keyed: see `partners.codes`")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.contact"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        help_text="Of which the letter told",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.event",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["contact", "-sent_at"], name="codes_of_a_desk")],
            },
        ),
        migrations.CreateModel(
            name="DeadAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=500)),
                ("code", models.CharField(blank=True, help_text="What the server said: 5.1.1", max_length=40)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("medium"), geoapp.crypto.fields.BlindIndex("address"), name="an_address_is_dead_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EndedMonth",
            fields=[
                ("month", models.DateField(help_text="Its first day, by the city's clock")),
                ("area_id", models.BigIntegerField()),
                ("packed", models.BinaryField(help_text="Eight bytes of each: what statistics count")),
                ("places", models.BinaryField(help_text="Eight bytes of each: where it lies")),
                (
                    "units",
                    models.BinaryField(help_text="Four bytes of each: its unit, and whether everybody may see a photo"),
                ),
                ("keys", models.BinaryField(help_text="Eight bytes of each: its key, by which they are in order")),
                (
                    "unit_keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), help_text="The units of all of them", size=None
                    ),
                ),
                ("west", models.IntegerField(help_text="The bounds of them all, in steps of 1e-7 degrees")),
                ("south", models.IntegerField()),
                ("east", models.IntegerField()),
                ("north", models.IntegerField()),
                (
                    "version",
                    models.BigIntegerField(
                        db_default=incidents.models.aggregates.RandomNumber(),
                        help_text="Another one whenever it is packed",
                    ),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "area_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["month"], include=("version",), name="versions_of_months")],
            },
        ),
        migrations.CreateModel(
            name="Enquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(help_text="H2611-40874", max_length=20, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("thanks", "Thanks"),
                            ("complaint", "Complaint about staff or a unit"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Being checked"),
                            ("received", "Received"),
                            ("passed_on", "With the unit"),
                            ("answered", "Answered"),
                            ("closed", "Closed"),
                            ("incident", "Became an incident"),
                            ("refused", "Not accepted"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "Web"),
                            ("phone", "Phone"),
                            ("open311", "Open311"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "Chat on our pages"),
                            ("email", "E-mail"),
                            ("camera", "Camera"),
                            ("api", "Another system"),
                            ("voice", "Callbot"),
                            ("officer", "Officer"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "sender_id",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="What its sender, or their system, calls it"
                    ),
                ),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "token",
                    geoapp.crypto.fields.EncryptedTextField(
                        default=secrets.token_urlsafe,
                        help_text="The private link to follow it",
                        index_chars=14,
                        indexed=True,
                        max_length=43,
                    ),
                ),
                ("text", geoapp.crypto.fields.EncryptedTextField(blank=True)),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                ("email", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                (
                    "chat",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="As Correspondent.user", indexed=True, max_length=40
                    ),
                ),
                ("phone_confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("email_confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("language", models.CharField(default="vi", max_length=5)),
                ("notice_version", models.CharField(blank=True, max_length=10)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("target", models.CharField(help_text="How much time there is for an answer", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("reasons", models.JSONField(blank=True, default=list, help_text="Values of HeldReport.Reason")),
                ("network", models.CharField(blank=True, max_length=45)),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="When it was told that it is late", null=True),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "erased_at",
                    models.DateTimeField(blank=True, help_text="When all that was written in it was erased", null=True),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Which has it now",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enquiries",
                        to="incidents.authority",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        help_text="Which it became",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.apikey",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "enquiries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["received", "passed_on"])),
                        fields=["due_at"],
                        name="open_enquiries",
                    ),
                    models.Index(
                        condition=models.Q(("closed_at", None), _negated=True),
                        fields=["closed_at"],
                        name="ended_enquiries",
                    ),
                    models.Index(fields=["received_at"], name="enquiries_by_day"),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("phone"),
                        condition=models.Q(("phone", ""), _negated=True),
                        name="enquiries_by_phone",
                    ),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("email"),
                        condition=models.Q(("email", ""), _negated=True),
                        name="enquiries_by_email",
                    ),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("chat"),
                        condition=models.Q(("chat", ""), _negated=True),
                        name="enquiries_by_chat",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        geoapp.crypto.fields.BlindIndex("token"),
                        condition=models.Q(("token", ""), _negated=True),
                        name="a_link_leads_to_one_enquiry",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("closed_at__isnull", False),
                                ("state__in", ["answered", "closed", "incident", "refused"]),
                            ),
                            models.Q(("closed_at", None), ("state__in", ["held", "received", "passed_on"])),
                            _connector="OR",
                        ),
                        name="a_settled_enquiry_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("incident__isnull", False), ("state", "incident")),
                            models.Q(models.Q(("state", "incident"), _negated=True), ("incident", None)),
                            _connector="OR",
                        ),
                        name="an_enquiry_names_what_it_became",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gte", models.F("received_at"))), name="an_enquiry_is_due_later"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EnquiryLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("held", "Being checked"),
                            ("let_through", "Release"),
                            ("refused", "Not accepted"),
                            ("passed_on", "Passed on"),
                            ("given_back", "Returned"),
                            ("answered", "Answered"),
                            ("closed", "Closed"),
                            ("incident", "Became an incident"),
                            ("reminded", "Reminded"),
                            ("viewed", "Contact details viewed"),
                            ("erased", "Personal data were erased"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Being checked"),
                            ("received", "Received"),
                            ("passed_on", "With the unit"),
                            ("answered", "Answered"),
                            ("closed", "Closed"),
                            ("incident", "Became an incident"),
                            ("refused", "Not accepted"),
                        ],
                        help_text="The enquiry's state after this",
                        max_length=10,
                    ),
                ),
                (
                    "note_digest",
                    models.BinaryField(default=b"", help_text="Of what was written with it: see EnquiryNote.digest"),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="The unit that has it after this",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
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
                    "enquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.enquiry"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="EnquiryNote",
            fields=[
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="note",
                        serialize=False,
                        to="incidents.enquiryline",
                    ),
                ),
                ("salt", models.UUIDField(default=uuid.uuid4, help_text="Drawn by chance, and deleted with it")),
                ("text", geoapp.crypto.fields.EncryptedTextField()),
            ],
        ),
        migrations.CreateModel(
            name="EnquiryTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("question", "Question"),
                            ("thanks", "Thanks"),
                            ("complaint", "Complaint about staff or a unit"),
                        ],
                        max_length=10,
                        unique=True,
                        verbose_name="kind",
                    ),
                ),
                (
                    "answer_within",
                    models.CharField(help_text="48h, 5wd (working days) …", max_length=8, verbose_name="answer within"),
                ),
            ],
            options={
                "verbose_name": "time to answer an enquiry",
                "verbose_name_plural": "times to answer enquiries",
                "ordering": ["kind"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("answer_within__regex", "^[1-9][0-9]*(min|h|d|wmin|wh|wd)$")),
                        name="an_enquiry_has_a_term",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EscalationStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "target",
                    models.CharField(
                        choices=[("accept", "to be accepted"), ("resolve", "to be resolved")],
                        max_length=10,
                        verbose_name="which deadline",
                    ),
                ),
                (
                    "offset",
                    models.CharField(
                        help_text="-25% of the time, -4h, 0, +30min, +1d, +1wd: before or after the deadline",
                        max_length=8,
                        verbose_name="before or after it",
                    ),
                ),
                (
                    "who",
                    models.CharField(
                        choices=[
                            ("handler", "the unit's contact"),
                            ("head", "the head of the unit"),
                            ("leader", "the leader of the area or field"),
                            ("city", "the city"),
                        ],
                        max_length=10,
                        verbose_name="who is reminded",
                    ),
                ),
                ("sms", models.BooleanField(default=False, verbose_name="by SMS")),
                ("email", models.BooleanField(default=True, verbose_name="by e-mail")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="A type, a group, or any",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="escalation_steps",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder step",
                "verbose_name_plural": "reminder steps",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("category", "target", "offset", "who"),
                        name="an_escalation_step_stands_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("offset__regex", "^(0|-[1-9][0-9]?%|[+-][1-9][0-9]*(min|h|d|wmin|wh|wd))$")
                        ),
                        name="an_escalation_step_has_its_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sms", True), ("email", True), _connector="OR"),
                        name="an_escalation_step_is_heard",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FactorReplacement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="factor_replacement",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("user", models.F("asked_by")), _negated=True),
                        name="nobody_asks_for_the_own_replacement",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "token",
                    geoapp.crypto.fields.EncryptedTextField(default=secrets.token_urlsafe, indexed=True, max_length=43),
                ),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "address",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True,
                        help_text="Of a push message: the browser's, once it has agreed",
                        indexed=True,
                        max_length=500,
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                ("reach", django.contrib.gis.db.models.fields.PolygonField(help_text="A circle", null=True, srid=4326)),
                ("radius_m", models.PositiveIntegerField(null=True)),
                (
                    "place_name",
                    models.CharField(blank=True, help_text="What the middle of the circle is called", max_length=200),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("until", models.DateTimeField(help_text="When it ends by itself")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(help_text="When something was told last", null=True)),
                (
                    "tell_at",
                    models.DateTimeField(help_text="When what waits is to be told; empty: nothing waits", null=True),
                ),
                (
                    "area",
                    models.ForeignKey(
                        help_text="As it was drawn when it was chosen",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "browser",
                    models.ForeignKey(
                        help_text="In which it is listed",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="follows",
                        to="incidents.browser",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to="incidents.incident",
                    ),
                ),
                (
                    "categories",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups that count in a ward or a circle; none: all",
                        related_name="+",
                        to="incidents.category",
                    ),
                ),
            ],
            options={
                "verbose_name": "followed place or incident",
                "indexes": [
                    models.Index(
                        condition=models.Q(("tell_at__isnull", False)), fields=["tell_at"], name="follows_to_tell"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        geoapp.crypto.fields.BlindIndex("token"), name="a_link_leads_to_one_follow"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("area", None), ("incident__isnull", False), ("reach", None)),
                            models.Q(("area__isnull", False), ("incident", None), ("reach", None)),
                            models.Q(
                                ("area", None),
                                ("incident", None),
                                ("radius_m__isnull", False),
                                ("reach__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="one_thing_is_followed",
                    ),
                ],
            },
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
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("follow", "line"), name="an_announcement_waits_once_for_a_follower")
                ],
            },
        ),
        migrations.CreateModel(
            name="FollowedEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.BigIntegerField(help_text="The key of the line; a history outlives who follows it")),
                (
                    "follow",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="waiting", to="incidents.follow"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("follow", "event"), name="a_line_waits_once_for_a_follower")
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("group", models.CharField(help_text="As the provider names it", max_length=200, verbose_name="group")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("officer", "officer"),
                            ("dispatcher", "dispatcher"),
                            ("leader", "leader"),
                            ("supervisor", "supervisor"),
                            ("operator", "hotline operator"),
                            ("control", "control room"),
                            ("technician", "camera technician"),
                            ("gis", "GIS officer"),
                            ("privacy", "data protection officer"),
                            ("admin", "administrator"),
                        ],
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only what is in it",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only this field",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "post of a group",
                "verbose_name_plural": "posts of groups",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "authority", "role", "area", "category"),
                        name="a_group_gives_a_post_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IncidentWords",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="incidents.incident",
                    ),
                ),
                ("text", models.TextField()),
                (
                    "changed_in",
                    models.BigIntegerField(
                        db_default=incidents.models.aggregates.TransactionNumber(),
                        help_text="The transaction that wrote it; 0: one before this was kept",
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("text", name="gin_trgm_ops"), name="incidents_by_words"
                    ),
                    models.Index(
                        condition=models.Q(("changed_in__gt", 0)), fields=["changed_in"], name="words_by_change"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Extension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("reason", models.TextField()),
                ("was_due_at", models.DateTimeField()),
                ("until", models.DateTimeField(help_text="The due date that is asked for")),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("granted", models.BooleanField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: a unit outside, by its link",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="extensions", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [models.Index(fields=["asked_at"], name="more_time_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("granted", None)),
                        fields=("incident",),
                        name="one_extension_is_asked_for_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("granted", None)),
                            models.Q(("decided_at__isnull", False), ("granted__isnull", False)),
                            _connector="OR",
                        ),
                        name="who_decides_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", None),
                            models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="nobody_grants_oneself_more_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("was_due_at"))), name="more_time_is_more"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("share", models.FloatField(help_text="0 … 1")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="gis_data.area"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="area_shares", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["-share", "area__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "area"), name="an_area_has_one_share_of_an_incident"),
                    models.CheckConstraint(
                        condition=models.Q(("share__gt", 0), ("share__lte", 1)), name="a_share_is_a_part_of_one"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptEnquiry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "browser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_enquiries",
                        to="incidents.browser",
                    ),
                ),
                (
                    "enquiry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="kept_in", to="incidents.enquiry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("browser", "enquiry"), name="a_browser_keeps_an_enquiry_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("system", models.CharField(max_length=80)),
                ("organisation", models.CharField(blank=True, max_length=120)),
                ("purpose", models.TextField(max_length=1000)),
                (
                    "email",
                    geoapp.crypto.fields.EncryptedEmailField(
                        blank=True, help_text="Contact data of who asks; empty: erased", max_length=254
                    ),
                ),
                ("language", models.CharField(max_length=5)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "confirmed_at",
                    models.DateTimeField(blank=True, help_text="When the address was confirmed", null=True),
                ),
                ("agreed", models.BooleanField(help_text="None: nobody has decided", null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("why", models.CharField(blank=True, help_text="What who asked is told of a refusal", max_length=300)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "key",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="request",
                        to="incidents.apikey",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-asked_at"], name="key_requests_newest_first")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed", None), ("decided_at", None)),
                            models.Q(
                                ("agreed__isnull", False),
                                ("confirmed_at__isnull", False),
                                ("decided_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_key_is_given_to_confirmed_addresses",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="KeyUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("calls", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="incidents.apikey"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("key", "day"), name="a_key_has_one_count_of_a_day")],
            },
        ),
        migrations.CreateModel(
            name="LearnedCategories",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("learned_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "reports",
                    models.PositiveIntegerField(help_text="From which it was learned, besides the pack's words"),
                ),
                ("measured", models.PositiveIntegerField(help_text="Texts that measured it")),
                (
                    "right_by_lexicon",
                    models.PositiveIntegerField(help_text="Of those, first suggestion right by the lexicon"),
                ),
                (
                    "right_by_model",
                    models.PositiveIntegerField(help_text="Of those, first suggestion right with the model"),
                ),
                ("model", models.BinaryField(help_text="A file of NumPy (NPZ)")),
            ],
            options={
                "verbose_name_plural": "learned categories",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("right_by_lexicon__lte", models.F("measured")),
                            ("right_by_model__lte", models.F("measured")),
                        ),
                        name="no_more_are_right_than_measured",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("officer", "officer"),
                            ("dispatcher", "dispatcher"),
                            ("leader", "leader"),
                            ("supervisor", "supervisor"),
                            ("operator", "hotline operator"),
                            ("control", "control room"),
                            ("technician", "camera technician"),
                            ("gis", "GIS officer"),
                            ("privacy", "data protection officer"),
                            ("admin", "administrator"),
                        ],
                        max_length=12,
                        verbose_name="role",
                    ),
                ),
                ("starts", models.DateField(blank=True, null=True, verbose_name="first day")),
                ("ends", models.DateField(blank=True, help_text="The last day", null=True, verbose_name="last day")),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only what is in it",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="Only this field",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("group", models.CharField(blank=True, editable=False, max_length=200, verbose_name="group")),
                ("waiting", models.BooleanField(default=False, editable=False, verbose_name="waiting for approval")),
            ],
            options={
                "verbose_name": "post",
                "verbose_name_plural": "posts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "authority", "role", "area", "category"),
                        name="a_post_is_held_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("starts", None), ("ends", None), ("starts__lte", models.F("ends")), _connector="OR"
                        ),
                        name="a_post_ends_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Directive",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.TextField()),
                ("until", models.DateTimeField()),
                ("given_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                ("report", models.TextField(blank=True)),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, help_text="When the leader took the report", null=True),
                ),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="directives", to="incidents.authority"
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.membership",
                    ),
                ),
                ("incidents", models.ManyToManyField(blank=True, related_name="directives", to="incidents.incident")),
            ],
            options={
                "ordering": ["until", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at", None)), fields=["to", "until"], name="directives_of_a_unit"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("report", ""), ("reported_at", None)),
                            models.Q(("reported_at__isnull", False), models.Q(("report", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_report_has_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__gt", models.F("given_at"))), name="a_directive_leaves_time"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(help_text="The day on which it is told")),
                ("counts", models.JSONField(help_text="received, in_time, late, waiting … and the week before")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="digests", to="incidents.membership"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("week", "post"), name="one_digest_a_week")],
            },
        ),
        migrations.CreateModel(
            name="Mention",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="mentions", to="incidents.event"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mentions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "user"), name="one_is_mentioned_once_in_a_note")
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "was",
                    models.JSONField(
                        help_text="What the incident was, and is again: state, published, waiting_since, photos"
                    ),
                ),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: by rule",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="incidents.incident"
                    ),
                ),
                (
                    "into",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gathered", to="incidents.incident"
                    ),
                ),
                (
                    "stands",
                    models.ForeignKey(
                        help_text="As `into`, or what stands for that",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "undone_by",
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
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("incident",),
                        name="an_incident_is_merged_once_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("incident", models.F("into")), _negated=True),
                        name="nothing_is_merged_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(help_text="resolved, reminder, digest …", max_length=40, verbose_name="key")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                        verbose_name="medium",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        choices=[("vi", "Tiếng Việt"), ("en", "English")], max_length=5, verbose_name="language"
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                ("text", models.TextField(verbose_name="text")),
                (
                    "provider_key",
                    models.CharField(
                        blank=True,
                        help_text="Its number at the SMS provider",
                        max_length=60,
                        verbose_name="number at the provider",
                    ),
                ),
            ],
            options={
                "verbose_name": "text of messages",
                "verbose_name_plural": "texts of messages",
                "ordering": ["key", "medium", "language"],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "medium", "language"), name="a_text_stands_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorPhone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "extension",
                    models.CharField(help_text="As the telephone system names it", max_length=40, unique=True),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                        verbose_name="medium",
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="moment")),
                (
                    "address",
                    geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=500, verbose_name="address"),
                ),
            ],
            options={
                "verbose_name": "address without messages",
                "verbose_name_plural": "addresses without messages",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("medium"), geoapp.crypto.fields.BlindIndex("address"), name="one_opts_out_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PartnerUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("update_id", models.CharField(help_text="As that system calls it", max_length=100)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.event",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.incident"
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of a system of no unit, which passes on what somebody wrote there",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.apikey",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("authority", "update_id"), name="a_unit_says_a_thing_once"),
                    models.UniqueConstraint(fields=("key", "update_id"), name="a_system_says_a_thing_once"),
                    models.CheckConstraint(
                        condition=models.Q(("authority", None), ("key", None), _connector="XOR"),
                        name="an_update_is_of_a_unit_or_of_a_system",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Placement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.edition",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placements",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "edition"), name="one_place_in_an_edition")
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position in the list")),
                (
                    "datatype",
                    models.CharField(
                        choices=[
                            ("string", "a line"),
                            ("text", "several lines"),
                            ("number", "a number"),
                            ("datetime", "a date and time"),
                            ("singlevaluelist", "one of several"),
                            ("multivaluelist", "some of several"),
                            ("note", "shown, not asked"),
                        ],
                        max_length=20,
                        verbose_name="kind of answer",
                    ),
                ),
                (
                    "required",
                    models.BooleanField(
                        default=False, help_text="On forms, and for other systems", verbose_name="answer required"
                    ),
                ),
                (
                    "personal",
                    models.BooleanField(
                        default=False,
                        help_text="Its answers are only shown together with the contact details",
                        verbose_name="personal",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="text")),
                ("text_en", models.CharField(blank=True, max_length=200, verbose_name="text in English")),
                ("hint", models.CharField(blank=True, max_length=200, verbose_name="hint")),
                ("hint_en", models.CharField(blank=True, max_length=200, verbose_name="hint in English")),
                (
                    "choices",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text='[{"key": "deep", "vi": "…", "en": "…"}]',
                        verbose_name="choices",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("category", "code"), name="a_question_of_a_category_is_asked_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("datatype", "note"), _negated=True), ("required", False), _connector="OR"
                        ),
                        name="no_note_wants_an_answer",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(help_text="The telephone system, as its hook's address names it", max_length=40),
                ),
                ("call_id", models.CharField(max_length=100)),
                (
                    "url",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Where it lies there, until it is fetched", max_length=2000
                    ),
                ),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="SHA-256 of the file as the system told it, in hex", max_length=64
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "to be fetched"),
                            ("kept", "saved"),
                            ("refused", "cannot be saved"),
                            ("deleted", "deleted"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("told_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("fetched_at", models.DateTimeField(blank=True, null=True)),
                ("fault", models.CharField(blank=True, help_text="Why it cannot be kept", max_length=200)),
                ("file", models.FileField(blank=True, upload_to="recordings/%Y/%m/")),
                (
                    "kind",
                    models.CharField(
                        blank=True, help_text="Of the file: audio/wav …, as its first bytes say", max_length=20
                    ),
                ),
                ("size", models.PositiveIntegerField(default=0, help_text="Bytes of the file")),
                (
                    "seconds",
                    models.PositiveIntegerField(blank=True, help_text="As the telephone system told", null=True),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "deleted"), _negated=True),
                        fields=["told_at"],
                        name="recordings_by_age",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("source", "call_id"), name="a_call_has_one_recording"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("fetched_at__isnull", False),
                                ("state", "kept"),
                                ("url", ""),
                                models.Q(("file", ""), _negated=True),
                                models.Q(("kind", ""), _negated=True),
                            ),
                            models.Q(models.Q(("state", "kept"), _negated=True), ("file", "")),
                            _connector="OR",
                        ),
                        name="a_kept_recording_has_its_file",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sha256", models.CharField(max_length=64)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("user", "sha256"), name="a_recovery_code_is_kept_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Reform",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "day",
                    models.DateField(
                        help_text="The first day on which the new edition is in force", verbose_name="day"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "planned"),
                            ("enacted", "in force"),
                            ("taken_back", "revoked"),
                            ("dropped", "cancelled before its day"),
                        ],
                        default="planned",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        blank=True, help_text="Who set the day: a user name", max_length=150, verbose_name="done by"
                    ),
                ),
                ("planned_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="planned at")),
                ("enacted_at", models.DateTimeField(blank=True, null=True, verbose_name="enacted at")),
                ("taken_back_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked at")),
                (
                    "counts",
                    models.JSONField(
                        blank=True, default=dict, help_text="What it moved, and what stayed", verbose_name="counts"
                    ),
                ),
                ("ledger", models.JSONField(blank=True, default=dict)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reforms",
                        to="gis_data.edition",
                        verbose_name="edition",
                    ),
                ),
                (
                    "ends",
                    models.ManyToManyField(
                        help_text="The editions that end on that day",
                        related_name="ended_by",
                        to="gis_data.edition",
                        verbose_name="ends",
                    ),
                ),
            ],
            options={
                "verbose_name": "change of boundaries",
                "verbose_name_plural": "changes of boundaries",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["planned", "enacted"])),
                        fields=("edition",),
                        name="an_edition_has_one_reform",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enacted_at", None), ("state__in", ["planned", "dropped"])),
                            models.Q(("enacted_at__isnull", False), ("state__in", ["enacted", "taken_back"])),
                            _connector="OR",
                        ),
                        name="enacted_at_says_when_it_was_enacted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reassignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "old_state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("assigned", "Assigned"),
                            ("passed_on", "Passed on outside the system"),
                            ("accepted", "Accepted"),
                            ("working", "In progress"),
                            ("extension", "Extension requested"),
                            ("waiting", "Waiting for reporter"),
                            ("disputed", "Disputed"),
                            ("resolved", "Resolved"),
                            ("closed", "Closed"),
                            ("rejected", "Not accepted"),
                            ("merged", "Merged into another"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reassignments",
                        to="incidents.incident",
                    ),
                ),
                (
                    "new_area",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "new_authority",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "old_area",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "old_authority",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "reform",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reassignments",
                        to="incidents.reform",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("reform", "incident"), name="a_reform_moves_an_incident_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Progress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("step", models.CharField(max_length=30)),
                ("done", models.PositiveIntegerField(default=0)),
                ("of", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("fault", models.TextField(blank=True, help_text="Why it stopped, if it did")),
                (
                    "reform",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="progress", to="incidents.reform"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deadline", models.DateTimeField()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "told",
                    models.BooleanField(
                        default=True, help_text="False: passed over, for a later step was reached meanwhile"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="incidents.incident"
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.escalationstep"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("incident", "step", "deadline"), name="an_escalation_step_is_reached_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "Web"),
                            ("phone", "Phone"),
                            ("open311", "Open311"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "Chat on our pages"),
                            ("email", "E-mail"),
                            ("camera", "Camera"),
                            ("api", "Another system"),
                            ("voice", "Callbot"),
                            ("officer", "Officer"),
                        ],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("text", models.TextField(blank=True)),
                (
                    "public_text",
                    models.TextField(
                        blank=True,
                        db_default="",
                        help_text="What others than the unit may read of it: without contacts, or covered",
                    ),
                ),
                ("place", django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4326)),
                (
                    "address",
                    models.CharField(
                        blank=True, db_default="", help_text="Where it is, in the reporter's own words", max_length=200
                    ),
                ),
                ("accuracy_m", models.FloatField(blank=True, null=True, verbose_name="accuracy in metres")),
                ("language", models.CharField(default="vi", max_length=5, verbose_name="language")),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="received at")),
                (
                    "erased_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="When the personal data was erased",
                        null=True,
                        verbose_name="erased at",
                    ),
                ),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=incidents.models.catalogue.Plain("text"),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="incidents.incident",
                        verbose_name="incident",
                    ),
                ),
                ("email_confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "notice_version",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Of what is said about personal data, as the sender read and agreed to it",
                        max_length=10,
                    ),
                ),
                ("phone_confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("email", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "token",
                    geoapp.crypto.fields.EncryptedTextField(
                        default=secrets.token_urlsafe,
                        help_text="The private link to follow it",
                        index_chars=14,
                        indexed=True,
                        max_length=43,
                    ),
                ),
                (
                    "chat",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True,
                        db_column="zalo",
                        db_default="",
                        help_text="Where the sender chats with the city, as Correspondent.user: contact data",
                        indexed=True,
                        max_length=40,
                        sealed_as="incidents.report.zalo",
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, help_text="When its sender took it back", null=True)),
                (
                    "answers",
                    geoapp.crypto.fields.EncryptedListField(
                        blank=True, db_default=[], default=list, help_text="Those to the questions of its category"
                    ),
                ),
            ],
            options={
                "verbose_name": "report of a citizen",
                "verbose_name_plural": "reports of citizens",
                "indexes": [
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("phone"),
                        condition=models.Q(("phone", ""), _negated=True),
                        name="reports_by_phone",
                    ),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("email"),
                        condition=models.Q(("email", ""), _negated=True),
                        name="reports_by_email",
                    ),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("chat"),
                        condition=models.Q(("chat", ""), _negated=True),
                        name="reports_by_zalo",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        geoapp.crypto.fields.BlindIndex("token"),
                        condition=models.Q(("token", ""), _negated=True),
                        name="a_link_leads_to_one_report",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("step", models.CharField(blank=True, help_text="What was asked last", max_length=10)),
                (
                    "choices",
                    models.JSONField(
                        blank=True, default=list, help_text='[["#kind RD.01", "Pothole"], …]: of that question'
                    ),
                ),
                (
                    "offered",
                    models.JSONField(
                        blank=True, default=list, help_text="All choices so far: an earlier button still works"
                    ),
                ),
                ("text", models.TextField(blank=True)),
                ("place", django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326)),
                ("accuracy_m", models.FloatField(blank=True, null=True)),
                (
                    "where",
                    models.CharField(blank=True, help_text="The place in the writer's own words", max_length=200),
                ),
                (
                    "ward",
                    models.CharField(blank=True, help_text="The code of the ward, if it was named", max_length=40),
                ),
                ("apart", models.BooleanField(default=False, help_text="It is none of those close by")),
                ("begun_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField()),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.category",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.category",
                    ),
                ),
                (
                    "writer",
                    models.OneToOneField(
                        db_column="follower_id",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draft",
                        to="incidents.correspondent",
                    ),
                ),
                (
                    "join",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "about",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.report",
                    ),
                ),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "network",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, db_default="", help_text="From where it was written on our own pages", max_length=60
                    ),
                ),
                (
                    "answers",
                    geoapp.crypto.fields.EncryptedListField(
                        blank=True,
                        db_default=[],
                        default=list,
                        help_text='[["pole", ["A12"]], …]: code of the question, values',
                    ),
                ),
                (
                    "of_street",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="It is a matter of the street, whatever its words read like",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="drafts_by_end")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("begun_at"))), name="a_draft_lives_for_a_while"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accuracy_m", None),
                            models.Q(("accuracy_m__gte", 0), ("place__isnull", False)),
                            _connector="OR",
                        ),
                        name="only_a_place_is_inexact",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("join", None), ("apart", False), _connector="OR"),
                        name="a_draft_joins_or_stands_apart",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DraftPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("large", models.BinaryField()),
                ("small", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="incidents.draft"
                    ),
                ),
                ("seconds", models.FloatField(db_default=0, default=0)),
                ("video", models.BinaryField(db_default=models.Value(b"", models.BinaryField()), default=b"")),
            ],
            options={
                "ordering": ["pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HeldReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("reasons", models.JSONField(default=list, help_text="Values of Reason")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "being checked"), ("through", "released"), ("refused", "refused")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("held_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "network",
                    models.CharField(blank=True, help_text="The sender's, until the report is erased", max_length=45),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("web", "Web"),
                            ("phone", "Phone"),
                            ("open311", "Open311"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "Chat on our pages"),
                            ("email", "E-mail"),
                            ("camera", "Camera"),
                            ("api", "Another system"),
                            ("voice", "Callbot"),
                            ("officer", "Officer"),
                        ],
                        max_length=10,
                    ),
                ),
                ("place", django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ("accuracy_m", models.FloatField(blank=True, null=True)),
                ("ward_named", models.BooleanField(default=False)),
                ("address", models.CharField(blank=True, max_length=200, null=True)),
                ("text", models.TextField(blank=True)),
                ("language", models.CharField(default="vi", max_length=5)),
                ("pictures_public", models.BooleanField(default=True)),
                ("notice_version", models.CharField(blank=True, max_length=10)),
                ("phone_confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("email_confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("refusal", models.CharField(blank=True, help_text="Why, as the sender reads it", max_length=500)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        help_text="In which it lay when it came in",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.category"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "join",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.apikey",
                    ),
                ),
                (
                    "report",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held",
                        to="incidents.report",
                    ),
                ),
                ("email", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "token",
                    geoapp.crypto.fields.EncryptedTextField(
                        default=secrets.token_urlsafe, index_chars=14, indexed=True, max_length=43
                    ),
                ),
                (
                    "chat",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, db_column="zalo", indexed=True, max_length=40, sealed_as="incidents.heldreport.zalo"
                    ),
                ),
                ("answers", geoapp.crypto.fields.EncryptedListField(blank=True, db_default=[], default=list)),
                (
                    "media_urls",
                    geoapp.crypto.fields.EncryptedListField(
                        blank=True, db_default=[], default=list, help_text="Where photos of it lie"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["held_at"], name="reports_to_look_at"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "waiting")),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="what_is_decided_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("refusal", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_refusal_says_why",
                    ),
                    models.UniqueConstraint(
                        geoapp.crypto.fields.BlindIndex("token"), name="a_link_leads_to_one_held_report"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HeldPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("picture", models.FileField(upload_to="held/%Y/%m/")),
                ("small", models.FileField(upload_to="held/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                (
                    "held",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="incidents.heldreport"
                    ),
                ),
                ("seconds", models.FloatField(db_default=0, default=0)),
                ("video", models.FileField(blank=True, db_default="", upload_to="held/%Y/%m/")),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("address", "network"),
                            ("phone", "phone number"),
                            ("email", "e-mail address"),
                            ("zalo", "chat account"),
                            ("key", "key of another system"),
                        ],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(help_text="Of the address: see `blocking.digests_of`", max_length=64)),
                ("hint", models.CharField(help_text="So much of the address that it is known again", max_length=60)),
                ("reason", models.CharField(help_text="As the sender reads it", max_length=500)),
                ("starts", models.DateTimeField(default=django.utils.timezone.now)),
                ("ends", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="blocks",
                        to="incidents.heldreport",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["digest", "ends"], name="blocks_by_sender")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))), name="a_block_ends_after_it_starts"
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="a_block_says_why"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cause",
                    models.CharField(
                        default="",
                        help_text="event:123, reminder:55, digest:2026-11-27:8 …",
                        max_length=120,
                        verbose_name="cause",
                    ),
                ),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        default="email",
                        max_length=10,
                        verbose_name="medium",
                    ),
                ),
                (
                    "template",
                    models.CharField(
                        blank=True, help_text="The key of its text", max_length=40, verbose_name="text used"
                    ),
                ),
                (
                    "choices",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value([], models.JSONField()),
                        default=list,
                        help_text='[["#kind RD.01", "Pothole"], …]: buttons that a chat shows with it',
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("urgent", models.BooleanField(default=False, help_text="Goes out in quiet hours, too")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("unsure", "passed on, no answer yet"),
                            ("sent", "accepted by the gateway"),
                            ("delivered", "delivered"),
                            ("failed", "failed"),
                            ("dropped", "not sent"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made at")),
                (
                    "send_after",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="to be sent after"),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("fault", models.TextField(blank=True, help_text="What the gateway said last")),
                ("provider_id", models.CharField(blank=True, db_index=True, max_length=100)),
                (
                    "segments",
                    models.PositiveSmallIntegerField(default=0, help_text="Parts of an SMS", verbose_name="parts"),
                ),
                (
                    "cost",
                    models.PositiveIntegerField(
                        default=0, help_text="In the currency's smallest unit", verbose_name="cost"
                    ),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent at")),
                ("delivered_at", models.DateTimeField(blank=True, null=True, verbose_name="delivered at")),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="incidents.event",
                        verbose_name="line of the history",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices",
                        to="incidents.report",
                    ),
                ),
                (
                    "mentioned",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20),
                        blank=True,
                        db_default=models.Value(
                            [], django.contrib.postgres.fields.ArrayField(base_field=models.CharField(), size=None)
                        ),
                        default=list,
                        help_text="References of incidents that the text names: by them it is found",
                        size=None,
                    ),
                ),
                ("address", geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=500)),
                ("text", geoapp.crypto.fields.EncryptedTextField(help_text="With the links that stand in it")),
                (
                    "values",
                    geoapp.crypto.fields.EncryptedListField(
                        blank=True,
                        default=list,
                        help_text="What stands in the text's places, in their order; links among them",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Who wrote it, where a person answers in a chat",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "unsure"])),
                        fields=["send_after"],
                        name="notices_to_send",
                    ),
                    models.Index(fields=["medium", "sent_at"], name="notices_sent"),
                    models.Index(
                        condition=models.Q(("state", "failed")), fields=["-made_at"], name="notices_that_failed"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("cause"),
                        models.F("medium"),
                        geoapp.crypto.fields.BlindIndex("address"),
                        name="nobody_hears_of_a_cause_twice",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["sent", "delivered"]), _negated=True),
                            ("sent_at__isnull", False),
                            _connector="OR",
                        ),
                        name="what_is_sent_says_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=20)),
                ("provider_id", models.CharField(max_length=100)),
                (
                    "part",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="From 1; 0: all of it, or nobody knows which"
                    ),
                ),
                ("whole", models.BooleanField(default=True, help_text="Speaks of all of the message")),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[("sent", "on its way"), ("failed", "failed"), ("delivered", "delivered")],
                        max_length=10,
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("settled", models.BooleanField(default=False, help_text="Its notice says the same")),
                (
                    "notice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="receipts",
                        to="incidents.notice",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("settled", False)), fields=["at"], name="receipts_to_settle")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "provider_id"), name="a_message_has_one_receipt")
                ],
            },
        ),
        migrations.CreateModel(
            name="RemotePhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", geoapp.crypto.fields.EncryptedTextField(max_length=2000)),
                ("public", models.BooleanField(default=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.report"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stars", models.PositiveSmallIntegerField()),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "result",
                    models.ForeignKey(
                        help_text="The line that told the result",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="incidents.event",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ratings", to="incidents.report"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="ratings_by_day")],
                "constraints": [
                    models.UniqueConstraint(fields=("report", "result"), name="a_result_is_rated_once"),
                    models.CheckConstraint(
                        condition=models.Q(("stars__gte", 1), ("stars__lte", 5)), name="one_to_five_stars"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PushSubscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browsers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="browsers",
                        to="incidents.report",
                    ),
                ),
                ("auth", geoapp.crypto.fields.EncryptedTextField(max_length=50)),
                ("endpoint", geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=500)),
                ("p256dh", geoapp.crypto.fields.EncryptedTextField(max_length=100)),
                (
                    "follows",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Somebody follows by it, be it a reporter's, too, or not",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        geoapp.crypto.fields.BlindIndex("endpoint"), name="a_browser_subscribes_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("person", None), ("report__isnull", False)),
                            models.Q(("person__isnull", False), ("report", None)),
                            models.Q(("follows", True), ("person", None), ("report", None)),
                            _connector="OR",
                        ),
                        name="a_browser_is_somebodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("picture", models.FileField(upload_to="photos/%Y/%m/")),
                ("small", models.FileField(upload_to="photos/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("public", models.BooleanField(default=True, verbose_name="public")),
                ("original", models.FileField(blank=True, upload_to="photos/%Y/%m/")),
                (
                    "covers",
                    models.JSONField(blank=True, default=list, help_text="[[x, y, width, height]] as parts of one"),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="incidents.event",
                        verbose_name="line of the history",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="incidents.incident",
                        verbose_name="incident",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="photos",
                        to="incidents.report",
                        verbose_name="report",
                    ),
                ),
                (
                    "found",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        help_text="What the models found: {kind: how many}, and under “tools” what found it",
                    ),
                ),
                (
                    "held_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_model", "no software that finds faces and number plates is installed"),
                            ("unread", "the software that finds faces and number plates could not check it"),
                        ],
                        db_default="",
                        max_length=10,
                        verbose_name="why it is held",
                    ),
                ),
                (
                    "masking",
                    models.CharField(
                        choices=[
                            ("due", "faces and number plates are being covered"),
                            ("held", "a person has to check it first"),
                            ("done", "checked"),
                        ],
                        db_default="done",
                        default="done",
                        help_text="Whether faces and number plates are covered: before that only the desk can see it",
                        max_length=4,
                        verbose_name="faces and number plates",
                    ),
                ),
                ("seconds", models.FloatField(db_default=0, default=0)),
                ("video", models.FileField(blank=True, db_default="", upload_to="photos/%Y/%m/")),
                ("video_public", models.BooleanField(db_default=False, default=False)),
            ],
            options={
                "verbose_name": "photo",
                "verbose_name_plural": "photos",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("masking", "done"), _negated=True),
                        fields=["masking"],
                        name="photos_to_look_at",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("report__isnull", False), ("event__isnull", False), _connector="OR"),
                        name="a_photo_has_a_giver",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("masking", "held"), models.Q(("held_reason", ""), _negated=True)),
                            models.Q(models.Q(("masking", "held"), _negated=True), ("held_reason", "")),
                            _connector="OR",
                        ),
                        name="a_held_photo_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("video_public", False),
                            models.Q(models.Q(("video", ""), _negated=True), ("covers", [])),
                            _connector="OR",
                        ),
                        name="what_is_covered_shows_no_video",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("sent", "sent from there"),
                            ("kept", "saved by its link"),
                            ("me_too", "“me too” with one tap"),
                        ],
                        max_length=6,
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "read_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="Until when what the city wrote was read in it"
                    ),
                ),
                (
                    "browser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="kept", to="incidents.browser"
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_in",
                        to="incidents.heldreport",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_in",
                        to="incidents.report",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("browser", "report"), name="a_browser_keeps_a_report_once"),
                    models.UniqueConstraint(fields=("browser", "held"), name="a_browser_keeps_a_held_report_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("held", None), ("report__isnull", False)),
                            models.Q(("held__isnull", False), ("report", None)),
                            _connector="OR",
                        ),
                        name="what_is_kept_is_one_report",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("read_at__gte", models.F("since"))), name="it_is_read_after_it_is_kept"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                    ),
                ),
                ("digest", models.CharField(help_text="Of the code and the report, with SECRET_KEY", max_length=64)),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("denied_at", models.DateTimeField(blank=True, help_text="“It was not me”", null=True)),
                ("notice_version", models.CharField(db_default=models.Value(""), default="", max_length=10)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="confirmations", to="incidents.report"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["report", "medium", "-sent_at"], name="codes_of_a_report")],
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="The telephone system; empty: the hotline itself", max_length=40
                    ),
                ),
                ("call_id", models.CharField(blank=True, help_text="Of the call there", max_length=100)),
                (
                    "phone",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Empty: the caller hid it", indexed=True, max_length=20
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "words",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="What was said, as far as it was understood"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("unclear", "not understood"),
                            ("silent", "said nothing"),
                            ("person", "wants to speak to a person"),
                            ("cut", "the call ended early"),
                            ("fault", "the telephone system failed"),
                            ("promised", "promised by the hotline"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "urgent",
                    models.BooleanField(default=False, help_text="The words say that somebody may be in danger"),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(help_text="By when the person is called back")),
                ("tries", models.PositiveSmallIntegerField(default=0, help_text="How often nobody answered")),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("reported", "a report was created"),
                            ("answered", "answered"),
                            ("unreached", "nobody could be reached"),
                            ("nothing", "nothing to do"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "note",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="What came of it, in the words of who called"
                    ),
                ),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recording",
                    models.OneToOneField(
                        blank=True,
                        help_text="Of that call",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_back",
                        to="incidents.recording",
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="incidents.report",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)), fields=["-urgent", "due_at"], name="call_backs_that_wait"
                    ),
                    models.Index(
                        condition=models.Q(("done_at", None), _negated=True),
                        fields=["done_by", "done_at"],
                        name="call_backs_of_a_person",
                    ),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("phone"),
                        condition=models.Q(("phone", ""), _negated=True),
                        name="call_backs_by_phone",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("call_id", ""), _negated=True),
                        fields=("source", "call_id"),
                        name="a_call_is_called_back_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("taken_at", None), ("taken_by", None)),
                            models.Q(("taken_at__isnull", False), ("taken_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="who_takes_a_call_back_says_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("done_at", None), ("done_by", None), ("outcome", "")),
                            models.Q(
                                ("done_at__isnull", False),
                                ("outcome__in", ["reported", "answered", "unreached", "nothing"]),
                            ),
                            _connector="OR",
                        ),
                        name="a_call_back_that_is_done_says_what_came",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "reported"), _negated=True), ("report__isnull", False), _connector="OR"
                        ),
                        name="what_was_reported_has_its_report",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at", None),
                            models.Q(("done_at__isnull", False), ("note", ""), ("phone", ""), ("words", "")),
                            _connector="OR",
                        ),
                        name="an_erased_call_back_says_nothing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "rang",
                    models.BooleanField(
                        default=False, help_text="The telephone system told the number: nobody typed it"
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                ("text", geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="What the caller says")),
                ("where", models.CharField(blank=True, help_text="Where, in the caller's words", max_length=200)),
                (
                    "spot",
                    models.CharField(blank=True, help_text="The place, as spots.parse_spot reads it", max_length=60),
                ),
                ("spot_title", models.CharField(blank=True, max_length=200)),
                (
                    "join",
                    models.CharField(
                        blank=True, help_text="The reference of the incident it is, or new", max_length=20
                    ),
                ),
                (
                    "danger",
                    models.CharField(
                        choices=[("none", "No"), ("danger", "There is danger"), ("hurt", "Somebody is hurt")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "saves",
                    models.PositiveIntegerField(
                        default=0, help_text="How often it was saved: a page that saw fewer is stale"
                    ),
                ),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("new", "new incident"),
                            ("joined", "merged"),
                            ("told", "status given"),
                            ("complaint", "objection to a result"),
                            ("enquiry", "question, thanks or complaint"),
                            ("passed_on", "transferred"),
                            ("nothing", "nothing recorded"),
                        ],
                        max_length=10,
                    ),
                ),
                ("handed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "handed_note",
                    models.CharField(blank=True, help_text="What whoever handed it over says of it", max_length=200),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.category",
                    ),
                ),
                (
                    "call_back",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="calls",
                        to="incidents.callback",
                    ),
                ),
                (
                    "handed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.report",
                    ),
                ),
                (
                    "answers",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True,
                        db_default="",
                        help_text="JSON: what was answered, by the codes of the questions of the kind",
                    ),
                ),
                (
                    "enquiry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.enquiry",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["operator", "-began_at"], name="calls_of_an_operator"),
                    models.Index(condition=models.Q(("ended_at", None)), fields=["operator"], name="calls_under_way"),
                    models.Index(fields=["ended_at"], name="calls_by_end"),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("phone"),
                        condition=models.Q(("phone", ""), _negated=True),
                        name="calls_by_phone",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("outcome", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_call_that_ended_had_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                        ),
                        name="a_call_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AddressCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "medium",
                    models.CharField(
                        choices=[
                            ("email", "e-mail"),
                            ("sms", "SMS"),
                            ("zalo", "Zalo"),
                            ("messenger", "Messenger"),
                            ("webchat", "chat on our pages"),
                            ("push", "push message"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address", geoapp.crypto.fields.EncryptedTextField(indexed=True, max_length=254)),
                (
                    "reference",
                    models.CharField(
                        blank=True, help_text="Of the one report that is looked for, if any", max_length=20
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "digest",
                    models.CharField(blank=True, help_text="Of the code; empty where none was sent", max_length=64),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "until",
                    models.DateTimeField(
                        help_text="Until when it opens reports; empty before it was entered", null=True
                    ),
                ),
                (
                    "browser",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="incidents.browser"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        help_text="Opened, though its address was not confirmed",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.report",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["browser", "-asked_at"], name="codes_of_a_browser")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until", None), ("until__gt", models.F("asked_at")), _connector="OR"),
                        name="an_address_opens_later",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until", None), models.Q(("digest", ""), _negated=True), _connector="OR"),
                        name="an_address_is_proven_by_a_code",
                    ),
                    models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="a_code_has_few_tries"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "merge",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: it was taken out",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="incidents.merge",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.incident"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="incidents.report"
                    ),
                ),
                (
                    "target",
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
            name="RoutingRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        help_text="One plain sentence, shown to the citizen", max_length=200, verbose_name="reason"
                    ),
                ),
                ("reason_en", models.CharField(blank=True, max_length=200, verbose_name="reason in English")),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="gis_data.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("category", "area"), name="one_rule_for_a_category_in_an_area", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "evidence",
                    models.JSONField(default=dict, help_text="The corrections, and what past reports would have got"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("proposed", "proposed"), ("accepted", "accepted"), ("dismissed", "dismissed")],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.authority"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.category"
                    ),
                ),
                (
                    "decided_by",
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
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "proposed")),
                        fields=("category", "area"),
                        name="one_proposal_for_a_category_in_an_area",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by", None), ("state", "proposed")),
                            models.Q(
                                models.Q(("state", "proposed"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="a_person_decides_on_a_proposal",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=500)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="filters", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("user", "name"), name="a_filter_has_its_name")],
            },
        ),
        migrations.CreateModel(
            name="SecondFactor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("passkey", "passkey"), ("app", "code from an app")], max_length=8)),
                ("name", models.CharField(max_length=60)),
                ("secret", geoapp.crypto.fields.LockedField(blank=True, help_text="Of an app")),
                ("credential", models.BinaryField(max_length=1023, null=True, unique=True)),
                ("credential_data", models.BinaryField(null=True)),
                ("counter", models.BigIntegerField(default=0)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="factors", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["added_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "app")), fields=("user",), name="a_person_has_one_app"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credential", None), ("kind", "app"), models.Q(("secret", ""), _negated=True)),
                            models.Q(
                                ("credential__isnull", False), ("credential_data__isnull", False), ("kind", "passkey")
                            ),
                            _connector="OR",
                        ),
                        name="a_factor_can_be_checked",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sending", models.UUIDField(help_text="As the report has it", unique=True)),
                ("name", models.CharField(max_length=200)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.apikey"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ServiceLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[("normal", "normal"), ("dangerous", "dangerous")],
                        help_text="Empty: any",
                        max_length=10,
                        verbose_name="severity",
                    ),
                ),
                ("accept_within", models.CharField(max_length=8, verbose_name="accept within")),
                ("resolve_within", models.CharField(max_length=8, verbose_name="resolve within")),
                (
                    "authority",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="incidents.authority",
                        verbose_name="unit",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="A type, a group, or any",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
            ],
            options={
                "verbose_name": "target",
                "verbose_name_plural": "targets",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("category", "severity", "authority"), name="one_level_for_a_case", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accept_within__regex", "^[1-9][0-9]*(min|h|d|wmin|wh|wd)$"),
                            ("resolve_within__regex", "^[1-9][0-9]*(min|h|d|wmin|wh|wd)$"),
                        ),
                        name="a_level_has_its_targets",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("password", "password"),
                            ("app", "password and code"),
                            ("passkey", "passkey"),
                            ("recovery", "password and recovery code"),
                            ("city", "city account"),
                        ],
                        max_length=8,
                    ),
                ),
                ("agent", models.CharField(blank=True, help_text="What the browser says that it is", max_length=300)),
                ("address", models.GenericIPAddressField(null=True)),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("provider_session", models.CharField(blank=True, max_length=255)),
                ("refresh_token", geoapp.crypto.fields.LockedField(blank=True)),
                ("checked_at", models.DateTimeField(null=True)),
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sign_in", to="sessions.session"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["user", "-seen_at"], name="sign_ins_of_a_person")],
            },
        ),
        migrations.CreateModel(
            name="StoredMail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "digest",
                    models.CharField(
                        help_text="Of sender and Message-ID: the same again is known", max_length=64, unique=True
                    ),
                ),
                ("way", models.CharField(help_text="imap, lmtp", max_length=10)),
                ("raw", geoapp.crypto.fields.EncryptedBytesField(blank=True, help_text="As received")),
                ("cut", models.BooleanField(default=False, help_text="It is larger, and only its beginning was kept")),
                ("size", models.PositiveBigIntegerField(default=0, help_text="In bytes, as it came")),
                (
                    "null_sender",
                    models.BooleanField(default=False, help_text="The envelope names nobody to whom an answer goes"),
                ),
                (
                    "recipients",
                    geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="Addresses of ours on the envelope"),
                ),
                ("sender", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                (
                    "name",
                    geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="The sender's, as it stands there"),
                ),
                ("message_id", geoapp.crypto.fields.EncryptedTextField(blank=True)),
                ("subject", geoapp.crypto.fields.EncryptedTextField(blank=True)),
                (
                    "words",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="What its writer wrote, as it was read"
                    ),
                ),
                ("words_digest", models.CharField(blank=True, help_text="Of what it says", max_length=64)),
                ("left_out", models.PositiveSmallIntegerField(default=0, help_text="Attachments that are no photos")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "not read yet"),
                            ("report", "became a report"),
                            ("held", "became a report that is being checked"),
                            ("enquiry", "became a question, thanks or a complaint"),
                            ("asked", "asked for more"),
                            ("reply", "was added to its incident"),
                            ("person", "waiting for a person"),
                            ("settled", "settled by a person"),
                            ("dropped", "automatic e-mail"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreadable", "it cannot be parsed"),
                            ("too_large", "too large: only its beginning is here"),
                            ("no_sender", "it has no sender who can be answered"),
                            ("no_words", "it has no text"),
                            ("not_understood", "after one question it is still not clear where or what it is"),
                            ("danger", "someone may be in danger, and the location is not clear"),
                            ("many", "too many e-mails from this sender"),
                            ("circular", "sent to very many people at once"),
                            ("staff", "a reply to an e-mail for staff"),
                            ("follows", "a reply to what is already waiting"),
                            ("refused", "its report was not accepted"),
                            ("failed", "reading it failed several times"),
                            ("again", "the same text from the same sender as before"),
                            ("loop", "one of our own e-mails that came back"),
                            ("bounce", "says that an e-mail was not delivered"),
                            ("receipt", "a read receipt"),
                            ("complaint", "a complaint about an e-mail"),
                            ("list", "from a list"),
                            ("automatic", "an automatic reply"),
                            ("blocked", "its sender is blocked"),
                            ("erased", "erased at the sender's request, or because its time limit was reached"),
                        ],
                        max_length=20,
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it was written, as it says"
                    ),
                ),
                ("came_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "about",
                    models.ForeignKey(
                        blank=True,
                        help_text="The mail that it follows",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="followed_by",
                        to="incidents.storedmail",
                    ),
                ),
                (
                    "answer",
                    models.ForeignKey(
                        blank=True,
                        help_text="What was answered",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answered_mails",
                        to="incidents.notice",
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mails",
                        to="incidents.heldreport",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mails",
                        to="incidents.report",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "enquiry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="mails",
                        to="incidents.enquiry",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "person")), fields=["came_at"], name="mails_for_a_person"
                    ),
                    models.Index(fields=["came_at"], name="mails_by_age"),
                    models.Index(
                        geoapp.crypto.fields.BlindIndex("sender"),
                        models.OrderBy(models.F("came_at"), descending=True),
                        name="mails_by_sender",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waiting"), ("taken_at", None)),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("taken_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_mail_waits_until_it_is_taken",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "settled"), _negated=True),
                            models.Q(("settled_at__isnull", False), ("settled_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_settled_mail_says_by_whom",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredSms",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=20)),
                ("message_id", models.CharField(max_length=100)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "phone",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Until it is taken", indexed=True, max_length=20
                    ),
                ),
                ("text", geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="Until it is taken")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "message_id"), name="what_comes_in_is_taken_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SubjectRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("access", "to know what is stored"),
                            ("correct", "to correct it"),
                            ("restrict", "to restrict its use"),
                            ("erase", "to erase it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("note", models.TextField(blank=True)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer_by", models.DateTimeField()),
                ("done_by", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.TextField(blank=True)),
                ("erased_at", models.DateTimeField(blank=True, help_text="When it was forgotten who asked", null=True)),
                (
                    "taken_by",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the person asked by chat",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("email", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "chat",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True,
                        db_column="zalo",
                        help_text="Who asked by chat, as Correspondent.user",
                        indexed=True,
                        max_length=40,
                        sealed_as="incidents.subjectrequest.zalo",
                    ),
                ),
            ],
            options={
                "ordering": ["done_by"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("chat", ""), ("email", ""), ("phone", ""), _negated=True),
                            ("erased_at__isnull", False),
                            _connector="OR",
                        ),
                        name="a_request_names_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("erased_at", None),
                            models.Q(
                                ("chat", ""),
                                ("done_at__isnull", False),
                                ("email", ""),
                                ("note", ""),
                                ("outcome", ""),
                                ("phone", ""),
                            ),
                            _connector="OR",
                        ),
                        name="an_erased_request_says_nothing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalDataView",
            fields=[
                ("id", models.BigIntegerField(help_text="From 1, without gaps", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("desk", "contact details at the desk"),
                            ("link", "contact details by a unit's link"),
                            ("message", "address of a message"),
                            ("request", "at the request of the person"),
                            ("data", "exported as a file"),
                            ("held", "report waiting for review"),
                            ("back", "call to be returned"),
                            ("call", "reports of a number that called"),
                            ("lookup", "reports of a number that was entered"),
                            ("mail", "e-mail waiting for a person"),
                            ("enquiry", "question, thanks or complaint"),
                            ("own", "by its sender, with a code"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "reports",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, help_text="Whose: keys of reports", size=None
                    ),
                ),
                ("digest", models.BinaryField(help_text="SHA-256 of the digest before and this line")),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Outside, by link",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="personal_data_views",
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
                (
                    "request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.subjectrequest",
                    ),
                ),
                (
                    "held",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="incidents.heldreport",
                    ),
                ),
                (
                    "call_back",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="incidents.callback",
                    ),
                ),
                (
                    "enquiry",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="views",
                        to="incidents.enquiry",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["by", "-at"], name="views_of_a_person"),
                    models.Index(fields=["at"], name="views_by_time"),
                    django.contrib.postgres.indexes.GinIndex(fields=["reports"], name="views_of_a_report"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id__gte", 1)), name="views_are_numbered_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("authority", None), ("by__isnull", False)),
                            models.Q(("authority__isnull", False), ("by", None)),
                            models.Q(("authority", None), ("by", None), ("how", "own")),
                            _connector="OR",
                        ),
                        name="a_view_is_somebodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subtask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.TextField()),
                ("due_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "open"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answer", models.TextField(blank=True)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subtasks", to="incidents.authority"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subtasks", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["authority", "due_at"], name="subtasks_of_a_desk"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answered_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="a_subtask_ends_at_a_moment",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TakeoverOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField()),
                ("offered_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("accepted", "accepted"), ("declined", "declined")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="The unit whose it is to be",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "decided_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="incidents.incident"
                    ),
                ),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("incident",),
                        name="one_unit_at_a_time_says_it_is_theirs",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("state", "open")),
                            models.Q(models.Q(("state", "open"), _negated=True), ("decided_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="an_offer_ends_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrialReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=20, unique=True)),
                ("request", models.JSONField(help_text="In the words of GeoReport, as everybody reads it")),
                ("sent_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.apikey"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnusualView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("many", "contact details of more than 30 incidents in 10 minutes"),
                            ("day", "contact details of more than 150 incidents in a day"),
                            (
                                "old",
                                "contact details of more than 5 incidents in an hour that were closed over 90 days ago",
                            ),
                            ("night", "at night (22–5), for the first time in 14 days"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("first", models.DateTimeField(help_text="When it began")),
                ("last", models.DateTimeField()),
                ("count", models.PositiveIntegerField(help_text="Incidents or lines, as the rule counts")),
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
                    models.UniqueConstraint(
                        fields=("rule", "by", "day"), name="views_of_a_day_are_flagged_once_by_a_rule"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VoiceCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(help_text="The telephone system, as its hook's address names it", max_length=40),
                ),
                ("call_id", models.CharField(max_length=100)),
                (
                    "key",
                    models.CharField(
                        default=incidents.models.calls.new_call_key,
                        help_text="Of its Correspondent",
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "phone",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Empty: the caller hid it", indexed=True, max_length=20
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "words",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="What was said so far, as far as it was understood"
                    ),
                ),
                ("urgent", models.BooleanField(default=False)),
                ("turns", models.PositiveSmallIntegerField(default=0, help_text="How often it was answered")),
                (
                    "silences",
                    models.PositiveSmallIntegerField(default=0, help_text="How often nothing was heard, lately"),
                ),
                (
                    "unclear",
                    models.PositiveSmallIntegerField(default=0, help_text="How often it was not understood, lately"),
                ),
                ("transferred", models.BooleanField(default=False)),
                ("began_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "heard_at",
                    models.DateTimeField(default=django.utils.timezone.now, help_text="When its last event came"),
                ),
                (
                    "said_at",
                    models.DateTimeField(blank=True, help_text="When what was answered last was said", null=True),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("end_reason", models.CharField(blank=True, max_length=20)),
                ("reference", models.CharField(blank=True, help_text="Of the incident of its report", max_length=20)),
                (
                    "report",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.report",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["heard_at"], name="calls_by_age"),
                    models.Index(condition=models.Q(("ended_at", None)), fields=["heard_at"], name="calls_that_go_on"),
                ],
                "constraints": [models.UniqueConstraint(fields=("source", "call_id"), name="a_call_is_known_once")],
            },
        ),
        migrations.CreateModel(
            name="RingingCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "extension",
                    models.CharField(
                        blank=True, help_text="Where it rings, as the telephone system says", max_length=40
                    ),
                ),
                (
                    "queue",
                    models.CharField(blank=True, help_text="In which queue of the telephone system", max_length=100),
                ),
                ("rang_at", models.DateTimeField(help_text="Since when it rings there, as the telephone system says")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ringing", to="incidents.voicecall"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Who is rung; empty: nobody, or somebody who is not known here",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "taken",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Empty: not taken",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="incidents.call",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("ended_at", None)), fields=["rang_at"], name="calls_that_ring")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("taken", None), ("ended_at__isnull", False), _connector="OR"),
                        name="a_call_that_is_taken_rings_no_more",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="VoiceTurn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=12)),
                ("body", geoapp.crypto.fields.EncryptedTextField(help_text="As received")),
                ("at", models.DateTimeField(help_text="When it happened, as the telephone system says")),
                ("came_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer", geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="As JSON")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="incidents.voicecall"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("call", "event_id"), name="an_event_of_a_call_is_answered_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at", None)),
                            models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="what_is_answered_says_when",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sending", models.UUIDField()),
                ("digest", models.CharField(max_length=64)),
                ("picture", models.FileField(upload_to="waiting/%Y/%m/")),
                ("small", models.FileField(upload_to="waiting/%Y/%m/")),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ("seconds", models.FloatField(db_default=0, default=0)),
                ("video", models.FileField(blank=True, db_default="", upload_to="waiting/%Y/%m/")),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("sending", "digest"), name="a_photo_waits_once")],
            },
        ),
        migrations.CreateModel(
            name="WatchedWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=80, unique=True)),
                (
                    "search",
                    models.CharField(editable=False, help_text="As `gis_data.words.plain` writes it", max_length=80),
                ),
            ],
            options={
                "ordering": ["word"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("search", ""), _negated=True), name="a_watched_word_has_letters"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.CharField(max_length=500)),
                ("secret", geoapp.crypto.fields.LockedField(help_text="What its messages are signed with")),
                ("kinds", models.JSONField(default=list, help_text="Kinds of lines of history; empty: all")),
                (
                    "own_only",
                    models.BooleanField(
                        default=False, help_text="Only of incidents that the key's own reports are part of"
                    ),
                ),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "failing_since",
                    models.DateTimeField(blank=True, help_text="Since when nothing was taken there", null=True),
                ),
                ("off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "off_why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("asked", "switched off by its owner"),
                            ("gone", "the address says that it no longer exists (410)"),
                            ("failing", "nothing was accepted there for days"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="incidents.apikey"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("off_at", None), ("off_why", "")),
                            models.Q(("off_at__isnull", False), models.Q(("off_why", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="a_webhook_that_is_off_says_why",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(help_text="What it is called there: the same each time it is sent", max_length=40),
                ),
                ("kind", models.CharField(max_length=20)),
                ("event_key", models.BigIntegerField(help_text="The line of history; none: a test", null=True)),
                ("incident_key", models.BigIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "waiting"), ("sent", "sent"), ("given_up", "given up")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("status", models.PositiveSmallIntegerField(blank=True, help_text="What was answered last", null=True)),
                ("answer", models.CharField(blank=True, help_text="Why it was not taken", max_length=300)),
                (
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="incidents.webhook"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["webhook", "incident_key", "event_key"],
                        name="messages_that_wait",
                    ),
                    models.Index(fields=["webhook", "-made_at"], name="messages_of_a_webhook"),
                    models.Index(fields=["made_at"], name="messages_by_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("webhook", "number"), name="a_webhook_is_told_a_thing_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkOrderText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "todo",
                    models.TextField(
                        help_text="One per line: the boxes that the crew ticks", verbose_name="work to do"
                    ),
                ),
                ("bring", models.CharField(blank=True, max_length=120, verbose_name="what to bring")),
                ("safety", models.CharField(blank=True, max_length=120, verbose_name="safety")),
                (
                    "category",
                    models.OneToOneField(
                        blank=True,
                        help_text="A type, a group, or any",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_order",
                        to="incidents.category",
                        verbose_name="type of incident",
                    ),
                ),
                ("todo_en", models.TextField(blank=True, db_default="", verbose_name="work to do, in English")),
                (
                    "bring_en",
                    models.CharField(
                        blank=True, db_default="", max_length=120, verbose_name="what to bring, in English"
                    ),
                ),
                (
                    "safety_en",
                    models.CharField(blank=True, db_default="", max_length=120, verbose_name="safety, in English"),
                ),
            ],
            options={
                "verbose_name": "text of work orders",
                "verbose_name_plural": "texts of work orders",
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts", models.DateField(verbose_name="first day")),
                ("ends", models.DateField(help_text="The last day", verbose_name="last day")),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stands_in",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="deputy",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "absence",
                "verbose_name_plural": "absences",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("starts__lte", models.F("ends"))), name="an_absence_ends_after_it_starts"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("user", models.F("deputy")), _negated=True),
                        name="nobody_stands_in_for_oneself",
                    ),
                ],
            },
        ),
    ]
