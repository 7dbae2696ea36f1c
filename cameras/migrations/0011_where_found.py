"""What cameras report says where in the picture it is, and how much is usual there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0010_term_of_the_room_log")]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="boxes",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="What makes it so in that picture: x, y, width, height of each, in parts of it",
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="usual",
            field=models.FloatField(blank=True, help_text="How many of these are usual there at that hour", null=True),
        ),
    ]
