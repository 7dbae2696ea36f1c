from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0020_how_many_are_before_a_camera")]

    operations = [
        migrations.AddField(
            model_name="camera",
            name="away_since",
            field=models.DateTimeField(
                blank=True,
                help_text="Since when nothing is reached at its address; empty after a try that did",
                null=True,
            ),
        ),
    ]
