import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0011_gateways_say_what_became_of_a_message"),
    ]

    operations = [
        migrations.AlterField(
            model_name="extension",
            name="asked_by",
            field=models.ForeignKey(
                blank=True, help_text="Empty: a unit outside, by its link", null=True,
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(condition=models.Q(("phone", ""), _negated=True), fields=["phone"], name="reports_by_phone"),
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("update_id", models.CharField(help_text="As that system calls it", max_length=100)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("authority", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.authority")),
                ("event", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.event")),
                ("incident", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.incident")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("authority", "update_id"), name="a_unit_says_a_thing_once")],
            },
        ),
    ]  # fmt: skip
