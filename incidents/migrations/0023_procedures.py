"""Procedures of the control room: the steps of a kind of incident."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0022_placed_versions")]
    operations = [
        migrations.CreateModel(
            name="ProcedureStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(help_text="Its place in the file")),
                ("words", models.CharField(max_length=120)),
                ("words_en", models.CharField(blank=True, max_length=120)),
                ("calls", models.BooleanField(default=False, help_text="The form of a call stands beside it")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="A type, a group, or any",
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
                        fields=("category", "words"),
                        name="a_step_stands_once_in_a_procedure",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
