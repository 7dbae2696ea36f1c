"""Sums of the incidents that have ended are kept, by square of the map; those of today's rows are made here."""

from django.db import migrations, models

from incidents import sql, sums
from incidents.models.sums import MapSpot

ON_THE_MAP = ("place", "category", "area", "state")
ENDED = models.Q(published=True, closed_at__isnull=False)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_session_digests")]

    operations = [
        migrations.CreateModel(
            name="MapSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level",
                        "cell",
                        "area_id",
                        "category_id",
                        "state",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "level",
                    models.SmallIntegerField(
                        help_text="Of the square: so many times was the world halved, as for tiles"
                    ),
                ),
                (
                    "cell",
                    models.BigIntegerField(
                        help_text="The number of the square: the first 2 × level bits of its incidents' spots"
                    ),
                ),
                (
                    "area_id",
                    models.IntegerField(help_text="0 where the squares are so large that areas are not told apart"),
                ),
                ("category_id", models.IntegerField()),
                ("state", models.CharField(max_length=10)),
                ("n", models.IntegerField()),
                ("lon", models.BigIntegerField(help_text="The sum, in steps of 1e-7 degrees")),
                ("lat", models.BigIntegerField()),
                ("west", models.IntegerField()),
                ("south", models.IntegerField()),
                ("east", models.IntegerField()),
                ("north", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="SumChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("spot", models.BigIntegerField()),
                (
                    "lon",
                    models.IntegerField(
                        help_text="In steps of 1e-7 degrees: whole numbers can be taken out as they were put in"
                    ),
                ),
                ("lat", models.IntegerField()),
                ("area_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("published", models.BooleanField()),
                ("received_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="EndedMonth",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "area_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(help_text="Its first day, by the city's clock")),
                ("area_id", models.BigIntegerField()),
                ("packed", models.BinaryField()),
            ],
        ),
        # Bytes that do not shrink are not tried to.
        migrations.RunSQL("ALTER TABLE incidents_endedmonth ALTER packed SET STORAGE EXTERNAL"),
        migrations.RunSQL(sql.statement("guards/sums")),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                MapSpot("place"),
                condition=models.Q(published=True, closed_at=None),
                include=[*ON_THE_MAP, "received_at", "due_at", "id"],
                name="open_on_the_map",
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                MapSpot("place"), condition=ENDED, include=[*ON_THE_MAP, "received_at", "id"], name="ended_on_the_map"
            ),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                models.F("received_at"),
                MapSpot("place"),
                condition=ENDED,
                include=[*ON_THE_MAP, "id"],
                name="ended_on_the_map_by_day",
            ),
        ),
        migrations.RemoveIndex(model_name="incident", name="done_lately"),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["closed_at"],
                include=["state", "received_at", "due_at", "first_due_at", "authority", "area", "category"],
                condition=models.Q(closed_at__isnull=False),
                name="done_lately",
            ),
        ),
        migrations.RunPython(lambda apps, schema_editor: sums.rebuild_sums(), migrations.RunPython.noop),
    ]
