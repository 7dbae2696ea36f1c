"""A post for whoever looks after the cameras."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0020_evidence_has_its_lines"),
    ]

    operations = [
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
                    ("admin", "administrator"),
                ],
                max_length=12,
            ),
        ),
    ]
