"""Lines of the control room's log may be deleted once they are old and their shift was taken."""

from django.db import migrations

from cameras import sql


class Migration(migrations.Migration):
    dependencies = [("cameras", "0009_names_of_fields")]
    operations = [migrations.RunSQL(sql.statement("guards/room_log"))]
