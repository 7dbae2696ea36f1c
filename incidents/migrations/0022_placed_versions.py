from django.db import migrations, models

import incidents.models.aggregates
from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0021_covers_by_patterns")]

    operations = [
        migrations.AddField(
            "placedmonth",
            "version",
            models.BigIntegerField(
                db_default=incidents.models.aggregates.RandomNumber(), help_text="Another one whenever it is packed"
            ),
        ),
        migrations.RunSQL(
            sql.statement("guards/placements"),
            "DROP TRIGGER placements_follow_the_place ON incidents_incident; DROP FUNCTION delete_placements()",
        ),
    ]
