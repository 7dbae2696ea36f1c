"""What cameras ask for as user and password is locked with the data key from now on, not with SECRET_KEY (adr/0025)."""

from django.db import migrations

from geoapp import encrypted
from geoapp.encrypting import RelockField


class Migration(migrations.Migration):
    dependencies = [("cameras", "0002_guards")]

    operations = [
        RelockField(
            model_name="camera",
            name="credentials",
            field=encrypted.LockedField(blank=True, editable=False, help_text="user:password"),
        ),
    ]
