"""A photo may be the still of a video, which lies beside it and is shown to others when somebody has watched it."""

from django.db import migrations, models

from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0040_z_open_ones_of_an_area"),
    ]

    operations = [
        LockTables(
            dict.fromkeys(
                (
                    "incidents_chatphoto",
                    "incidents_draftphoto",
                    "incidents_heldphoto",
                    "incidents_photo",
                    "incidents_waitingphoto",
                ),
                "ACCESS EXCLUSIVE",
            )
        ),
        migrations.AddField(
            model_name="chatphoto",
            name="seconds",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="chatphoto",
            name="video",
            field=models.BinaryField(db_default=models.Value(b"", models.BinaryField()), default=b""),
        ),
        migrations.AddField(
            model_name="draftphoto",
            name="seconds",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="draftphoto",
            name="video",
            field=models.BinaryField(db_default=models.Value(b"", models.BinaryField()), default=b""),
        ),
        migrations.AddField(
            model_name="heldphoto",
            name="seconds",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="heldphoto",
            name="video",
            field=models.FileField(blank=True, db_default="", upload_to="held/%Y/%m/"),
        ),
        migrations.AddField(
            model_name="photo",
            name="seconds",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="photo",
            name="video",
            field=models.FileField(blank=True, db_default="", upload_to="photos/%Y/%m/"),
        ),
        migrations.AddField(
            model_name="photo",
            name="video_public",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="waitingphoto",
            name="seconds",
            field=models.FloatField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="waitingphoto",
            name="video",
            field=models.FileField(blank=True, db_default="", upload_to="waiting/%Y/%m/"),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("video_public", False),
                    models.Q(models.Q(("video", ""), _negated=True), ("covers", [])),
                    _connector="OR",
                ),
                name="what_is_covered_shows_no_video",
            ),
        ),
    ]
