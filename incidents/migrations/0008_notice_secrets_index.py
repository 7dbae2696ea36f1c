"""The messages whose codes and private links are still to be erased are found by an index, built beside the traffic."""

from django.db import migrations, models
from django.db.models import Q

from geoapp.db.online_migrations import BuildIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("incidents", "0007_notice_secrets")]
    operations = [
        BuildIndex(
            "notice",
            models.Index(
                fields=["made_at"],
                condition=Q(secrets_erased_at=None) & ~Q(state="waiting"),
                name="notices_with_secrets",
            ),
        )
    ]
