"""What a unit has that not everybody may read is found by an index, built beside the traffic."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0025_longer_unit_sums")]
    operations = [
        BuildIndex(
            "incident",
            models.Index(fields=["authority", "id"], condition=Q(published=False), name="unpublished_of_a_unit"),
        )
    ]
