"""Reports are entered by people of a desk, too: one more way, for Django only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0037_z_closed_ones_looked_at"),
    ]

    operations = [
        migrations.AlterField(
            model_name="heldreport",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "Web"),
                    ("phone", "Phone"),
                    ("open311", "Open311"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "Chat on our pages"),
                    ("email", "E-mail"),
                    ("camera", "Camera"),
                    ("api", "Another system"),
                    ("voice", "Callbot"),
                    ("officer", "Officer"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="channel",
            field=models.CharField(
                choices=[
                    ("web", "Web"),
                    ("phone", "Phone"),
                    ("open311", "Open311"),
                    ("zalo", "Zalo"),
                    ("messenger", "Messenger"),
                    ("webchat", "Chat on our pages"),
                    ("email", "E-mail"),
                    ("camera", "Camera"),
                    ("api", "Another system"),
                    ("voice", "Callbot"),
                    ("officer", "Officer"),
                ],
                max_length=10,
            ),
        ),
    ]
