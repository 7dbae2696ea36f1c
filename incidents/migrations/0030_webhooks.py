"""Webhooks: whom partners want called, what they were sent, and what they call their reports."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import geoapp.encrypted


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0029_voice_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="email",
            field=geoapp.encrypted.EncryptedEmailField(
                blank=True,
                db_default="",
                help_text="Who is told when something of it fails: contact data",
                max_length=254,
            ),
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
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("url", models.CharField(max_length=500)),
                ("secret", geoapp.encrypted.LockedField(help_text="What its messages are signed with")),
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
                            ("gone", "the address says that it is gone (410)"),
                            ("failing", "nothing was taken there for days"),
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
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("off_at", None), ("off_why", "")),
                    models.Q(("off_at__isnull", False), models.Q(("off_why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="a_webhook_that_is_off_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["webhook", "incident_key", "event_key"],
                name="messages_that_wait",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["webhook", "-made_at"], name="messages_of_a_webhook"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["made_at"], name="messages_by_age"),
        ),
        migrations.AddConstraint(
            model_name="webhookmessage",
            constraint=models.UniqueConstraint(fields=("webhook", "number"), name="a_webhook_is_told_a_thing_once"),
        ),
    ]
