"""Successions of an edition of the past were stored as if it came after the one in force: turn them around."""

from django.db import migrations

TURN = """
UPDATE gis_data_succession AS turned
SET old_id = turned.new_id, new_id = turned.old_id, share_old = turned.share_new, share_new = turned.share_old
FROM gis_data_area old_area, gis_data_edition old_edition, gis_data_area new_area, gis_data_edition new_edition
WHERE old_area.id = turned.old_id AND old_edition.id = old_area.edition_id
  AND new_area.id = turned.new_id AND new_edition.id = new_area.edition_id
  AND new_edition.in_force << old_edition.in_force
  AND NOT EXISTS (SELECT FROM gis_data_succession other
                  WHERE other.old_id = turned.new_id AND other.new_id = turned.old_id)
"""


class Migration(migrations.Migration):
    dependencies = [("gis_data", "0006_what_lies_elsewhere")]

    operations = [migrations.RunSQL(TURN, migrations.RunSQL.noop)]
