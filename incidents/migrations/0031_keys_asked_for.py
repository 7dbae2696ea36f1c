"""Who asks for keys of other systems, and how much keys are used."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import geoapp.encrypted


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0030_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeyRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("system", models.CharField(max_length=80)),
                ("organisation", models.CharField(blank=True, max_length=120)),
                ("purpose", models.TextField(max_length=1000)),
                (
                    "email",
                    geoapp.encrypted.EncryptedEmailField(
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
    ]
