-- The incidents of the months and areas "keys" that have ended, packed by the areas in which they lie of each edition that was,
-- is or will be the law, but for that of their own area. As in statistics_placed.sql: what a reform moved tells, or a
-- placement, else the point. Each of "keys" has a row of area 0: it tells that it was placed.
-- planner: each incident is packed once, though editions read it several times.
WITH ended AS MATERIALIZED (
    SELECT id, date_trunc('month', received_at AT TIME ZONE %(zone)s)::date AS month, area_id AS own_area_id, place,
           {bits} AS bits
    FROM ({incidents}) incident
    WHERE closed_at IS NOT NULL AND state <> 'merged'
), wanted AS (
    SELECT ended.*, edition.id AS edition_id
    FROM ended
    JOIN gis_data_area own ON own.id = own_area_id
    JOIN gis_data_edition edition ON edition.id <> own.edition_id AND edition.in_force IS NOT NULL
), placed AS (
    SELECT wanted.*, coalesce(moved.area_id, placement.area_id, pointed.area_id, 0) AS area_id
    FROM wanted
    LEFT JOIN LATERAL (
        SELECT change.old_area_id AS area_id
        FROM incidents_reassignment change
        JOIN incidents_reform reform ON reform.id = change.reform_id AND reform.state = 'enacted'
        JOIN gis_data_area area ON area.id = change.old_area_id AND area.edition_id = wanted.edition_id
        WHERE change.incident_id = wanted.id
        ORDER BY change.id LIMIT 1
    ) moved ON true
    LEFT JOIN incidents_placement placement
        ON placement.incident_id = wanted.id AND placement.edition_id = wanted.edition_id
    LEFT JOIN LATERAL (
        SELECT area.id AS area_id
        FROM gis_data_areapiece piece
        JOIN gis_data_area area ON area.id = piece.area_id
        WHERE ST_Intersects(piece.shape, wanted.place) AND area.edition_id = wanted.edition_id
        ORDER BY area.code LIMIT 1
    ) pointed ON moved.area_id IS NULL AND placement.area_id IS NULL
)
SELECT edition_id, month, own_area_id, area_id, coalesce(string_agg(bits, '' ORDER BY id), '') AS packed
FROM (
    SELECT edition_id, month, own_area_id, area_id, bits, id FROM placed
    UNION ALL
    SELECT edition.id, key.month, key.area_id, 0, NULL::bytea, NULL::bigint
    FROM ({keys}) key
    JOIN gis_data_area own ON own.id = key.area_id
    JOIN gis_data_edition edition ON edition.id <> own.edition_id AND edition.in_force IS NOT NULL
) incident
GROUP BY 1, 2, 3, 4
