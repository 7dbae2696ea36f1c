"""Fills in of which incidents everybody may see a photo, and builds the indexes of what the map reads, while the service goes on.

Each operation can be done again: where this is broken off, `migrate` goes on with what is not there yet.
"""

from functools import partial

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import connection, migrations, models

from geoapp.table_changes import BuildIndex, do_without_waiting
from incidents import sql
from incidents.models.sums import MapSpot

FILTERED = ("category", "area", "authority")
MANY = 2000  # incidents, in one statement: some tenths of a second


def fill_shown_photos(apps, schema_editor):
    after, filled = 0, False
    while after is not None:
        ((after,),) = do_without_waiting(partial(sql.execute, "fill_shown_photos", after=after, many=MANY))
        filled = filled or after is not None
    if filled:  # the planner would take those with photos for none
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE incidents_incident")


class Migration(migrations.Migration):
    dependencies = [("incidents", "0019_photos_and_words_of_the_map")]
    atomic = False

    operations = [
        migrations.RunPython(fill_shown_photos, migrations.RunPython.noop),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                MapSpot("place"),
                condition=models.Q(published=True, closed_at=None),
                include=["place", *FILTERED, "state", "received_at", "due_at", "has_shown_photo", "id"],
                name="open_on_the_map_with_photos",
            ),
        ),
        BuildIndex(
            model_name="endedmonth",
            index=models.Index(fields=["month"], include=["version"], name="versions_of_months"),
        ),
        BuildIndex(
            model_name="incidentwords",
            index=models.Index(condition=models.Q(changed_in__gt=0), fields=["changed_in"], name="words_by_change"),
        ),
        RemoveIndexConcurrently(model_name="incident", name="open_on_the_map_of_units"),
    ]
