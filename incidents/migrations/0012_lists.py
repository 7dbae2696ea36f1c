"""Lists and searches of two million incidents: one row of words for each, and the indexes of what is looked for.

What each costs a submit, whose three inserts take about 0.6 ms (lower quartile of 120 in a database of two million, two
cores with other work, by EXPLAIN ANALYZE with and without it): the row of words 0.03 ms and its index 0.05,
`a_desk_by_change`, `open_by_deadline` and `assignments` each less than 0.02, the columns that `newest_first` has besides
less than 0.01. `done_at_a_desk`, `most_reported`, `lines_to_watch`, `ratings_by_day` and `more_time_by_day` get nothing
from a submit. Gone for it are a trigram index on reports, two of places, three of keys (docs/adr/0030).
"""

import django.contrib.gis.db.models.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

from incidents import sql
from incidents.models.catalogue import Plain

FILL = """
INSERT INTO incidents_incidentwords (incident_id, text)
SELECT incident.id, incident.search_text || ' ' || category.search_text || coalesce((
    SELECT string_agg(' ' || report.search_text, '' ORDER BY report.id) FROM incidents_report report
    WHERE report.incident_id = incident.id AND position(report.search_text IN incident.search_text) = 0
), '') FROM incidents_incident incident JOIN incidents_category category ON category.id = incident.category_id
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_sums")]

    operations = [
        migrations.AddField(
            model_name="category",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True, expression=Plain("name", "name_en"), output_field=models.TextField()
            ),
        ),
        migrations.CreateModel(
            name="IncidentWords",
            fields=[
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="words",
                        serialize=False,
                        to="incidents.incident",
                    ),
                ),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunSQL(sql.statement("guards/search_words")),
        migrations.RunSQL(FILL),
        migrations.AddIndex(
            model_name="incidentwords",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("text", name="gin_trgm_ops"), name="incidents_by_words"
            ),
        ),
        migrations.RemoveIndex(model_name="report", name="reports_by_words"),
        # Whether a word is rare is told by a sample of all texts: one in ten thousand is rare enough for the index.
        migrations.RunSQL("ALTER TABLE incidents_incidentwords ALTER COLUMN text SET STATISTICS 1000"),
        # Of what is looked for in lists.
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", False)),
                fields=["authority", "-closed_at"],
                name="done_at_a_desk",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(condition=models.Q(("closed_at", None)), fields=["due_at"], name="open_by_deadline"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["authority", "-changed_at"], name="a_desk_by_change"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("reports_count__gt", 1)),
                fields=["authority", "-reports_count", "due_at"],
                name="most_reported",
            ),
        ),
        migrations.RemoveIndex(model_name="incident", name="newest_first"),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["-received_at"],
                include=["id", "reference", "category", "state", "published"],
                name="newest_first",
            ),
        ),
        # Of what `/watch/` counts.
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ["accepted", "disputed", "upheld"])),
                fields=["at"],
                include=("incident", "kind"),
                name="lines_to_watch",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind__in", ["assigned", "handed_over", "handed_back", "claimed"])),
                fields=["incident", "-at"],
                include=("id",),
                name="assignments",
            ),
        ),
        migrations.AddIndex(model_name="rating", index=models.Index(fields=["at"], name="ratings_by_day")),
        migrations.AddIndex(model_name="extension", index=models.Index(fields=["asked_at"], name="more_time_by_day")),
        # What others answer as well, and what nobody asks.
        migrations.RemoveIndex(model_name="incident", name="published_places"),
        migrations.AlterField(
            model_name="incident",
            name="area",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="gis_data.area",
            ),
        ),
        migrations.AlterField(
            model_name="incident",
            name="authority",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="incidents",
                to="incidents.authority",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="place",
            field=django.contrib.gis.db.models.fields.PointField(spatial_index=False, srid=4326),
        ),
        # The collation of the database is C: the unique index finds beginnings, too.
        migrations.RunSQL("DROP INDEX IF EXISTS incidents_incident_reference_1035822c_like"),
    ]
