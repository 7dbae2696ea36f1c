"""Fills sums and words with today's rows, and builds the indexes of what is looked for, while the service goes on.

Each operation can be done again: where this is broken off, `migrate` goes on with what is not there yet.

What an index costs a submit, whose three inserts take about 0.6 ms (lower quartile of 120 in a database of two million,
two cores with other work, by EXPLAIN ANALYZE with and without it): the row of words 0.03 ms and its index 0.05,
`a_desk_by_change`, `open_by_deadline` and `assignments` each less than 0.02, the columns that `listed_newest_first` has
besides less than 0.01. `done_at_a_desk`, `most_reported`, `lines_to_watch`, `ratings_by_day` and `more_time_by_day` get
nothing from a submit. Gone for it are a trigram index on reports, two of places, three of keys (docs/adr/0030).
"""

from functools import partial

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import connection, migrations, models

from geoapp.table_changes import BuildIndex, do_without_waiting
from incidents import sql, sums
from incidents.models.sums import MapSpot

MANY = 2000  # incidents, in one statement: some tenths of a second
ON_THE_MAP = ("place", "category", "area", "state")
ENDED = models.Q(published=True, closed_at__isnull=False)


def rebuild_sums(apps, schema_editor):
    with sums.hold_one_moment():
        sums.rebuild_sums()


def fill_words(apps, schema_editor):
    after, filled = 0, False
    while after is not None:
        ((after,),) = do_without_waiting(partial(sql.execute, "fill_words", after=after, many=MANY))
        filled = filled or after is not None
    if filled:  # an empty table is better not known to be empty
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE incidents_incident, incidents_incidentwords")


def drop_index(name):
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_unit_sums")]
    atomic = False

    operations = [
        BuildIndex(
            model_name="incident",
            index=models.Index(
                MapSpot("place"),
                condition=models.Q(published=True, closed_at=None),
                include=[*ON_THE_MAP, "received_at", "due_at", "id"],
                name="open_on_the_map",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                MapSpot("place"), condition=ENDED, include=[*ON_THE_MAP, "received_at", "id"], name="ended_on_the_map"
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                models.F("received_at"),
                MapSpot("place"),
                condition=ENDED,
                include=[*ON_THE_MAP, "id"],
                name="ended_on_the_map_by_day",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                fields=["closed_at"],
                include=["state", "received_at", "due_at", "first_due_at", "authority", "area", "category"],
                condition=models.Q(closed_at__isnull=False),
                name="done_with_figures",
            ),
        ),
        migrations.RunPython(rebuild_sums, migrations.RunPython.noop),
        migrations.RunPython(fill_words, migrations.RunPython.noop),
        BuildIndex(
            model_name="incidentwords",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("text", name="gin_trgm_ops"), name="incidents_by_words"
            ),
        ),
        # Of what is looked for in lists.
        BuildIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["authority", "-closed_at"],
                name="done_at_a_desk",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["due_at"], name="open_by_deadline"),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(fields=["authority", "-changed_at"], name="a_desk_by_change"),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("reports_count__gt", 1)),
                fields=["authority", "-reports_count", "due_at"],
                name="most_reported",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                fields=["-received_at"],
                include=["id", "reference", "category", "state", "published"],
                name="listed_newest_first",
            ),
        ),
        BuildIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at", None)),
                fields=["authority", "due_at"],
                include=["state", "received_at", "area", "category"],
                name="open_of_a_unit",
            ),
        ),
        # Of what `/watch/` counts.
        BuildIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ["accepted", "disputed", "upheld"])),
                fields=["at"],
                include=("incident", "kind"),
                name="lines_to_watch",
            ),
        ),
        BuildIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ["assigned", "handed_over", "handed_back", "claimed"])),
                fields=["incident", "-at"],
                include=("id",),
                name="assignments",
            ),
        ),
        BuildIndex(model_name="rating", index=models.Index(fields=["at"], name="ratings_by_day")),
        BuildIndex(model_name="extension", index=models.Index(fields=["asked_at"], name="more_time_by_day")),
        # What others answer as well, for the release before too, and what nobody asks.
        RemoveIndexConcurrently(model_name="incident", name="open_at_a_desk"),
        RemoveIndexConcurrently(model_name="incident", name="done_lately"),
        RemoveIndexConcurrently(model_name="incident", name="newest_first"),
        RemoveIndexConcurrently(model_name="report", name="reports_by_words"),
        RemoveIndexConcurrently(model_name="incident", name="published_places"),
        migrations.RunSQL(
            drop_index("incidents_incident_area_id_db4c4df0"),
            state_operations=[
                migrations.AlterField(
                    model_name="incident",
                    name="area",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="gis_data.area",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            drop_index("incidents_incident_authority_id_10530aa2"),
            state_operations=[
                migrations.AlterField(
                    model_name="incident",
                    name="authority",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="incidents",
                        to="incidents.authority",
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            drop_index("incidents_report_place_05f7e78f_id"),
            state_operations=[
                migrations.AlterField(
                    model_name="report",
                    name="place",
                    field=django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4326),
                )
            ],
        ),
        # The collation of the database is C: the unique index finds beginnings, too.
        migrations.RunSQL(drop_index("incidents_incident_reference_1035822c_like")),
    ]
