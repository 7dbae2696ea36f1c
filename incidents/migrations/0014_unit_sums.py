"""Sums of units by day and week: the tables, and what is noted from now on. 0015 counts what there was."""

from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_places_of_ended_ones")]

    operations = [
        LockTables({f"incidents_{name}": "SHARE ROW EXCLUSIVE" for name in ("incident", "rating", "event")}),
        migrations.CreateModel(
            name="UnitSum",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "days",
                        "first_day",
                        "authority_id",
                        "category_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("days", models.SmallIntegerField(help_text="1, or 7 from a Monday on")),
                ("first_day", models.DateField(help_text="By the city's clock")),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("received", models.IntegerField()),
                ("done", models.IntegerField()),
                ("in_time", models.IntegerField(help_text="Done by the deadline, extensions included")),
                ("in_time_first", models.IntegerField(help_text="Done by the first deadline")),
                ("ended_late", models.IntegerField(help_text="Done or not accepted, after the deadline")),
                (
                    "missed",
                    models.IntegerField(help_text="Deadlines that passed before it was done or not accepted"),
                ),
                ("stars", models.IntegerField(help_text="The sum of the ratings")),
                ("ratings", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="DoneDay",
            fields=[
                ("day", models.DateField(help_text="By the city's clock", primary_key=True, serialize=False)),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="UnitChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
                ("state", models.CharField(max_length=10)),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("first_due_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RatingChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("stars", models.SmallIntegerField()),
                ("authority_id", models.BigIntegerField()),
                ("category_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="AcceptedDay",
            fields=[
                ("day", models.DateField(help_text="By the city's clock", primary_key=True, serialize=False)),
                ("packed", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="AcceptedChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
            ],
        ),
        # Bytes that do not shrink are not tried to.
        migrations.RunSQL("ALTER TABLE incidents_acceptedday ALTER packed SET STORAGE EXTERNAL"),
        migrations.RunSQL("ALTER TABLE incidents_doneday ALTER packed SET STORAGE EXTERNAL"),
        migrations.RunSQL(sql.statement("guards/unit_sums")),
    ]
