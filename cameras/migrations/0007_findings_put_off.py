"""What cameras report may be put off."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0006_room_log")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="later_until",
            field=models.DateTimeField(blank=True, help_text="A person put it off: not shown before", null=True),
        ),
    ]
