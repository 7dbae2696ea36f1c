"""What supervisors should ask about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0008_patrols_share_and_tell_how_it_was"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Flag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            (
                                "many",
                                "more than 120 cameras in 10 minutes without an incident, the wall's turning aside",
                            ),
                            ("elsewhere", "kept pictures of more than 40 incidents of other units in an hour"),
                            ("night", "at night (22–5), for the first time in 14 days, without an incident"),
                            ("long", "one camera in front for 3 hours of a day"),
                        ],
                        max_length=10,
                    ),
                ),
                ("day", models.DateField()),
                ("first", models.DateTimeField(help_text="When it began")),
                ("last", models.DateTimeField()),
                (
                    "count",
                    models.PositiveIntegerField(help_text="Cameras, incidents, lines or minutes, as the rule counts"),
                ),
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
                    models.UniqueConstraint(fields=("rule", "by", "day"), name="a_day_is_flagged_once_by_a_rule")
                ],
            },
        ),
    ]
