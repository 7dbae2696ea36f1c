"""Each packed month of an area gets a random number, a new one whenever it is packed: by it a process knows whether what it
has read is still so (docs/adr/0035).

Of the rows that are there it is set after the column exists, so that no table is written anew.
"""

from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents.models.sums import RandomNumber

NUMBER = "Another one whenever it is packed"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_built_beside_requests")]

    operations = [
        LockTables({"incidents_endedmonth": "ACCESS EXCLUSIVE"}),
        migrations.AddField(
            model_name="endedmonth", name="version", field=models.BigIntegerField(db_default=0, help_text=NUMBER)
        ),
        migrations.AlterField(
            model_name="endedmonth",
            name="version",
            field=models.BigIntegerField(db_default=RandomNumber(), help_text=NUMBER),
        ),
        migrations.RunSQL("UPDATE incidents_endedmonth SET version = DEFAULT"),
    ]
