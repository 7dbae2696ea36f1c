"""What work orders on paper say of a category."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0044_names_of_fields")]

    operations = [
        migrations.CreateModel(
            name="WorkOrderText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "todo",
                    models.TextField(
                        help_text="A line each: the boxes that the crew ticks", verbose_name="what is to do"
                    ),
                ),
                ("bring", models.CharField(blank=True, max_length=120, verbose_name="what to bring")),
                ("safety", models.CharField(blank=True, max_length=120, verbose_name="how nobody is hurt")),
                (
                    "category",
                    models.OneToOneField(
                        blank=True,
                        help_text="A leaf, a group, or any",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="work_order",
                        to="incidents.category",
                        verbose_name="matter",
                    ),
                ),
            ],
            options={"verbose_name": "text of work orders", "verbose_name_plural": "texts of work orders"},
        )
    ]
