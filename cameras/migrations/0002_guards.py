"""The index of the ring, and what PostgreSQL itself refuses: a file for each subject in sql/guards.

A later migration that changes one of them changes the file, and runs it again.
"""

from django.db import migrations

from cameras import sql

GUARDS = ("frames", "seals", "evidence", "no_picture", "viewing_ledger", "heads", "room_log")


class Migration(migrations.Migration):
    dependencies = [("cameras", "0001_initial")]
    operations = [migrations.RunSQL(sql.statement(f"guards/{name}")) for name in GUARDS]
