"""An index of the few incidents that are not published, built while the service goes on: 0.7 MB of two million."""

from django.db import migrations, models

from geoapp.table_changes import BuildIndex


class Migration(migrations.Migration):
    dependencies = [("incidents", "0019_z_photos_of_the_map_filled_in")]
    atomic = False

    operations = [
        BuildIndex(
            model_name="incident",
            index=models.Index(condition=models.Q(("published", False)), fields=["id"], name="unpublished_ones"),
        ),
    ]
