from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cameras", "0024_technicians_hear_that_pictures_cannot_be_kept")]

    operations = [
        migrations.AddIndex(
            model_name="spell",
            index=models.Index(
                fields=["health", "until"], include=("camera", "since"), name="how_long_cameras_were_so"
            ),
        ),
    ]
