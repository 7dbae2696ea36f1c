"""An index of what crews have, built while the service goes on."""

from django.db import migrations, models

from geoapp.table_changes import BuildIndex


class Migration(migrations.Migration):
    dependencies = [("incidents", "0048_crews")]
    atomic = False

    operations = [
        BuildIndex(
            model_name="incident",
            index=models.Index(
                fields=["crew"],
                condition=models.Q(closed_at=None, crew__isnull=False),
                name="what_crews_have",
            ),
        )
    ]
