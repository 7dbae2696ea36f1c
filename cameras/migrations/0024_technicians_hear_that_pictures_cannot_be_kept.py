from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("cameras", "0023_a_proof_tells_how_it_lay_over_its_view")]

    operations = [
        migrations.CreateModel(
            name="Unkept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("began_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(help_text="When a patrol had trouble last")),
                ("why", models.CharField(help_text="The name of the error, such as ENOSPC", max_length=200)),
                (
                    "told_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty while it is too short to tell anybody", null=True
                    ),
                ),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-began_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("ended_at", None)),
                        fields=("ended_at",),
                        name="pictures_are_unkept_once_at_a_time",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
