-- The bounds of these sums, as their incidents lie now.
UPDATE incidents_mapsum kept
SET west = there.west, south = there.south, east = there.east, north = there.north
FROM json_to_recordset(%(keys)s::json) AS key (level smallint, cell bigint, area_id int, category_id int, state text)
CROSS JOIN LATERAL (
    SELECT round(min(ST_X(place)) * 1e7) AS west, round(min(ST_Y(place)) * 1e7) AS south,
           round(max(ST_X(place)) * 1e7) AS east, round(max(ST_Y(place)) * 1e7) AS north
    FROM incidents_incident
    WHERE published AND closed_at IS NOT NULL AND category_id = key.category_id AND state = key.state
        AND (key.area_id = 0 OR area_id = key.area_id)
        AND map_spot(place) >= key.cell << (2 * (%(depth)s::int - key.level))
        AND map_spot(place) < (key.cell + 1) << (2 * (%(depth)s::int - key.level))
) there
WHERE (kept.level, kept.cell, kept.area_id, kept.category_id, kept.state)
      = (key.level, key.cell, key.area_id, key.category_id, key.state)
    AND there.west IS NOT NULL
