"""What was done in a ward is counted by an index, built beside the traffic."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0027_wards")]
    operations = [
        BuildIndex(
            "incident",
            models.Index(
                fields=["area", "closed_at"],
                include=["category", "state", "received_at", "due_at", "id"],
                condition=Q(published=True, closed_at__isnull=False),
                name="done_in_an_area",
            ),
        )
    ]
