"""What PostgreSQL does with the rights of the tables' owner for the service: a file for each in sql/guards."""

from django.db import migrations

from gis_data import sql


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0001_initial")]
    operations = [migrations.RunSQL(sql.statement("guards/analyze_table"))]
