"""What PostgreSQL itself keeps and refuses: a file for each subject in sql/guards.

A later migration that changes one of them changes the file, and runs it again.
"""

from django.db import migrations

from incidents import sql

GUARDS = ("history", "references", "states", "units", "publishing", "deadlines", "rule_edits")


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0001_initial"), ("incidents", "0001_initial")]
    operations = [migrations.RunSQL(sql.statement(f"guards/{name}")) for name in GUARDS]
