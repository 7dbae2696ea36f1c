"""What was sent before had an event as its cause; who oversaw a unit leads it now."""

from django.db import migrations

FILL = """
UPDATE incidents_notice SET cause = 'event:' || event_id,
    state = CASE WHEN sent_at IS NULL THEN 'waiting' ELSE 'sent' END;
UPDATE incidents_membership SET role = 'leader' WHERE role = 'supervisor';
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0007_until_it_is_done")]
    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
