-- Of these sums those that count nothing go.
DELETE FROM incidents_mapsum kept
USING json_to_recordset(%(keys)s::json) AS key (level smallint, cell bigint, area_id int, category_id int, state text)
WHERE (kept.level, kept.cell, kept.area_id, kept.category_id, kept.state)
      = (key.level, key.cell, key.area_id, key.category_id, key.state)
    AND kept.n = 0
