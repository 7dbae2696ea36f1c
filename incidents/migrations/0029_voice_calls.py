"""Calls that a machine answers: how they stand, and each of their events with its answer."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import geoapp.encrypted
import incidents.models.calls
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0028_learned_categories"),
    ]

    operations = [
        LockTables({"incidents_report": "ACCESS EXCLUSIVE"}),
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
                    ("camera", "Camera"),
                    ("api", "Another system"),
                    ("voice", "Callbot"),
                ],
                max_length=10,
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
                    ("camera", "Camera"),
                    ("api", "Another system"),
                    ("voice", "Callbot"),
                ],
                max_length=10,
            ),
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
                    geoapp.encrypted.EncryptedTextField(
                        blank=True, help_text="Empty: the caller hid it", indexed=True, max_length=20
                    ),
                ),
                ("language", models.CharField(default="vi", max_length=5)),
                (
                    "words",
                    geoapp.encrypted.EncryptedTextField(
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
        ),
        migrations.CreateModel(
            name="VoiceTurn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=12)),
                ("body", geoapp.encrypted.EncryptedTextField(help_text="As it came")),
                ("at", models.DateTimeField(help_text="When it happened, as the telephone system says")),
                ("came_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("answer", geoapp.encrypted.EncryptedTextField(blank=True, help_text="As JSON")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="incidents.voicecall"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="voicecall",
            index=models.Index(fields=["heard_at"], name="calls_by_age"),
        ),
        migrations.AddIndex(
            model_name="voicecall",
            index=models.Index(condition=models.Q(("ended_at", None)), fields=["heard_at"], name="calls_that_go_on"),
        ),
        migrations.AddConstraint(
            model_name="voicecall",
            constraint=models.UniqueConstraint(fields=("source", "call_id"), name="a_call_is_known_once"),
        ),
        migrations.AddConstraint(
            model_name="voiceturn",
            constraint=models.UniqueConstraint(fields=("call", "event_id"), name="an_event_of_a_call_is_answered_once"),
        ),
        migrations.AddConstraint(
            model_name="voiceturn",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None)),
                    models.Q(models.Q(("answer", ""), _negated=True), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="what_is_answered_says_when",
            ),
        ),
    ]
