"""Powerful posts, and who may do everything, are not made by the service alone."""

from django.db import migrations

from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0015_account_lines")]
    operations = [migrations.RunSQL(sql.statement("guards/powers"))]
