"""Sums of the incidents that have ended are kept, by square of the map. Those of today's rows are made by 0015."""

from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_session_digests")]

    operations = [
        LockTables({"incidents_incident": "SHARE ROW EXCLUSIVE", "incidents_photo": "SHARE ROW EXCLUSIVE"}),
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
    ]
