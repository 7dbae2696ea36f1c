"""An index of all that is open in an area, built while the service goes on."""

from django.db import migrations, models

from geoapp.table_changes import BuildIndex


class Migration(migrations.Migration):
    dependencies = [("incidents", "0040_whole_ward")]
    atomic = False

    operations = [
        BuildIndex(
            model_name="incident",
            index=models.Index(
                fields=["area", "due_at"],
                include=["id", "state", "authority", "category"],
                condition=models.Q(closed_at=None),
                name="open_in_an_area",
            ),
        )
    ]
