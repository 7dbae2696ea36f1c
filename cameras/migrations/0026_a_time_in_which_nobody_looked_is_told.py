from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0025_how_long_cameras_did_not_see_is_found_quickly"),
    ]

    operations = [
        migrations.AddField(
            model_name="camera",
            name="left_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="Since when no patrol looked after it; empty while one does, and before the first",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="camera",
            name="health",
            field=models.CharField(
                choices=[
                    ("live", "live"),
                    ("late", "late"),
                    ("stale", "silent"),
                    ("frozen", "frozen"),
                    ("card", "a card instead of a picture"),
                    ("dark", "dark"),
                    ("covered", "covered"),
                    ("blurred", "blurred"),
                    ("moved", "turned away"),
                    ("unreadable", "unreadable picture"),
                    ("offline", "no connection"),
                    ("source-down", "its source is down"),
                    ("paused", "paused"),
                    ("unvisited", "nobody looked"),
                    ("unknown", "never seen"),
                ],
                default="unknown",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="spell",
            name="health",
            field=models.CharField(
                choices=[
                    ("live", "live"),
                    ("late", "late"),
                    ("stale", "silent"),
                    ("frozen", "frozen"),
                    ("card", "a card instead of a picture"),
                    ("dark", "dark"),
                    ("covered", "covered"),
                    ("blurred", "blurred"),
                    ("moved", "turned away"),
                    ("unreadable", "unreadable picture"),
                    ("offline", "no connection"),
                    ("source-down", "its source is down"),
                    ("paused", "paused"),
                    ("unvisited", "nobody looked"),
                    ("unknown", "never seen"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="spell",
            name="why",
            field=models.CharField(
                choices=[
                    ("seen", "A picture of the street came"),
                    ("Silent", "It takes the call and says nothing"),
                    ("TooSlow", "The picture was not complete in time"),
                    ("Unreachable", "Nobody answers at its address"),
                    ("Forbidden", "Its address is not one where a camera may be"),
                    ("Refused", "It refuses us, or our name and password"),
                    ("BadAnswer", "Its server answers, but not with a picture"),
                    ("BrokenOff", "The answer broke off in the middle"),
                    ("TooLarge", "The answer is larger than any picture should be"),
                    ("WebPage", "The answer is a web page"),
                    ("NotAPicture", "The answer is no picture"),
                    ("SourceDown", "No camera of its source can be reached"),
                    ("paused", "Paused in the register"),
                    ("NoPatrol", "No patrol was at work, which is no fault of the camera"),
                    ("look", "The picture itself shows it"),
                ],
                max_length=12,
            ),
        ),
        # Where nobody looks already, it is known since when where it was said to see.
        migrations.RunSQL(
            "UPDATE cameras_camera SET left_at = least(greatest(health_since, moved_at, last_taken_at), now())"
            " WHERE active AND url <> '' AND health IN ('live', 'late')"
            " AND NOT EXISTS (SELECT FROM cameras_lease WHERE camera_id = cameras_camera.id)",
            migrations.RunSQL.noop,
        ),
    ]
