"""Questions, thanks and complaints about staff, and that drafts, mails, calls and looks may be of them."""

import secrets
import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0045_work_order_texts"),
    ]

    operations = [
        LockTables(
            {
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_user": "ACCESS EXCLUSIVE",
                "incidents_authority": "ACCESS EXCLUSIVE",
                "incidents_apikey": "ACCESS EXCLUSIVE",
                "incidents_browser": "ACCESS EXCLUSIVE",
                "incidents_draft": "ACCESS EXCLUSIVE",
                "incidents_call": "ACCESS EXCLUSIVE",
                "incidents_storedmail": "ACCESS EXCLUSIVE",
                "incidents_personaldataview": "ACCESS EXCLUSIVE",
            }
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
                            ("held", "Somebody looks at it first"),
                            ("let_through", "Let through"),
                            ("refused", "Not accepted"),
                            ("passed_on", "Passed on"),
                            ("given_back", "Given back"),
                            ("answered", "Answered"),
                            ("closed", "Closed"),
                            ("incident", "Became an incident"),
                            ("reminded", "Reminded"),
                            ("viewed", "Contact looked at"),
                            ("erased", "Personal data were erased"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("held", "Somebody looks at it first"),
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
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="draft",
            name="of_street",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="It is a matter of the street, whatever its words read like",
            ),
        ),
        migrations.AlterField(
            model_name="call",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("new", "new incident"),
                    ("joined", "joined"),
                    ("told", "told how it stands"),
                    ("complaint", "complaint about a result"),
                    ("enquiry", "question, thanks or complaint"),
                    ("passed_on", "transferred"),
                    ("nothing", "nothing came of it"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="personaldataview",
            name="how",
            field=models.CharField(
                choices=[
                    ("desk", "contact at the desk"),
                    ("link", "contact by a unit's link"),
                    ("message", "address of a message"),
                    ("request", "for a request of the person"),
                    ("data", "handed out as a file"),
                    ("held", "report that waits for a look"),
                    ("back", "call that is to be called back"),
                    ("call", "reports of a number that called"),
                    ("lookup", "reports of a number that was typed"),
                    ("mail", "e-mail that waits for a person"),
                    ("enquiry", "question, thanks or complaint"),
                    ("own", "by its sender, with a code"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="storedmail",
            name="state",
            field=models.CharField(
                choices=[
                    ("waiting", "not read yet"),
                    ("report", "became a report"),
                    ("held", "became a report that is being checked"),
                    ("enquiry", "became a question, thanks or a complaint"),
                    ("asked", "asked back"),
                    ("reply", "was put to its incident"),
                    ("person", "waits for a person"),
                    ("settled", "settled by a person"),
                    ("dropped", "written by a machine"),
                ],
                default="waiting",
                max_length=10,
            ),
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
                            ("held", "Somebody looks at it first"),
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
                    geoapp.encrypted.EncryptedTextField(
                        blank=True, help_text="What its sender, or their system, calls it"
                    ),
                ),
                ("sending", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "token",
                    geoapp.encrypted.EncryptedTextField(
                        default=secrets.token_urlsafe,
                        help_text="The private link to follow it",
                        index_chars=14,
                        indexed=True,
                        max_length=43,
                    ),
                ),
                ("text", geoapp.encrypted.EncryptedTextField(blank=True)),
                ("phone", geoapp.encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                ("email", geoapp.encrypted.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                (
                    "chat",
                    geoapp.encrypted.EncryptedTextField(
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
            },
        ),
        migrations.AddField(
            model_name="call",
            name="enquiry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="incidents.enquiry",
            ),
        ),
        migrations.AddField(
            model_name="personaldataview",
            name="enquiry",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="views",
                to="incidents.enquiry",
            ),
        ),
        migrations.AddField(
            model_name="storedmail",
            name="enquiry",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="mails",
                to="incidents.enquiry",
            ),
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
                ("text", geoapp.encrypted.EncryptedTextField()),
            ],
        ),
        migrations.AddField(
            model_name="enquiryline",
            name="enquiry",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="incidents.enquiry"
            ),
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
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("state__in", ["received", "passed_on"])), fields=["due_at"], name="open_enquiries"
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                condition=models.Q(("closed_at", None), _negated=True), fields=["closed_at"], name="ended_enquiries"
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(fields=["received_at"], name="enquiries_by_day"),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                geoapp.encrypted.BlindIndex("phone"),
                condition=models.Q(("phone", ""), _negated=True),
                name="enquiries_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                geoapp.encrypted.BlindIndex("email"),
                condition=models.Q(("email", ""), _negated=True),
                name="enquiries_by_email",
            ),
        ),
        migrations.AddIndex(
            model_name="enquiry",
            index=models.Index(
                geoapp.encrypted.BlindIndex("chat"),
                condition=models.Q(("chat", ""), _negated=True),
                name="enquiries_by_chat",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.UniqueConstraint(
                geoapp.encrypted.BlindIndex("token"),
                condition=models.Q(("token", ""), _negated=True),
                name="a_link_leads_to_one_enquiry",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False), ("state__in", ["answered", "closed", "incident", "refused"])
                    ),
                    models.Q(("closed_at", None), ("state__in", ["held", "received", "passed_on"])),
                    _connector="OR",
                ),
                name="a_settled_enquiry_says_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("incident__isnull", False), ("state", "incident")),
                    models.Q(models.Q(("state", "incident"), _negated=True), ("incident", None)),
                    _connector="OR",
                ),
                name="an_enquiry_names_what_it_became",
            ),
        ),
        migrations.AddConstraint(
            model_name="enquiry",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gte", models.F("received_at"))), name="an_enquiry_is_due_later"
            ),
        ),
        migrations.AddConstraint(
            model_name="keptenquiry",
            constraint=models.UniqueConstraint(fields=("browser", "enquiry"), name="a_browser_keeps_an_enquiry_once"),
        ),
    ]
