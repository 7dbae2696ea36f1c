"""E-mails that come in, how far the mailbox was read, and addresses at which nothing arrives."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables

REFERRED_TO = ("incidents_report", "incidents_heldreport", "incidents_notice", "incidents_user")


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0031_keys_asked_for"),
    ]

    operations = [
        LockTables(dict.fromkeys(REFERRED_TO, "ACCESS EXCLUSIVE")),
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
        migrations.AlterField(
            model_name="heldreport",
            name="channel",
            field=models.CharField(
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
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="channel",
            field=models.CharField(
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
                ],
                max_length=10,
            ),
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
                ("address", geoapp.encrypted.EncryptedTextField(indexed=True, max_length=500)),
                ("code", models.CharField(blank=True, help_text="What the server said: 5.1.1", max_length=40)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("medium"), geoapp.encrypted.BlindIndex("address"), name="an_address_is_dead_once"
                    )
                ],
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
                ("raw", geoapp.encrypted.EncryptedBytesField(blank=True, help_text="As it came")),
                ("cut", models.BooleanField(default=False, help_text="It is larger, and only its beginning was kept")),
                ("size", models.PositiveBigIntegerField(default=0, help_text="In bytes, as it came")),
                (
                    "null_sender",
                    models.BooleanField(default=False, help_text="The envelope names nobody to whom an answer goes"),
                ),
                (
                    "recipients",
                    geoapp.encrypted.EncryptedTextField(blank=True, help_text="Addresses of ours on the envelope"),
                ),
                ("sender", geoapp.encrypted.EncryptedEmailField(blank=True, indexed=True, max_length=254)),
                ("name", geoapp.encrypted.EncryptedTextField(blank=True, help_text="The sender's, as it stands there")),
                ("message_id", geoapp.encrypted.EncryptedTextField(blank=True)),
                ("subject", geoapp.encrypted.EncryptedTextField(blank=True)),
                (
                    "words",
                    geoapp.encrypted.EncryptedTextField(blank=True, help_text="What its writer wrote, as it was read"),
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
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreadable", "it cannot be taken apart"),
                            ("too_large", "too large: only its beginning is here"),
                            ("no_sender", "it names no sender who can be answered"),
                            ("no_words", "it says nothing"),
                            ("not_understood", "after one question it is still not clear where or what it is"),
                            ("danger", "somebody may be in danger, and the place is not clear"),
                            ("many", "very many mails of this sender"),
                            ("circular", "written to very many at once"),
                            ("staff", "a reply to a letter for staff"),
                            ("follows", "a reply to what waits already"),
                            ("refused", "its report was not taken"),
                            ("failed", "reading it failed several times"),
                            ("again", "the same words of the same sender as before"),
                            ("loop", "a letter of our own that came back"),
                            ("bounce", "says that a letter did not arrive"),
                            ("receipt", "a receipt"),
                            ("complaint", "a complaint about a letter"),
                            ("list", "from a list"),
                            ("automatic", "an automatic reply"),
                            ("blocked", "its sender is blocked"),
                            ("erased", "erased at its sender's wish, or because its time was up"),
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "person")), fields=["came_at"], name="mails_for_a_person"
                    ),
                    models.Index(fields=["came_at"], name="mails_by_age"),
                    models.Index(
                        geoapp.encrypted.BlindIndex("sender"),
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
    ]
