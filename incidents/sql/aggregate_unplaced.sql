-- The months and areas that were not placed in an edition yet, the newest first, as JSON; as many as the parameter most.
SELECT json_agg(key)::text
FROM (
    SELECT DISTINCT kept.month, kept.area_id
    FROM incidents_endedmonth kept
    JOIN gis_data_area own ON own.id = kept.area_id
    JOIN gis_data_edition edition ON edition.id <> own.edition_id AND edition.in_force IS NOT NULL
    WHERE NOT EXISTS (
        SELECT FROM incidents_placedmonth placed
        WHERE (placed.edition_id, placed.month, placed.own_area_id, placed.area_id)
            = (edition.id, kept.month, kept.area_id, 0)
    )
    ORDER BY kept.month DESC, kept.area_id LIMIT %(most)s
) key
