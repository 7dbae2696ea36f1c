"""Indexes that hold all that long lists ask of a row, built while the service goes on.

Of two million incidents: `found_by_number` 130 MB, `done_of_a_unit` 16 MB and `watched_lines` 5 MB more than what they
take the place of, `quiet_lines` 9 MB. Of 5,000 incidents inserted at once, 190 µs each, none of that could be measured.
"""

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from geoapp.table_changes import BuildIndex

QUIET = ["redated", "graded", "released", "hidden", "covered", "erased", "given", "viewed"]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0016_z_units_of_open_ones")]
    atomic = False

    operations = [
        BuildIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["authority", "due_at"],
                include=["id", "state", "received_at", "area", "category", "handler"],
                name="work_of_a_unit",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["authority", "-closed_at"],
                include=["id"],
                name="done_of_a_unit",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                fields=["id"],
                include=["authority", "category", "state", "published", "due_at", "closed_at"],
                name="found_by_number",
            ),
        ),
        BuildIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ["accepted", "disputed", "upheld"])),
                fields=["kind", "at"],
                include=["incident"],
                name="watched_lines",
            ),
        ),
        BuildIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(kind__in=QUIET) | models.Q(public=False, by__isnull=False),
                fields=["at"],
                include=["id", "incident"],
                name="quiet_lines",
            ),
        ),
        # What these answer as well, for the release before too.
        RemoveIndexConcurrently(model_name="incident", name="open_of_a_unit"),
        RemoveIndexConcurrently(model_name="incident", name="done_at_a_desk"),
        RemoveIndexConcurrently(model_name="event", name="lines_to_watch"),
    ]
