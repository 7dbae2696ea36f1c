"""Calls to the hotline, and what is said in them when something is urgent."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables

REFERRED_TO = (
    "incidents_user",
    "incidents_category",
    "incidents_incident",
    "incidents_report",
    "incidents_callback",
    "incidents_personaldataview",
)


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0026_partner_words"),
    ]

    operations = [
        LockTables(dict.fromkeys(REFERRED_TO, "SHARE ROW EXCLUSIVE")),
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
                ],
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", geoapp.encrypted.EncryptedTextField(blank=True, indexed=True, max_length=20)),
                (
                    "rang",
                    models.BooleanField(
                        default=False, help_text="The telephone system told the number: nobody typed it"
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                ("text", geoapp.encrypted.EncryptedTextField(blank=True, help_text="What the caller says")),
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
                            ("joined", "joined"),
                            ("told", "told how it stands"),
                            ("complaint", "complaint about a result"),
                            ("passed_on", "transferred"),
                            ("nothing", "nothing came of it"),
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
            ],
            options={
                "indexes": [
                    models.Index(fields=["operator", "-began_at"], name="calls_of_an_operator"),
                    models.Index(condition=models.Q(("ended_at", None)), fields=["operator"], name="calls_under_way"),
                    models.Index(fields=["ended_at"], name="calls_by_end"),
                    models.Index(
                        geoapp.encrypted.BlindIndex("phone"),
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
                        help_text="A leaf, a group, or any",
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
    ]
