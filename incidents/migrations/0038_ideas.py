"""Ideas with their supporters; codes that confirm an address for them."""

import uuid

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.crypto.fields
from geoapp.db.online_migrations import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("gis_data", "0007_contact"),
        ("incidents", "0037_answers"),
    ]

    operations = [
        LockTables(
            {
                "incidents_addresscode": "ACCESS EXCLUSIVE",
                "incidents_personaldataview": "ACCESS EXCLUSIVE",
                "incidents_follow": "ACCESS EXCLUSIVE",
                "incidents_authority": "SHARE ROW EXCLUSIVE",
                "incidents_user": "SHARE ROW EXCLUSIVE",
                "gis_data_area": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.AddField(
            model_name="addresscode",
            name="for_idea",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="To send or support an idea: sent though nothing else is known",
            ),
        ),
        migrations.AlterField(
            model_name="personaldataview",
            name="how",
            field=models.CharField(
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
                    ("shown", "report that is not public"),
                    ("chat", "conversation in a chat"),
                    ("idea", "idea and its sender"),
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Idea",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("held", "Being checked"),
                            ("received", "Received"),
                            ("studied", "Being studied"),
                            ("planned", "Will be done"),
                            ("declined", "Will not be done"),
                            ("refused", "Not accepted"),
                            ("joined", "Joined to another idea"),
                        ],
                        default="held",
                        max_length=10,
                    ),
                ),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "raw_title",
                    geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="As it was sent", max_length=200),
                ),
                ("raw_text", geoapp.crypto.fields.EncryptedTextField(blank=True, help_text="As it was sent")),
                ("title", models.CharField(blank=True, help_text="In public", max_length=200)),
                ("text", models.TextField(blank=True, help_text="In public")),
                (
                    "search",
                    models.TextField(
                        blank=True, help_text="Title and text in public, as `gis_data.words.plain` writes"
                    ),
                ),
                (
                    "place",
                    django.contrib.gis.db.models.fields.PointField(
                        blank=True, help_text="EPSG:4326", null=True, srid=4326
                    ),
                ),
                ("phone", geoapp.crypto.fields.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                ("email", geoapp.crypto.fields.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                ("language", models.CharField(default="vi", max_length=5)),
                ("notice_version", models.CharField(blank=True, max_length=10)),
                ("network", models.CharField(blank=True, max_length=45)),
                (
                    "reasons",
                    models.JSONField(blank=True, default=list, help_text="To look twice: values of HeldReport.Reason"),
                ),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "due_at",
                    models.DateTimeField(
                        blank=True, help_text="Until when its supporters are owed an answer", null=True
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, help_text="When the owed answer was given", null=True),
                ),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, help_text="When it was told that it is late", null=True),
                ),
                ("supporters", models.PositiveIntegerField(default=0, help_text="Who count")),
                ("residents", models.PositiveIntegerField(default=0, help_text="Of them, who live in its ward")),
                (
                    "uncounted",
                    models.PositiveIntegerField(default=0, help_text="Supporters beyond what one network may have"),
                ),
                ("erased_at", models.DateTimeField(blank=True, help_text="When its sender was erased", null=True)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        help_text="The ward",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Which answers it",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ideas",
                        to="incidents.authority",
                    ),
                ),
                (
                    "joined_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined",
                        to="incidents.idea",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="personaldataview",
            name="idea",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="views",
                to="incidents.idea",
            ),
        ),
        migrations.CreateModel(
            name="IdeaLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("held", "Being checked"),
                            ("published", "Received"),
                            ("refused", "Not accepted"),
                            ("passed_on", "Passed on"),
                            ("studied", "Being studied"),
                            ("answered", "Answered"),
                            ("planned", "Will be done"),
                            ("declined", "Will not be done"),
                            ("joined", "Joined to another idea"),
                            ("owed", "An answer is owed"),
                            ("reminded", "Reminded"),
                            ("viewed", "Contact details viewed"),
                            ("erased", "Personal data were erased"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("held", "Being checked"),
                            ("received", "Received"),
                            ("studied", "Being studied"),
                            ("planned", "Will be done"),
                            ("declined", "Will not be done"),
                            ("refused", "Not accepted"),
                            ("joined", "Joined to another idea"),
                        ],
                        help_text="The idea's stage after this",
                        max_length=10,
                    ),
                ),
                ("text", models.TextField(blank=True, help_text="Reason or answer, without contacts")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Which has it after this",
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
                    "idea",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.idea"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="IdeaSupport",
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
                (
                    "address",
                    geoapp.crypto.fields.EncryptedTextField(
                        blank=True, help_text="Empty after it was erased", indexed=True, max_length=254
                    ),
                ),
                ("network", models.CharField(blank=True, max_length=45)),
                ("counts", models.BooleanField(default=True, help_text="Not beyond what one network may have")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        help_text="Where they live",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="gis_data.area",
                    ),
                ),
                (
                    "idea",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="supports", to="incidents.idea"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="idea",
            index=models.Index(fields=["stage", "-published_at"], name="ideas_by_stage"),
        ),
        migrations.AddIndex(
            model_name="idea",
            index=models.Index(
                condition=models.Q(("published_at", None), _negated=True),
                fields=["-supporters"],
                name="ideas_by_supporters",
            ),
        ),
        migrations.AddIndex(
            model_name="idea",
            index=models.Index(
                condition=models.Q(("due_at", None), _negated=True), fields=["due_at"], name="ideas_by_due"
            ),
        ),
        migrations.AddIndex(
            model_name="idea",
            index=models.Index(
                geoapp.crypto.fields.BlindIndex("phone"),
                condition=models.Q(("phone", ""), _negated=True),
                name="ideas_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="idea",
            index=models.Index(
                geoapp.crypto.fields.BlindIndex("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="ideas_by_email",
            ),
        ),
        migrations.AddIndex(
            model_name="idea",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("search", name="gin_trgm_ops"), name="ideas_by_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("published_at", None), ("stage__in", ["held", "refused"])),
                    models.Q(
                        ("published_at__isnull", False), ("stage__in", ["received", "studied", "planned", "declined"])
                    ),
                    ("stage", "joined"),
                    _connector="OR",
                ),
                name="an_idea_in_public_was_published",
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("published_at", None),
                    models.Q(models.Q(("title", ""), _negated=True), models.Q(("text", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_published_idea_has_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("settled_at__isnull", False), ("stage__in", ["planned", "declined", "refused", "joined"])
                    ),
                    models.Q(("settled_at", None), ("stage__in", ["held", "received", "studied"])),
                    _connector="OR",
                ),
                name="a_settled_idea_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("joined_to__isnull", False), ("stage", "joined")),
                    models.Q(models.Q(("stage", "joined"), _negated=True), ("joined_to", None)),
                    _connector="OR",
                ),
                name="a_joined_idea_names_the_other",
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(("joined_to", models.F("pk")), _negated=True), name="no_idea_is_joined_to_itself"
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone", ""), _negated=True),
                    models.Q(("email", ""), _negated=True),
                    ("erased_at__isnull", False),
                    _connector="OR",
                ),
                name="an_idea_has_a_sender",
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(("residents__lte", models.F("supporters"))), name="residents_are_supporters"
            ),
        ),
        migrations.AddConstraint(
            model_name="idea",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at", None), ("published_at__isnull", False), _connector="OR"),
                name="an_answer_is_owed_in_public",
            ),
        ),
        migrations.AddConstraint(
            model_name="idealine",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("text", ""), _negated=True),
                    models.Q(("kind__in", ["refused", "studied", "answered", "planned", "declined"]), _negated=True),
                    _connector="OR",
                ),
                name="a_change_of_an_idea_has_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="ideasupport",
            index=models.Index(
                geoapp.crypto.fields.BlindIndex("address"),
                condition=models.Q(("address", ""), _negated=True),
                name="supports_by_address",
            ),
        ),
        migrations.AddIndex(
            model_name="ideasupport",
            index=models.Index(fields=["idea", "network"], name="supports_of_a_network"),
        ),
        migrations.AddConstraint(
            model_name="ideasupport",
            constraint=models.UniqueConstraint(
                models.F("idea"),
                geoapp.crypto.fields.BlindIndex("address"),
                condition=models.Q(("address", ""), _negated=True),
                name="a_person_supports_an_idea_once",
            ),
        ),
        migrations.AddField(
            model_name="follow",
            name="idea",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="follows", to="incidents.idea"
            ),
        ),
        migrations.RemoveConstraint(model_name="follow", name="one_thing_is_followed"),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("area", None), ("idea", None), ("incident__isnull", False), ("reach", None)),
                    models.Q(("area", None), ("idea__isnull", False), ("incident", None), ("reach", None)),
                    models.Q(("area__isnull", False), ("idea", None), ("incident", None), ("reach", None)),
                    models.Q(
                        ("area", None),
                        ("idea", None),
                        ("incident", None),
                        ("radius_m__isnull", False),
                        ("reach__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="one_thing_is_followed",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/vacuum")),
    ]
