"""An incident says itself whether everybody may see a photo of it, from now on; 0019_z fills in those that are there.

Words say in which transaction they were written, so that processes learn what has changed.
"""

from django.db import migrations, models

from geoapp.table_changes import LockTables
from incidents import sql
from incidents.models.sums import TransactionNumber

NUMBER = "The transaction that wrote it; 0: one before this was kept"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0018_history_in_parts")]

    operations = [
        LockTables(
            {
                "incidents_incident": "ACCESS EXCLUSIVE",
                "incidents_incidentwords": "ACCESS EXCLUSIVE",
                "incidents_photo": "SHARE ROW EXCLUSIVE",
            }
        ),
        migrations.AddField(
            model_name="incident",
            name="has_shown_photo",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
                help_text="Whether everybody may see a photo of it: PostgreSQL sets it (sql/guards/shown_photos.sql)",
            ),
        ),
        migrations.RunSQL(sql.statement("guards/shown_photos"), migrations.RunSQL.noop),
        # Of the rows that are there it stays 0, so that no table is written anew.
        migrations.AddField(
            model_name="incidentwords", name="changed_in", field=models.BigIntegerField(db_default=0, help_text=NUMBER)
        ),
        migrations.AlterField(
            model_name="incidentwords",
            name="changed_in",
            field=models.BigIntegerField(db_default=TransactionNumber(), help_text=NUMBER),
        ),
        migrations.RunSQL(sql.statement("guards/changed_words"), migrations.RunSQL.noop),
    ]
