"""Calls that ring at the hotline, and at which telephone each operator sits."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from geoapp.table_changes import LockTables

REFERRED_TO = ("incidents_user", "incidents_voicecall", "incidents_call")


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0038_seen_by_officers"),
    ]

    operations = [
        LockTables(dict.fromkeys(REFERRED_TO, "SHARE ROW EXCLUSIVE")),
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
                (
                    "rang_at",
                    models.DateTimeField(help_text="Since when it rings there, as the telephone system says"),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ringing",
                        to="incidents.voicecall",
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
    ]
