"""Looks at reports that wait are in the register of personal data, too."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0008_heads"),
    ]

    operations = [
        migrations.AddField(
            model_name="personaldataview",
            name="held",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="views", to="incidents.heldreport"
            ),
        ),
        migrations.AlterField(
            model_name="personaldataview",
            name="how",
            field=models.CharField(
                choices=[
                    ("desk", "contact at the desk"),
                    ("link", "contact by a unit's link"),
                    ("message", "address of a message"),
                    ("request", "for a request of the person"),
                    ("data", "handed out as a file"),
                    ("held", "report that waits for a look"),
                ],
                max_length=8,
            ),
        ),
    ]
