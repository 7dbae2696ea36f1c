"""Which kinds a camera over the street can show, in which order."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0016_powers")]
    operations = [
        migrations.AddField(
            model_name="category",
            name="camera_rank",
            field=models.PositiveSmallIntegerField(blank=True, editable=False, null=True),
        )
    ]
