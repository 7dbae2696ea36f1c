"""Codes to a phone or an e-mail address that open the own reports, and the record of who looked so."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0033_waiting_photos"),
    ]

    operations = [
        LockTables({"incidents_report": "ACCESS EXCLUSIVE", "incidents_personaldataview": "ACCESS EXCLUSIVE"}),
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
                ("address", geoapp.encrypted.EncryptedTextField(indexed=True, max_length=254)),
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
            ],
        ),
        migrations.RemoveConstraint(
            model_name="personaldataview",
            name="a_view_is_somebodys",
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
                    ("own", "by its sender, with a code"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            model_name="personaldataview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("authority", None), ("by__isnull", False)),
                    models.Q(("authority__isnull", False), ("by", None)),
                    models.Q(("authority", None), ("by", None), ("how", "own")),
                    _connector="OR",
                ),
                name="a_view_is_somebodys",
            ),
        ),
        migrations.AddField(
            model_name="addresscode",
            name="browser",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="incidents.browser"
            ),
        ),
        migrations.AddField(
            model_name="addresscode",
            name="report",
            field=models.ForeignKey(
                help_text="Opened, though its address was not confirmed",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="incidents.report",
            ),
        ),
        migrations.AddIndex(
            model_name="addresscode",
            index=models.Index(fields=["browser", "-asked_at"], name="codes_of_a_browser"),
        ),
        migrations.AddConstraint(
            model_name="addresscode",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gt", models.F("asked_at")), _connector="OR"),
                name="an_address_opens_later",
            ),
        ),
        migrations.AddConstraint(
            model_name="addresscode",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), models.Q(("digest", ""), _negated=True), _connector="OR"),
                name="an_address_is_proven_by_a_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="addresscode",
            constraint=models.CheckConstraint(condition=models.Q(("tries__lte", 5)), name="a_code_has_few_tries"),
        ),
    ]
