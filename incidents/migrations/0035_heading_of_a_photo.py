"""Photos of results tell where their camera faced."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import LockTables

HEADING = "Degrees from north to where its camera faced"
BY_COMPASS = "`heading` is from magnetic north"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0034_area_of_a_proof")]

    operations = [
        LockTables({"incidents_photoproof": "ACCESS EXCLUSIVE"}),
        migrations.AddField("photoproof", "heading", models.PositiveSmallIntegerField(null=True, help_text=HEADING)),
        migrations.AddField(
            "photoproof", "by_compass", models.BooleanField(db_default=False, default=False, help_text=BY_COMPASS)
        ),
        migrations.AddConstraint(
            "photoproof",
            models.CheckConstraint(condition=Q(heading=None) | Q(heading__lt=360), name="a_heading_is_of_a_circle"),
        ),
    ]
