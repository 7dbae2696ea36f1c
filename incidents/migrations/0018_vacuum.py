"""What was erased is vacuumed at once."""

from django.db import migrations

from incidents import sql


class Migration(migrations.Migration):
    dependencies = [("incidents", "0017_camera_kinds")]
    operations = [migrations.RunSQL(sql.statement("guards/vacuum"))]
