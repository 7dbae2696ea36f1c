"""With the incidents that are kept packed go their places, units and photos, so that the map can filter by them.

All of them are counted by 0015. An incident that ends notes what it noted before; a photo of one that has ended, one
line.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql


def add_field(name, field):
    return migrations.AddField(model_name="endedmonth", name=name, field=field, preserve_default=False)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_lists")]

    operations = [
        LockTables({"incidents_incident": "SHARE ROW EXCLUSIVE", "incidents_photo": "SHARE ROW EXCLUSIVE"}),
        migrations.AlterField(
            model_name="endedmonth",
            name="packed",
            field=models.BinaryField(help_text="Eight bytes of each: what statistics count"),
        ),
        migrations.RunSQL("DELETE FROM incidents_endedmonth"),
        add_field("places", models.BinaryField(default=b"", help_text="Eight bytes of each: where it lies")),
        add_field(
            "units",
            models.BinaryField(
                default=b"", help_text="Four bytes of each: its unit, and whether everybody may see a photo"
            ),
        ),
        add_field(
            "keys",
            models.BinaryField(default=b"", help_text="Eight bytes of each: its key, by which they are in order"),
        ),
        add_field(
            "unit_keys", ArrayField(models.BigIntegerField(), default=list, help_text="The units of all of them")
        ),
        add_field("west", models.IntegerField(default=0, help_text="The bounds of them all, in steps of 1e-7 degrees")),
        *(add_field(edge, models.IntegerField(default=0)) for edge in ("south", "east", "north")),
        *(
            migrations.RunSQL(f"ALTER TABLE incidents_endedmonth ALTER {column} SET STORAGE EXTERNAL")
            for column in ("places", "units", "keys")
        ),
        migrations.RunSQL(sql.statement("guards/sums")),
    ]
