"""Feeds whose server wants a key in a header; it lies encrypted."""

from django.core.validators import RegexValidator
from django.db import migrations, models

import geoapp.encrypted
from geoapp.table_changes import LockTables


class Migration(migrations.Migration):
    dependencies = [
        ("cameras", "0013_announcements_in_the_log"),
    ]

    operations = [
        LockTables({"cameras_feed": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="feed",
            name="key_header",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Where the server wants a key: Authorization, X-Api-Key …",
                max_length=60,
                validators=[
                    RegexValidator(
                        r"(?i)^(?!(host|cookie|connection|content-.*|transfer-.*|te|upgrade|expect|range|accept.*)$)"
                        r"[a-z][a-z0-9-]*\Z",
                        "A header that may hold a key is wanted, like Authorization.",
                    )
                ],
                verbose_name="header of the key",
            ),
        ),
        migrations.AddField(
            model_name="feed",
            name="secret",
            field=geoapp.encrypted.LockedField(
                blank=True, db_default="", default="", editable=False, help_text="The whole value of key_header"
            ),
        ),
        migrations.AlterField(
            model_name="feed",
            name="fault",
            field=models.CharField(
                blank=True,
                choices=[
                    ("address", "The address may not be called, or there is no such host"),
                    ("connection", "Nobody answers at the address"),
                    ("slow", "The answer takes too long"),
                    ("large", "The answer is too large"),
                    ("status", "The server refuses"),
                    ("redirects", "The address leads on too often"),
                    ("xml", "The answer is no XML, or one that is not safe to read"),
                    ("json", "The answer is no JSON"),
                    ("format", "The answer is not of the format that is set"),
                    ("empty", "Nothing in the answer has a place that can be drawn"),
                    ("key", "Its key cannot be opened any more, and must be entered anew"),
                ],
                editable=False,
                max_length=12,
                verbose_name="why",
            ),
        ),
        migrations.AddConstraint(
            model_name="feed",
            constraint=models.CheckConstraint(
                condition=models.Q(secret="") | ~models.Q(key_header=""), name="a_key_of_a_feed_has_its_header"
            ),
        ),
    ]
