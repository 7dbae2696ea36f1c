"""What a ward's page reads is found by indexes without a look at the rows, built beside the traffic."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0031_what_a_chat_did_not_send")]
    operations = [
        BuildIndex(
            "incident",
            models.Index(
                fields=["area", "due_at"],
                include=["id", "state", "category", "crew"],
                condition=Q(published=True, closed_at=None),
                name="public_open_in_an_area",
            ),
        ),
        BuildIndex(
            "incident",
            models.Index(
                fields=["area", "closed_at"],
                include=["id", "state", "category"],
                condition=Q(published=True, has_shown_photo=True, closed_at__isnull=False),
                name="photographed_in_an_area",
            ),
        ),
        BuildIndex(
            "incident",
            models.Index(
                fields=["closed_at"],
                include=["category", "state", "received_at"],
                condition=Q(published=False, closed_at__isnull=False),
                name="unpublished_done",
            ),
        ),
    ]
