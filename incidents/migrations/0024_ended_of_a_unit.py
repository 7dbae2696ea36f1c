"""What a unit has ended is found with its categories by one index, built beside the traffic before the old one goes."""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0023_procedures")]
    operations = [
        BuildIndex(
            "incident",
            models.Index(
                fields=["authority", "-closed_at"],
                include=["id", "category"],
                condition=Q(closed_at__isnull=False),
                name="ended_of_a_unit",
            ),
        ),
        RemoveIndexConcurrently("incident", "done_of_a_unit"),
    ]
