"""The register of who looked at personal data, codes of units outside, and a post for who answers for both."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from incidents import sql


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0006_encrypted_contacts"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="ends_at",
            field=models.DateTimeField(blank=True, help_text="Of those made before 0.5: never", null=True),
        ),
        migrations.CreateModel(
            name="PersonalDataViewHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True)),
                ("digest", models.BinaryField()),
                ("published_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("line", models.BigIntegerField(help_text="The number of the last line")),
            ],
            options={
                "ordering": ["-day"],
                "abstract": False,
            },
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(
                choices=[
                    ("officer", "officer"),
                    ("dispatcher", "dispatcher"),
                    ("leader", "leader"),
                    ("supervisor", "supervisor"),
                    ("operator", "hotline operator"),
                    ("control", "control room"),
                    ("technician", "camera technician"),
                    ("gis", "GIS officer"),
                    ("privacy", "data protection officer"),
                    ("admin", "administrator"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="grouppost",
            name="role",
            field=models.CharField(
                choices=[
                    ("officer", "officer"),
                    ("dispatcher", "dispatcher"),
                    ("leader", "leader"),
                    ("supervisor", "supervisor"),
                    ("operator", "hotline operator"),
                    ("control", "control room"),
                    ("technician", "camera technician"),
                    ("gis", "GIS officer"),
                    ("privacy", "data protection officer"),
                    ("admin", "administrator"),
                ],
                max_length=12,
            ),
        ),
        migrations.CreateModel(
            name="ContactCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BinaryField(help_text="Keyed: see `partners.codes`")),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.contact"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        help_text="Of which the letter told",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.event",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["contact", "-sent_at"], name="codes_of_a_desk")],
            },
        ),
        migrations.CreateModel(
            name="PersonalDataView",
            fields=[
                ("id", models.BigIntegerField(help_text="From 1, without gaps", primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("desk", "contact at the desk"),
                            ("link", "contact by a unit's link"),
                            ("message", "address of a message"),
                            ("request", "for a request of the person"),
                            ("data", "handed out as a file"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "reports",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, help_text="Whose: keys of reports", size=None
                    ),
                ),
                ("digest", models.BinaryField(help_text="SHA-256 of the digest before and this line")),
                (
                    "authority",
                    models.ForeignKey(
                        help_text="Outside, by link",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.authority",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="personal_data_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.subjectrequest",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(fields=["by", "-at"], name="views_of_a_person"),
                    models.Index(fields=["at"], name="views_by_time"),
                    django.contrib.postgres.indexes.GinIndex(fields=["reports"], name="views_of_a_report"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id__gte", 1)), name="views_are_numbered_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("authority", None), ("by__isnull", False)),
                            models.Q(("authority__isnull", False), ("by", None)),
                            _connector="OR",
                        ),
                        name="a_view_is_somebodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnusualView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("many", "contacts of more than 30 incidents in 10 minutes"),
                            ("day", "contacts of more than 150 incidents in a day"),
                            ("old", "contacts of more than 5 incidents in an hour that ended over 90 days ago"),
                            ("night", "at night (22–5), for the first time in 14 days"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("first", models.DateTimeField(help_text="When it began")),
                ("last", models.DateTimeField()),
                ("count", models.PositiveIntegerField(help_text="Incidents or lines, as the rule counts")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-last"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("rule", "by", "day"), name="views_of_a_day_are_flagged_once_by_a_rule"
                    )
                ],
            },
        ),
        migrations.RunSQL(sql.statement("guards/personal_views"), migrations.RunSQL.noop),
    ]
