"""What a ward's page tells of offices: where they are, and which numbers are for everybody."""

from django.db import migrations, models

from geoapp.db.online_migrations import LockTables


class Migration(migrations.Migration):
    dependencies = [("incidents", "0026_unpublished_of_a_unit")]
    operations = [
        LockTables({"incidents_authority": "ACCESS EXCLUSIVE", "incidents_contact": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            "authority",
            "office_address",
            models.CharField(
                blank=True,
                db_default="",
                help_text="Where the office is: house number and street, shown to everyone. Leave empty if not known",
                max_length=200,
                verbose_name="address of the office",
            ),
        ),
        migrations.AddField(
            "contact",
            "public",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="This number appears on the page of each ward the unit is responsible for",
                verbose_name="for everyone",
            ),
        ),
    ]
