"""Heads are signed and anchored; partitions of the ring are made and dropped by functions of the owner."""

import django.utils.timezone
from django.db import migrations, models

from cameras import sql

GUARDS = ("frames", "viewing_ledger", "heads")


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0003_relocked_credentials"),
        ("incidents", "0008_heads"),
    ]

    operations = [
        migrations.CreateModel(
            name="SealHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("signature", models.BinaryField(editable=False, help_text="Ed25519 over `signed_bytes`", null=True)),
                ("key", models.BinaryField(editable=False, help_text="The public key of the signature", null=True)),
                (
                    "timestamp",
                    models.BinaryField(editable=False, help_text="The answer of an RFC 3161 authority, DER", null=True),
                ),
                (
                    "stamped_at",
                    models.DateTimeField(editable=False, help_text="The moment that the time stamp says", null=True),
                ),
                (
                    "mailed_at",
                    models.DateTimeField(editable=False, help_text="When it was sent to other offices", null=True),
                ),
                ("line", models.BigIntegerField(help_text="The number of the last seal")),
            ],
            options={
                "ordering": ["-day"],
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="viewloghead",
            name="key",
            field=models.BinaryField(editable=False, help_text="The public key of the signature", null=True),
        ),
        migrations.AddField(
            model_name="viewloghead",
            name="mailed_at",
            field=models.DateTimeField(editable=False, help_text="When it was sent to other offices", null=True),
        ),
        migrations.AddField(
            model_name="viewloghead",
            name="signature",
            field=models.BinaryField(editable=False, help_text="Ed25519 over `signed_bytes`", null=True),
        ),
        migrations.AddField(
            model_name="viewloghead",
            name="stamped_at",
            field=models.DateTimeField(editable=False, help_text="The moment that the time stamp says", null=True),
        ),
        migrations.AddField(
            model_name="viewloghead",
            name="timestamp",
            field=models.BinaryField(editable=False, help_text="The answer of an RFC 3161 authority, DER", null=True),
        ),
        *(migrations.RunSQL(sql.statement(f"guards/{name}")) for name in GUARDS),
    ]
