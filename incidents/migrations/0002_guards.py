"""What PostgreSQL itself keeps and refuses: a file for each subject in sql/guards. The history becomes a table in parts.

A later migration that changes one of them changes the file, and runs it again.
"""

from django.db import migrations

from incidents import sql

GUARDS = (
    "history", "references", "states", "units", "publishing", "deadlines", "rule_edits", "limits", "account_ledger",
    "personal_views", "heads", "sums", "search_words", "unit_sums", "history_parts", "history_in_parts", "shown_photos",
    "changed_words", "question_edits", "storage", "announcements",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0002_guards"), ("incidents", "0001_initial")]
    operations = [migrations.RunSQL(sql.statement(f"guards/{name}")) for name in GUARDS]
